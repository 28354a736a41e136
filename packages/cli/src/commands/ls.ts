import type { Command } from 'commander'
import { parseR2Address, type R2Address } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'

interface ListOptions {
  readonly recursive?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Without an address, lists the buckets. With one, lists the objects and folders whose keys start with what is written: ' +
        'r2://b/log lists log.txt and logs/, r2://b/log/ lists what the folder log holds. Sizes and dates (UTC) come with each. ' +
        'The list is printed as it arrives, and millions of objects take no more memory than a few. Control characters in keys ' +
        'are printed as escapes, in pipes too: for scripts --json has the exact keys.',
    )
    .argument('[address]', 'r2://bucket or r2://bucket/prefix')
    .option('-r, --recursive', 'all objects, at any depth, instead of folders')
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
