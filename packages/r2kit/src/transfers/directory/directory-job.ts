/** The common part of uploads and downloads of folders: lanes, results, and the distinction of failures that affect every file. */
import { asFileError, type FileIo, openFileIo, systemCode } from '#transfer-files'
import { isR2Error, type R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import { TransferControl } from '../handle/transfer.js'
import type { Resumed } from '../journal.js'
import { isUnreached, ProgressWatch } from '../transfer-retries.js'
import { Lane } from './lane.js'
import type { DirectoryFile, DirectoryOptions, DirectorySummary, FileDone, FileResult } from './options.js'

const mebibyte = 1024 * 1024
/** Files up to this size are one buffer and one request. */
export const inMemoryBytes = mebibyte
/** Files from this size on use the lane of large files. */
export const largeBytes = 16 * mebibyte
const largeConcurrencyDefault = 8
/**
 * The number of transfers that a folder counts as when the limit on requests starts. Most files are one short request, so the
 * throughput of the network shows only when many are in flight.
 */
const transfersPerFolder = 4
/** Most large files that wait while small ones continue. Only their names are in memory. */
const largeBacklog = 1000

export class DirectoryJob<Options extends DirectoryOptions = DirectoryOptions> {
  readonly context: TransferContext
  readonly control: TransferControl
  readonly options: Options
  /** File system calls for small files. */
  readonly io: FileIo
  readonly #watch: ProgressWatch
  readonly #small: Lane
  readonly #large: Lane
  readonly #concurrency: number
  readonly #counts = { done: 0, planned: 0, skipped: 0, failed: 0 }
  #filtered = 0
  #bytes = 0
  #resumedBytes = 0

  constructor(context: TransferContext, control: TransferControl, options: Options) {
    this.context = context
    this.control = control
    this.options = options
    this.io = openFileIo(context.clock)
    this.#watch = new ProgressWatch(context)
    control.onUnpause = () => this.#watch.mark()
    const concurrency = options.concurrency ?? context.limit.max
    this.#concurrency = concurrency
    this.#small = new Lane(concurrency, 0)
    this.#large = new Lane(options.largeConcurrency ?? largeConcurrencyDefault, largeBacklog)
  }

  /** Runs `produce`, which adds files, and waits for all of them. An error of `produce` stops everything. */
  async run(produce: () => Promise<void>): Promise<DirectorySummary> {
    const { control, context } = this
    const leave = Array.from({ length: Math.min(this.#concurrency, transfersPerFolder) }, () => context.limit.enter())
    try {
      await produce().catch((error: unknown) => control.fail(error))
      // In this order, because small files can turn out to be large.
      await this.#small.idle()
      await this.#large.idle()
      if (control.signal.aborted) throw control.failure(control.signal.reason)
      return {
        ...this.#counts,
        filtered: this.#filtered,
        bytes: this.#bytes,
        resumedBytes: this.#resumedBytes,
      }
    } finally {
      for (const one of leave) one()
    }
  }

  /**
   * Adds a file to its lane if the filter allows it.
   *
   * @param work resolves with the result of the file, or with undefined where it was passed to another lane
   * @returns a promise to be awaited; undefined where the file was added immediately
   */
  add(lane: 'small' | 'large', file: DirectoryFile, work: Work): Promise<void> | undefined {
    if (this.options.filter !== undefined) return this.#addWanted(this.options.filter, lane, file, work)
    return this.pass(lane, file, work)
  }

  /** Adds a file that the filter has allowed. */
  pass(lane: 'small' | 'large', file: DirectoryFile, work: Work): Promise<void> | undefined {
    return (lane === 'small' ? this.#small : this.#large).add(() => this.#run(file, work))
  }

  async #addWanted(
    filter: NonNullable<DirectoryOptions['filter']>,
    ...[lane, file, work]: Parameters<DirectoryJob['add']>
  ): Promise<void> {
    if (await filter(file)) await this.pass(lane, file, work)
    else this.#filtered++
  }

  async #run(file: DirectoryFile, work: Work): Promise<void> {
    const { control } = this
    let sinceMs = 0
    let result: FileResult | undefined
    try {
      if (control.paused || control.signal.aborted) await control.whenRunning()
      sinceMs = this.context.clock.monotonicMs()
      result = await work()
    } catch (cause) {
      const error = asR2Error(cause, file.path)
      if (control.signal.aborted || error === undefined || this.#affectsAll(error, sinceMs)) return control.fail(cause)
      result = { status: 'failed', ...file, error }
    }
    if (result === undefined) return
    try {
      const reported = this.report(result)
      if (reported !== undefined) await reported
    } catch (error) {
      control.fail(error)
    }
  }

  /** Counts a result, and calls `onResult`. */
  report(result: FileResult): void | Promise<void> {
    this.#counts[result.status]++
    if (result.status === 'done' || result.status === 'planned') this.#bytes += result.bytes
    if (result.status === 'done') {
      this.#resumedBytes += result.resumedBytes
      this.#watch.mark()
      this.control.meter.partDone()
    }
    return this.options.onResult?.(result)
  }

  /** Returns the watch of one file: the progress of other files must not keep it alive. */
  watch(): ProgressWatch {
    return new ProgressWatch(this.context, this.#watch.isReached)
  }

  /** Whether the other files would fail in the same way. */
  #affectsAll(error: R2Error, sinceMs: number): boolean {
    if (error.kind === 'Auth' || error.kind === 'Config' || error.code === 'BucketNotFound') return true
    if (fullDisk.has(systemCode(error.cause) ?? '')) return true
    if (isUnreached(error) && !this.#watch.isReached) return true
    // It was retried until its time was over. If no other file made progress either, none will.
    return error.retryable && error.code !== 'IntegrityMismatch' && this.#watch.isExpired(sinceMs)
  }
}

/** The transfer of one file. */
type Work = () => Promise<FileResult | undefined>

const fullDisk: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** Returns an error of the operating system as an R2Error; undefined for an error that is neither. */
export const asR2Error = (error: unknown, path: string): R2Error | undefined => {
  const mapped = asFileError(error, { action: 'read', path, field: 'path' })
  return isR2Error(mapped) ? mapped : undefined
}

/** The control of one file in a transfer of many. It ends and pauses with the whole, and its bytes count there. */
class FileControl extends TransferControl {
  readonly #whole: TransferControl

  constructor({ context, control }: DirectoryJob) {
    let counted = 0
    const onProgress = ({ bytes }: { readonly bytes: number }) => {
      control.meter.moved(bytes - counted)
      counted = bytes
    }
    super(context.clock, { signal: control.signal, timeouts: control.timeouts, onProgress })
    this.#whole = control
  }

  override async whenRunning(): Promise<void> {
    await this.#whole.whenRunning()
    await super.whenRunning()
  }
}

/** Runs the transfer of one file with a control of its own. */
export const withFileControl = async <T>(
  job: DirectoryJob,
  run: (control: TransferControl) => Promise<T>,
): Promise<T> => {
  const control = new FileControl(job)
  try {
    const result = await run(control)
    control.finish('done')
    return result
  } catch (error) {
    control.finish('failed')
    throw control.failure(error)
  }
}

/** The journal options of a large file. A small file is cheaper to transfer again than to record. */
export const journalOptions = ({ options }: DirectoryJob, file: DirectoryFile) => {
  const { journal, onResume } = options
  if (journal === undefined || journal === false) return {}
  return {
    journal,
    onFailure: 'keep' as const,
    ...(onResume && { onResume: (resumed: Resumed) => onResume(file, resumed) }),
  }
}

export const folderPrefix = (prefix = ''): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`)

export const doneOf = (file: DirectoryFile, done: Omit<FileDone, 'status' | 'path' | 'key'>): FileDone => ({
  status: 'done',
  ...file,
  ...done,
})
