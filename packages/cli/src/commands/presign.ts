import type { Command } from 'commander'
import { parseObjectAddress, requireName } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'
import { duration, headerValue, oneOf } from '../option-values.js'
import { UsageError } from '../usage-error.js'

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
      'Makes a URL that permits one kind of request on one object until it expires, any number of times, to anyone who has it. ' +
        'Nothing is sent: whether the object exists is not asked.',
    )
    .argument('<address>', 'r2://bucket/key')
    .option('--method <method>', 'what it permits: GET, PUT, HEAD or DELETE', oneOf('--method', methods), 'GET')
    .option(
      '--expires <time>',
      'from 60s to 7d',
      duration('--expires', { bounds: [60, 7 * dayInSeconds], range: 'from 60s to 7d' }),
      3600,
    )
    .option('--content-type <type>', 'for PUT: the upload has to be of this type', headerValue('--content-type'))
    .addHelpText('after', help)
    .action((address: string, options: PresignOptions) => run((context) => presign(context, address, options)))
}

const presign = async (
  { connect, output }: CommandContext,
  address: string,
  { method, expires, contentType }: PresignOptions,
): Promise<ExitCode> => {
  const { bucket, key } = parseObjectAddress(address)
  requireName({ bucket, key })
  if (contentType !== undefined && method !== 'PUT')
    throw new UsageError(`--content-type has no effect on a URL for ${method}.`, 'Add --method PUT, or leave it out.')
  const { presign: presigner } = await connect()
  const input = { bucket, key, expiresInSeconds: expires, ...(contentType !== undefined && { contentType }) }
  const made = await {
    GET: () => presigner.get(input),
    PUT: () => presigner.put(input),
    HEAD: () => presigner.head(input),
    DELETE: () => presigner.delete(input),
  }[method]()
  const { url, headers, expiresAt } = made
  await output.emit({ event: 'url', url, method, headers: { ...headers }, expiresAt: expiresAt.toISOString() })
  return exitCodes.ok
}

const help = `
Examples:
  $ curl "$(r2 presign r2://photos/cat.jpg --expires 10m)" -o cat.jpg
  $ curl -T cat.jpg -H 'content-type: image/jpeg' "$(r2 presign r2://photos/cat.jpg --method PUT --content-type image/jpeg)"`
