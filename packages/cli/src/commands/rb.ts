import type { Command } from 'commander'
import type { R2Client } from 'r2kit'
import { parseBucketAddress } from '../arguments/address.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'
import { deleteUnder } from './rm.js'

interface DeleteBucketOptions {
  readonly force?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Deletes an empty bucket. With --force, all its objects are deleted and all its unfinished uploads aborted first. R2 keeps ' +
        'no versions, so deleted objects cannot be restored.',
    )
    .argument('<bucket>', 'r2://bucket')
    .option('--force', 'delete all objects and abort all uploads in the bucket first')
    .addHelpText('after', help)
    .action((address: string, options: DeleteBucketOptions) =>
      run((context) => deleteBucket(context, address, options)),
    )
}

const deleteBucket = async (
  { connect, output, signal }: CommandContext,
  address: string,
  { force = false }: DeleteBucketOptions,
): Promise<ExitCode> => {
  const bucket = parseBucketAddress(address)
  const r2 = await connect()
  if (force) {
    const { failed } = await deleteUnder({ r2, output, signal }, bucket, '', false)
    if (failed > 0) return exitCodes.someFailed
    await abortUploads(r2, bucket, signal)
  }
  await r2.buckets.delete({ bucket }, { signal })
  await output.emit({ event: 'bucket-deleted', bucket })
  return exitCodes.ok
}

const abortUploads = async (r2: R2Client, bucket: string, signal: AbortSignal): Promise<void> => {
  for (;;) {
    // Aborted uploads leave the list, so the first page always has the next ones.
    const { uploads } = await r2.multipart.listUploads({ bucket }, { signal })
    if (uploads.length === 0) return
    for (const { key, uploadId } of uploads) await r2.multipart.abort({ bucket, key, uploadId }, { signal })
  }
}

const help = `
Examples:
  $ r2 rb r2://photos
  $ r2 rb r2://scratch --force`
