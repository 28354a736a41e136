/** Options of both `cp` and `mv`, and the transfer that they start. */
import type { Command } from 'commander'
import type { Integrity } from 'r2kit'
import { type Address, parseAddress } from '../arguments/address.js'
import { headerValue, metadata, oneOf, partSize, wholeNumber } from '../arguments/option-values.js'
import { UsageError } from '../errors/error-kinds.js'
import type { ExitCode } from '../errors/exit-codes.js'
import type { ProgramSource } from '../transfer/plan.js'
import type { CommandContext } from './command.js'

/** Parsed options of `cp` and `mv`. */
export interface TransferOptions {
  readonly recursive?: boolean
  readonly exact?: boolean
  readonly dryRun?: boolean
  readonly clobber: boolean
  readonly followSymlinks?: boolean
  readonly concurrency: number
  /** Bytes. */
  readonly partSize?: number
  readonly integrity?: Integrity
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly storageClass?: 'STANDARD' | 'STANDARD_IA'
  readonly metadata?: Record<string, string>
}

/** Adds the options of both `cp` and `mv`. */
export const addTransferOptions = (command: Command): Command =>
  command
    .option('-r, --recursive', 'transfer the contents of a folder')
    .option('-n, --dry-run', 'print the planned transfers without executing them')
    .option('--no-clobber', 'skip targets that exist')
    .option('--exact', 'use the target as the exact key or file, even if it ends in / or is a folder')
    .option('--follow-symlinks', 'copy the targets of symbolic links')
    .option(
      '--concurrency <count>',
      'number of objects transferred concurrently, 1 to 256',
      wholeNumber('--concurrency', [1, 256], 32),
      32,
    )
    .option(
      '--part-size <MiB>',
      'part size for a single object, 5 to 5115 MiB; larger files are uploaded in parts (default: 10 MiB for files from 100 MiB, 16 MiB for pipes)',
      partSize('--part-size'),
    )
    .option(
      '--integrity <check>',
      `check of the transferred bytes: ${integrityChoices.join(', ')} (default: crc32)`,
      oneOf('--integrity', integrityChoices),
    )
    .option(
      '--content-type <type>',
      'media type of the object (default: derived from the file extension)',
      header('content-type'),
    )
    .option('--cache-control <text>', 'Cache-Control header of the object', header('cache-control'))
    .option('--content-disposition <text>', 'Content-Disposition header of the object', header('content-disposition'))
    .option(
      '--content-encoding <text>',
      'Content-Encoding header, for bytes that are already encoded, such as gzip',
      header('content-encoding'),
    )
    .option(
      '--storage-class <class>',
      'storage class: STANDARD or STANDARD_IA (default: chosen by R2)',
      oneOf('--storage-class', ['STANDARD', 'STANDARD_IA']),
    )
    .option('--metadata <name=value>', 'custom metadata, up to 8192 bytes; repeatable', metadata('--metadata'))

const integrityChoices = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none'] as const

/** Explains the choices of `--integrity`, for the help of a command. */
export const integrityHelp = `
Integrity (--integrity):
  An upload is sent with a checksum. R2 rejects bytes that differ from it, stores it with the object, and downloads are verified
  by it. crc32 is the fastest; crc32c and crc64nvme detect the same kinds of damage, and crc64nvme covers a file as a whole
  instead of its parts. sha1 and sha256 are for files below 100 MiB (or --part-size), because R2 does not take them on parts.
  md5 stores no checksum: downloads are verified by the ETag, at several times the CPU time. none verifies nothing, in either
  direction. A server that does not know the checksum is verified by MD5. With --json, "verified" names the check of each file.`

const header = (name: string) => headerValue(`--${name}`)

/**
 * Plans and executes the transfers of one command line.
 *
 * @throws UsageError if addresses or options cannot be combined
 */
export const transfer = async (
  context: CommandContext,
  command: 'cp' | 'mv',
  source: Address | ProgramSource,
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
    import('../transfer/run-transfers.js'),
  ])
  const r2 = await context.connect(options.integrity)
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
