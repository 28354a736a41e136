import { type Command, Option } from 'commander'
import { checkNames, parseObjectAddress } from '../arguments/address.js'
import { duration, headerValue, oneOf } from '../arguments/option-values.js'
import { UsageError } from '../errors/error-kinds.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

const methods = ['GET', 'PUT', 'HEAD', 'DELETE'] as const
type Method = (typeof methods)[number]

const dayInSeconds = 86_400

interface PresignOptions {
  readonly method: Method
  readonly expires: number
  readonly contentType?: string
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Creates a URL that permits one kind of request for one object until it expires. Anyone with the URL can use it, any ' +
        'number of times. The URL is signed locally, without a request, so the object need not exist.',
    )
    .argument('<address>', 'r2://bucket/key')
    .option('--method <method>', 'the permitted method: GET, PUT, HEAD or DELETE', oneOf('--method', methods), 'GET')
    .addOption(
      new Option('--expires <time>', 'lifetime of the URL, from 60s to 7d; a plain number is in seconds')
        .argParser(duration('--expires', { bounds: [60, 7 * dayInSeconds], range: 'from 60s to 7d' }))
        .default(3600, '1h'),
    )
    .option(
      '--content-type <type>',
      'for PUT: the media type that the upload must declare',
      headerValue('--content-type'),
    )
    .addHelpText('after', help)
    .action((address: string, options: PresignOptions) => run((context) => presign(context, address, options)))
}

const presign = async (
  { connect, output }: CommandContext,
  address: string,
  { method, expires, contentType }: PresignOptions,
): Promise<ExitCode> => {
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
  $ curl -T cat.jpg -H 'content-type: image/jpeg' "$(r2 presign r2://photos/cat.jpg --method PUT --content-type image/jpeg)"`
