import type { Command } from 'commander'
import type { R2Client } from 'r2kit'
import { parseBucketAddress } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'
import { deleteUnder } from './rm.js'

interface RemoveBucketOptions {
  readonly force?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Removes an empty bucket. With --force it deletes all its objects and unfinished uploads first; R2 keeps no copy.',
    )
    .argument('<bucket>', 'r2://bucket')
    .option('--force', 'delete what the bucket holds')
    .addHelpText('after', help)
    .action((address: string, options: RemoveBucketOptions) =>
      run((context) => removeBucket(context, address, options)),
    )
}

const removeBucket = async (
  { connect, output, signal }: CommandContext,
  address: string,
  { force = false }: RemoveBucketOptions,
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
    // What was listed is gone after each round, so the first page is always the next one.
    const { uploads } = await r2.multipart.listUploads({ bucket }, { signal })
    if (uploads.length === 0) return
    for (const { key, uploadId } of uploads) await r2.multipart.abort({ bucket, key, uploadId }, { signal })
  }
}

const help = `
Examples:
  $ r2 rb r2://photos
  $ r2 rb r2://scratch --force`
