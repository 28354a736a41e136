import type { Command } from 'commander'
import type { R2Client } from 'r2kit'
import { folderPrefix, formatR2Address, parseObjectAddress, parseR2Address, type R2Address } from '../address.js'
import type { CommandContext } from '../context.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import type { Run } from '../main.js'
import type { Output } from '../output.js'

interface RemoveOptions {
  readonly recursive?: boolean
  readonly dryRun?: boolean
  readonly force?: boolean
}

export const define = (command: Command, run: Run): void => {
  command
    .description(
      'Deletes one object, or with --recursive all that a folder holds: r2://b/log means log/…, not logs/…, and r2://b the ' +
        'whole bucket. R2 keeps no old versions: what is deleted is gone.',
    )
    .argument('<address>', 'r2://bucket/key, or r2://bucket/folder with --recursive')
    .option('-r, --recursive', 'all that the folder holds')
    .option('-n, --dry-run', 'print what would be deleted, and delete nothing')
    .option('-f, --force', 'it is no error if there is nothing to delete')
    .addHelpText('after', help)
    .action((address: string, options: RemoveOptions) =>
      run((context) =>
        options.recursive === true
          ? removeFolder(context, parseR2Address(address), options)
          : removeObject(context, parseObjectAddress(address), options),
      ),
    )
}

const removeObject = async (
  { connect, output, signal }: CommandContext,
  { bucket, key }: R2Address,
  { dryRun = false, force = false }: RemoveOptions,
): Promise<ExitCode> => {
  const r2 = await connect()
  // R2 returns success for the deletion of a missing object, and a typing error in the key would go unnoticed.
  if (!force) await r2.objects.head({ bucket, key }, { signal })
  if (!dryRun) await r2.objects.delete({ bucket, key }, { signal })
  await output.emit({ event: dryRun ? 'delete-planned' : 'object-deleted', bucket, key })
  return exitCodes.ok
}

const removeFolder = async (
  { connect, output, signal }: CommandContext,
  address: R2Address,
  { dryRun = false, force = false }: RemoveOptions,
): Promise<ExitCode> => {
  const startedMs = performance.now()
  const { bucket } = address
  const prefix = folderPrefix(address.key)
  const { deleted, failed } = await deleteUnder({ r2: await connect(), output, signal }, bucket, prefix, dryRun)
  if (deleted + failed === 0 && !force) {
    const { R2Error } = await import('r2kit')
    const hint = 'With --recursive an address names a folder; without, one object.'
    throw new R2Error('ObjectNotFound', `Nothing lies under ${formatR2Address(bucket, prefix)}`, { hint })
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

/** Deletes page by page, so that memory does not grow with the number of objects, and reports each one. */
export const deleteUnder = async (
  { r2, output, signal }: DeleteContext,
  bucket: string,
  prefix: string,
  dryRun: boolean,
): Promise<{ deleted: number; failed: number }> => {
  let deleted = 0
  let failed = 0
  for await (const page of r2.objects.listAll({ bucket, prefix }, { signal }).pages()) {
    const keys = page.objects.map((object) => object.key)
    if (keys.length === 0) continue
    const result = dryRun ? { deleted: keys, failed: [] } : await r2.objects.deleteObjects({ bucket, keys }, { signal })
    deleted += result.deleted.length
    failed += result.failed.length
    for (const key of result.deleted)
      await output.emit({ event: dryRun ? 'delete-planned' : 'object-deleted', bucket, key })
    if (result.failed.length === 0) continue
    const { describeError } = await import('../errors.js')
    for (const { key, error } of result.failed) {
      await output.emit({ event: 'delete-failed', bucket, key, error: describeError(error) })
    }
  }
  return { deleted, failed }
}

const help = `
Examples:
  $ r2 rm r2://photos/cat.jpg
  $ r2 rm -r r2://photos/2019 --dry-run
  $ r2 rm -r r2://photos/2019`
