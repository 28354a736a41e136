import type { Command } from 'commander'
import type { R2Client } from 'r2kit'
import {
  folderPrefix,
  formatR2Address,
  parseObjectAddress,
  parseR2Address,
  type R2Address,
} from '../arguments/address.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { Output } from '../output/output.js'
import type { CommandContext, Run } from './command.js'

interface DeleteOptions {
  readonly recursive?: boolean
  readonly dryRun?: boolean
  readonly force?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Deletes one object, or with --recursive all objects in a folder: r2://b/log means the keys log/…, not logs/…, and ' +
        'r2://b the whole bucket. R2 keeps no versions, so deleted objects cannot be restored.',
    )
    .argument('<address>', 'r2://bucket/key, or r2://bucket/folder with --recursive')
    .option('-r, --recursive', 'delete all objects in the folder')
    .option('-n, --dry-run', 'print the keys that would be deleted, and delete nothing')
    .option('-f, --force', 'succeed if there is nothing to delete')
    .addHelpText('after', help)
    .action((address: string, options: DeleteOptions) =>
      run((context) =>
        options.recursive === true
          ? deleteFolder(context, parseR2Address(address), options)
          : deleteObject(context, parseObjectAddress(address), options),
      ),
    )
}

const deleteObject = async (
  { connect, output, signal }: CommandContext,
  { bucket, key }: R2Address,
  { dryRun = false, force = false }: DeleteOptions,
): Promise<ExitCode> => {
  const r2 = await connect()
  // R2 reports success for the deletion of a missing object, so a typo in the key would go unnoticed.
  if (!force) await r2.objects.head({ bucket, key }, { signal })
  if (!dryRun) await r2.objects.delete({ bucket, key }, { signal })
  await output.emit({ event: dryRun ? 'delete-planned' : 'object-deleted', bucket, key })
  return exitCodes.ok
}

const deleteFolder = async (
  { connect, output, signal }: CommandContext,
  address: R2Address,
  { dryRun = false, force = false }: DeleteOptions,
): Promise<ExitCode> => {
  const startedMs = performance.now()
  const { bucket } = address
  const prefix = folderPrefix(address.key)
  const { deleted, failed } = await deleteUnder({ r2: await connect(), output, signal }, bucket, prefix, dryRun)
  if (deleted + failed === 0 && !force) {
    const { R2Error } = await import('r2kit')
    const hint = 'With --recursive the address is that of a folder; without it, that of one object.'
    throw new R2Error('ObjectNotFound', `There are no objects under ${formatR2Address(bucket, prefix)}`, { hint })
  }
  const elapsedMs = Math.round(performance.now() - startedMs)
  await output.emit({ event: 'summary', command: 'rm', dryRun, done: deleted, skipped: 0, failed, bytes: 0, elapsedMs })
  return failed === 0 ? exitCodes.ok : exitCodes.someFailed
}

interface DeleteContext {
  readonly r2: R2Client
  readonly output: Output
  readonly signal: AbortSignal
}

/** Deletes all objects under a prefix, and reports each one. */
export const deleteUnder = async (
  { r2, output, signal }: DeleteContext,
  bucket: string,
  prefix: string,
  dryRun: boolean,
): Promise<{ deleted: number; failed: number }> => {
  const { deletedCount, failedCount } = await r2.objects.deletePrefix(
    { bucket, prefix, wholeBucket: prefix === '' },
    {
      signal,
      dryRun,
      async onProgress({ deleted, failed }) {
        for (const key of deleted)
          await output.emit({ event: dryRun ? 'delete-planned' : 'object-deleted', bucket, key })
        if (failed.length === 0) return
        const { describeError } = await import('../errors/error-report.js')
        for (const { key, error } of failed)
          await output.emit({ event: 'delete-failed', bucket, key, error: describeError(error) })
      },
    },
  )
  return { deleted: deletedCount, failed: failedCount }
}

const help = `
Examples:
  $ r2 rm r2://photos/cat.jpg
  $ r2 rm -r r2://photos/2019 --dry-run
  $ r2 rm -r r2://photos/2019`
