import type { Command } from 'commander'
import type { ListedUpload, R2Client } from 'r2kit'
import { parseR2Address } from '../arguments/address.js'
import { duration } from '../arguments/option-values.js'
import { affectsEveryObject, describeError } from '../errors/error-report.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { CommandContext, Run } from './command.js'

interface AbortOptions {
  readonly olderThan: number
  readonly dryRun?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Lists or aborts multipart uploads that were neither completed nor aborted. Their parts are not visible as objects, but ' +
        'are billed until R2 aborts the upload, by default after 7 days (see the lifecycle rules of the bucket).',
    )
    .addHelpText('after', help)
  command
    .command('ls')
    .description('Lists the unfinished uploads whose keys start with the prefix: date (UTC), upload ID and address.')
    .argument('<address>', 'r2://bucket or r2://bucket/prefix')
    .addHelpText('after', listHelp)
    .action((address: string) => run((context) => list(context, address)))
  command
    .command('abort')
    .description(
      'Aborts the unfinished uploads whose keys start with the prefix, and deletes their parts. A transfer that is still running ' +
        'fails when its upload is aborted, so choose an age that is longer than any transfer takes.',
    )
    .argument('<address>', 'r2://bucket or r2://bucket/prefix')
    .requiredOption(
      '--older-than <time>',
      'abort only uploads that were started longer ago, such as 30m, 12h or 1d',
      duration('--older-than', { needsUnit: true }),
    )
    .option('-n, --dry-run', 'print the uploads that would be aborted, and abort none')
    .addHelpText('after', abortHelp)
    .action((address: string, options: AbortOptions) => run((context) => abort(context, address, options)))
}

const list = async ({ connect, output, signal }: CommandContext, address: string): Promise<ExitCode> => {
  const { bucket, key: prefix } = parseR2Address(address)
  for await (const upload of listUnfinished(await connect(), bucket, prefix, signal)) {
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
  const startedBefore = Date.now() - olderThan * 1000
  const { bucket, key: prefix } = parseR2Address(address)
  const r2 = await connect()
  const counts = { done: 0, skipped: 0, failed: 0 }
  for await (const upload of listUnfinished(r2, bucket, prefix, signal)) {
    if (upload.initiated.getTime() > startedBefore) {
      counts.skipped += 1
      continue
    }
    const { key, uploadId } = upload
    try {
      if (!dryRun) await r2.multipart.abort({ bucket, key, uploadId }, { signal })
      counts.done += 1
      await output.emit({ event: dryRun ? 'upload-abort-planned' : 'upload-aborted', ...describe(bucket, upload) })
    } catch (error) {
      if (signal.aborted || affectsEveryObject(error)) throw error
      counts.failed += 1
      await output.emit({ event: 'upload-abort-failed', bucket, key, uploadId, error: describeError(error) })
    }
  }
  const elapsedMs = Math.round(performance.now() - startedMs)
  await output.emit({ event: 'summary', command: 'uploads abort', dryRun, ...counts, bytes: 0, elapsedMs })
  return counts.failed === 0 ? exitCodes.ok : exitCodes.someFailed
}

/** Lists unfinished uploads page by page, so memory use does not depend on their number. */
async function* listUnfinished(
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
An interrupted r2 cp resumes its upload when the same command runs again. Abort only uploads that will not be resumed.

Examples:
  $ r2 uploads ls r2://backup
  $ r2 uploads abort r2://backup --older-than 1d --dry-run`

const listHelp = `
Examples:
  $ r2 uploads ls r2://backup
  $ r2 uploads ls r2://backup/2026/ --json | jq -r .uploadId`

const abortHelp = `
Examples:
  $ r2 uploads abort r2://backup --older-than 1d --dry-run
  $ r2 uploads abort r2://backup/2026/ --older-than 12h`
