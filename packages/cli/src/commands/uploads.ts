import type { Command } from 'commander'
import type { ListedUpload, R2Client } from 'r2kit'
import { parseR2Address } from '../address.js'
import type { CommandContext } from '../context.js'
import { describeError, endsTheCommand } from '../errors.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'
import { duration } from '../option-values.js'

interface AbortOptions {
  readonly olderThan: number
  readonly dryRun?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Uploads in parts that were begun and neither completed nor aborted. Their parts are invisible, and are paid for, until ' +
        'R2 aborts them after seven days (or what the lifecycle of the bucket says).',
    )
    .addHelpText('after', help)
  command
    .command('ls')
    .description('Lists the unfinished uploads of keys that start with what is written.')
    .argument('<address>', 'r2://bucket or r2://bucket/prefix')
    .action((address: string) => run((context) => list(context, address)))
  command
    .command('abort')
    .description(
      'Aborts the unfinished uploads of keys that start with what is written. Their parts are gone then, and a transfer that is ' +
        'still sending some of them fails: choose an age that no running one has.',
    )
    .argument('<address>', 'r2://bucket or r2://bucket/prefix')
    .requiredOption(
      '--older-than <time>',
      'only those begun longer ago, such as 12h or 1d',
      duration('--older-than', { needsUnit: true }),
    )
    .option('-n, --dry-run', 'print what would be aborted, and abort nothing')
    .action((address: string, options: AbortOptions) => run((context) => abort(context, address, options)))
}

const list = async ({ connect, output, signal }: CommandContext, address: string): Promise<ExitCode> => {
  const { bucket, key: prefix } = parseR2Address(address)
  for await (const upload of unfinished(await connect(), bucket, prefix, signal)) {
    await output.emit({ event: 'upload', ...describe(bucket, upload) })
  }
  return exitCodes.ok
}

const abort = async (
  { connect, output, signal }: CommandContext,
  address: string,
  { olderThan, dryRun = false }: AbortOptions,
): Promise<ExitCode> => {
  const startedMs = performance.now()
  const begunBefore = Date.now() - olderThan * 1000
  const { bucket, key: prefix } = parseR2Address(address)
  const r2 = await connect()
  const counts = { done: 0, skipped: 0, failed: 0 }
  for await (const upload of unfinished(r2, bucket, prefix, signal)) {
    if (upload.initiated.getTime() > begunBefore) {
      counts.skipped += 1
      continue
    }
    const { key, uploadId } = upload
    try {
      if (!dryRun) await r2.multipart.abort({ bucket, key, uploadId }, { signal })
      counts.done += 1
      await output.emit({ event: dryRun ? 'upload-abort-planned' : 'upload-aborted', ...describe(bucket, upload) })
    } catch (error) {
      if (signal.aborted || endsTheCommand(error)) throw error
      counts.failed += 1
      await output.emit({ event: 'upload-abort-failed', bucket, key, uploadId, error: describeError(error) })
    }
  }
  const elapsedMs = Math.round(performance.now() - startedMs)
  await output.emit({ event: 'summary', command: 'uploads abort', dryRun, ...counts, bytes: 0, elapsedMs })
  return counts.failed === 0 ? exitCodes.ok : exitCodes.someFailed
}

/** Page after page, so that memory does not grow with their number. */
async function* unfinished(
  r2: R2Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<ListedUpload> {
  let markers: { keyMarker?: string; uploadIdMarker?: string } = {}
  for (let isTruncated = true; isTruncated; ) {
    const page = await r2.multipart.listUploads({ bucket, prefix, ...markers }, { signal })
    yield* page.uploads
    const { nextKeyMarker: keyMarker, nextUploadIdMarker: uploadIdMarker } = page
    isTruncated = page.isTruncated && keyMarker !== undefined
    markers = { ...(keyMarker !== undefined && { keyMarker }), ...(uploadIdMarker !== undefined && { uploadIdMarker }) }
  }
}

const describe = (bucket: string, { key, uploadId, initiated }: ListedUpload) => ({
  bucket,
  key,
  uploadId,
  initiated: initiated.toISOString(),
})

const help = `
A r2 cp that was killed resumes its upload when the same command runs again; abort those that will not be resumed.

Examples:
  $ r2 uploads ls r2://backup
  $ r2 uploads abort r2://backup --older-than 1d --dry-run
  $ r2 uploads abort r2://backup/2026/ --older-than 12h`
