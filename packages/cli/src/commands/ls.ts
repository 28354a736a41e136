import type { Command } from 'commander'
import { parseR2Address, type R2Address } from '../arguments/address.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

interface ListOptions {
  readonly recursive?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Without an address, lists the buckets. With an address, lists the objects and folders whose keys start with the prefix: ' +
        'r2://b/log lists log.txt and logs/, r2://b/log/ lists the contents of the folder log. Each line has the date (UTC), the ' +
        'size and the key. The list is printed page by page, so memory use does not depend on its length. Control characters ' +
        'in keys are printed as escapes, also in pipes; use --json for the exact keys.',
    )
    .argument('[address]', 'r2://bucket or r2://bucket/prefix')
    .option('-r, --recursive', 'list all objects at any depth instead of folders')
    .addHelpText('after', help)
    .action((address: string | undefined, options: ListOptions) =>
      run((context) =>
        address === undefined ? listBuckets(context) : listObjects(context, parseR2Address(address), options),
      ),
    )
}

const listBuckets = async ({ connect, output, signal }: CommandContext): Promise<ExitCode> => {
  const r2 = await connect()
  let continuationToken: string | undefined
  do {
    const page = await r2.buckets.list(continuationToken === undefined ? {} : { continuationToken }, { signal })
    for (const { name, creationDate } of page.buckets) {
      await output.emit({ event: 'bucket', bucket: name, creationDate: creationDate.toISOString() })
    }
    continuationToken = page.nextContinuationToken
  } while (continuationToken !== undefined)
  return exitCodes.ok
}

const listObjects = async (
  { connect, output, signal }: CommandContext,
  { bucket, key: prefix }: R2Address,
  { recursive = false }: ListOptions,
): Promise<ExitCode> => {
  const r2 = await connect()
  const list = r2.objects.listAll({ bucket, prefix, ...(!recursive && { delimiter: '/' }) }, { signal })
  for await (const page of list.pages()) {
    for (const folder of page.commonPrefixes) await output.emit({ event: 'prefix', bucket, prefix: folder })
    for (const { key, size, etag, lastModified, storageClass } of page.objects) {
      signal.throwIfAborted()
      const object = { bucket, key, size, etag, lastModified: lastModified.toISOString() }
      await output.emit({ event: 'object', ...object, ...(storageClass !== undefined && { storageClass }) })
    }
  }
  return exitCodes.ok
}

const help = `
Examples:
  $ r2 ls
  $ r2 ls r2://photos/2026/
  $ r2 ls -r r2://photos --json | jq -r 'select(.size > 1e9).key'`
