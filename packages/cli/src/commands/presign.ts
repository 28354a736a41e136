import { type Command, Option } from 'commander'
import { checkNames, parseObjectAddress } from '../arguments/address.js'
import { duration, headerValue, oneOf, repeated } from '../arguments/option-values.js'
import { UsageError } from '../errors/error-kinds.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

const methods = ['GET', 'PUT', 'HEAD', 'DELETE'] as const
type Method = (typeof methods)[number]

const dayInSeconds = 86_400

interface PresignOptions {
  readonly method?: Method
  readonly expires: number
  readonly contentType?: string
  readonly explain?: string
  readonly header: readonly string[]
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Creates a URL that permits one kind of request for one object until it expires. Anyone with the URL can use it, any ' +
        'number of times. The URL is signed locally, without a request, so the object need not exist.',
    )
    .argument('[address]', 'r2://bucket/key')
    .option(
      '--method <method>',
      'the permitted method: GET, PUT, HEAD or DELETE; GET by default',
      oneOf('--method', methods),
    )
    .addOption(
      new Option('--expires <time>', 'lifetime of the URL, from 1s to 7d; a plain number is in seconds')
        .argParser(duration('--expires', { bounds: [1, 7 * dayInSeconds], range: 'from 1s to 7d' }))
        .default(3600, '1h'),
    )
    .option(
      '--content-type <type>',
      'for PUT: the media type that the upload must declare',
      headerValue('--content-type'),
    )
    .option(
      '--explain <url>',
      'instead of creating a URL, explains why this one does not work; with --method and --header, for a request that was sent',
    )
    .addOption(
      new Option('--header <name: value>', 'for --explain: a header that the request sends; repeatable')
        .argParser(repeated)
        .default([], 'none'),
    )
    .addHelpText('after', help)
    .action((address: string | undefined, options: PresignOptions) =>
      run((context) =>
        options.explain === undefined ? presign(context, address, options) : explain(context, address, options),
      ),
    )
}

/** Explains why a URL does not work. Nothing is sent. */
const explain = async (
  { knownCredentials, output }: CommandContext,
  address: string | undefined,
  { explain: url = '', method, header }: PresignOptions,
): Promise<ExitCode> => {
  if (address !== undefined)
    throw new UsageError('--explain takes no address.', 'Leave out the address: the URL names the object.')
  const headers = Object.fromEntries(header.map(headerOf))
  const credentials = await knownCredentials()
  const { explainPresignedUrl } = await import('r2kit/presign')
  const found = explainPresignedUrl({ url, method, headers, credentials })
  const { problems, isSignatureChecked, signedHeaders, signedAt, expiresAt } = found
  await output.emit({
    event: 'url-explained',
    ...{ problems: [...problems], isSignatureChecked, signedHeaders: [...signedHeaders] },
    ...(found.method !== undefined && { method: found.method }),
    ...(signedAt !== undefined && { signedAt: signedAt.toISOString() }),
    ...(expiresAt !== undefined && { expiresAt: expiresAt.toISOString() }),
  })
  return problems.length === 0 ? exitCodes.ok : exitCodes.someFailed
}

const headerOf = (text: string): [name: string, value: string] => {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? []
  if (name !== '') return [name, value]
  throw new UsageError(
    `--header must be a name and a value, but it is ${JSON.stringify(text)}.`,
    "Write 'content-type: image/png'.",
  )
}

const presign = async (
  { connect, output }: CommandContext,
  address: string | undefined,
  { method = 'GET', expires, contentType, header }: PresignOptions,
): Promise<ExitCode> => {
  if (address === undefined) throw new UsageError('The address is missing.', 'Write r2://bucket/key, or --explain URL.')
  if (header.length > 0) throw new UsageError('--header is for --explain only.', 'Leave it out.')
  const { bucket, key } = parseObjectAddress(address)
  checkNames({ bucket, key })
  if (contentType !== undefined && method !== 'PUT')
    throw new UsageError(
      `--content-type has no effect on a URL for ${method}.`,
      'Add --method PUT, or leave out --content-type.',
    )
  const { presign: presigner } = await connect()
  const input = { bucket, key, expiresInSeconds: expires, ...(contentType !== undefined && { contentType }) }
  const presigned = await {
    GET: () => presigner.get(input),
    PUT: () => presigner.put(input),
    HEAD: () => presigner.head(input),
    DELETE: () => presigner.delete(input),
  }[method]()
  const { url, headers, expiresAt } = presigned
  await output.emit({ event: 'url', url, method, headers: { ...headers }, expiresAt: expiresAt.toISOString() })
  return exitCodes.ok
}

const help = `
Examples:
  $ curl "$(r2 presign r2://photos/cat.jpg --expires 10m)" -o cat.jpg
  $ r2 presign --explain "$URL" --method PUT --header 'content-type: image/jpeg'
  $ curl -T cat.jpg -H 'content-type: image/jpeg' "$(r2 presign r2://photos/cat.jpg --method PUT --content-type image/jpeg)"`
