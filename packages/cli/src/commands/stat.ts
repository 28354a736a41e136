import type { Command } from 'commander'
import { parseObjectAddress } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Shows all that R2 knows about an object without its bytes: size, ETag, dates, headers, metadata, checksum, storage class.',
    )
    .argument('<address>', 'r2://bucket/key')
    .addHelpText('after', help)
    .action((address: string) => run((context) => showObject(context, address)))
}

const showObject = async ({ connect, output, signal }: CommandContext, address: string): Promise<ExitCode> => {
  const { bucket, key } = parseObjectAddress(address)
  const r2 = await connect()
  const found = await r2.objects.head({ bucket, key }, { signal })
  const { size, etag, lastModified, contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } =
    found
  const { expires, metadata, storageClass, checksum } = found
  await output.emit({
    event: 'object',
    ...{ bucket, key, size, etag, lastModified: lastModified.toISOString(), metadata },
    ...(storageClass !== undefined && { storageClass }),
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(contentLanguage !== undefined && { contentLanguage }),
    ...(expires !== undefined && { expires }),
    ...(checksum !== undefined && { checksum: { algorithm: checksum.algorithm, value: checksum.value } }),
  })
  return exitCodes.ok
}

const help = `
Examples:
  $ r2 stat r2://photos/cat.jpg
  $ r2 stat r2://photos/cat.jpg --json | jq .etag`
