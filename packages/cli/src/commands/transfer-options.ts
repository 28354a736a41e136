/** Options that `cp` and `mv` share, and what they mean. */
import type { Command } from 'commander'
import { type Address, parseAddress } from '../address.js'
import type { CommandContext } from '../context.js'
import type { ExitCode } from '../exit-codes.js'
import { headerValue, metadata, oneOf, partSize, wholeNumber } from '../option-values.js'
import type { CommandSource } from '../transfer/plan.js'
import { UsageError } from '../usage-error.js'

export interface TransferOptions {
  readonly recursive?: boolean
  readonly exact?: boolean
  readonly dryRun?: boolean
  readonly clobber: boolean
  readonly followSymlinks?: boolean
  readonly concurrency: number
  /** In bytes. */
  readonly partSize?: number
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly storageClass?: 'STANDARD' | 'STANDARD_IA'
  readonly metadata?: Record<string, string>
}

export const addTransferOptions = (command: Command): Command =>
  command
    .option('-r, --recursive', 'all that a folder holds')
    .option('-n, --dry-run', 'print what would be done, and do nothing')
    .option('--no-clobber', 'leave what exists at the target alone')
    .option('--exact', 'the target is the exact key or file, even if it ends in / or is a folder')
    .option('--follow-symlinks', 'copy what symbolic links point to')
    .option('--concurrency <count>', 'objects at a time', wholeNumber('--concurrency', [1, 256], 32), 32)
    .option('--part-size <MiB>', 'a single file above this goes in parts of it', partSize('--part-size'))
    .option('--content-type <type>', "instead of the one that the name's extension suggests", header('content-type'))
    .option('--cache-control <text>', 'how long caches may keep it', header('cache-control'))
    .option('--content-disposition <text>', 'what browsers do with it', header('content-disposition'))
    .option('--content-encoding <text>', 'how its bytes are encoded already, such as gzip', header('content-encoding'))
    .option(
      '--storage-class <class>',
      'what it costs to keep and to read: STANDARD or STANDARD_IA',
      oneOf('--storage-class', ['STANDARD', 'STANDARD_IA']),
    )
    .option('--metadata <name=value>', 'metadata of your own; may be given again', metadata('--metadata'))

const header = (name: string) => headerValue(`--${name}`)

/** Plans and carries out what the command line says. */
export const transfer = async (
  context: CommandContext,
  command: 'cp' | 'mv',
  source: Address | CommandSource,
  targetText: string,
  options: TransferOptions,
): Promise<ExitCode> => {
  const target = parseAddress(targetText)
  if (target.kind === 'pipe' && context.output.options.json) {
    throw new UsageError('Standard output cannot carry both the object and JSON lines.', 'Leave out --json.')
  }
  if (command === 'mv' && (source.kind === 'pipe' || target.kind === 'pipe')) {
    throw new UsageError('A pipe cannot be moved.', 'Use r2 cp.')
  }
  const [{ planTransfers }, { runTransfers }] = await Promise.all([
    import('../transfer/plan.js'),
    import('../transfer/run.js'),
  ])
  const r2 = await context.connect()
  const {
    recursive = false,
    exact = false,
    followSymlinks = false,
    dryRun = false,
    clobber,
    concurrency,
    partSize,
  } = options
  const { stdin } = context.io
  const { signal } = context
  const plan = await planTransfers({ command, source, target, recursive, exact, stdin, signal })
  const fields = objectFields(options)
  return runTransfers(context, r2, plan, {
    command,
    fields,
    noClobber: !clobber,
    dryRun,
    followSymlinks,
    concurrency,
    ...(partSize !== undefined && { partSizeBytes: partSize }),
  })
}

const objectFields = (options: TransferOptions) => {
  const { contentType, cacheControl, contentDisposition, contentEncoding, storageClass, metadata } = options
  return {
    ...(contentType !== undefined && { contentType }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(storageClass !== undefined && { storageClass }),
    ...(metadata !== undefined && { metadata }),
  }
}
