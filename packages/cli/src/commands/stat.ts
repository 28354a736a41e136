import type { Command } from 'commander'
import { parseObjectAddress } from '../arguments/address.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Shows the properties of an object without downloading it: size in bytes, ETag, date (UTC), headers, metadata, checksum and ' +
        'storage class.',
    )
    .argument('<address>', 'r2://bucket/key')
    .addHelpText('after', help)
    .action((address: string) => run((context) => showObject(context, address)))
}

const showObject = async ({ connect, output, signal }: CommandContext, address: string): Promise<ExitCode> => {
  const { bucket, key } = parseObjectAddress(address)
  const r2 = await connect()
  const head = await r2.objects.head({ bucket, key }, { signal })
  const { size, etag, lastModified, contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } =
    head
  const { expires, metadata, storageClass, checksum } = head
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
