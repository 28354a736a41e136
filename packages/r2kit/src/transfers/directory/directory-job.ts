/** What uploads and downloads of directories have in common: lanes, results, and which failure ends more than its file. */
import { asFileError, type FileIo, openFileIo, systemCode } from '#transfer-files'
import { isR2Error, type R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import { TransferControl } from '../handle/transfer.js'
import type { Resumed } from '../journal.js'
import { isUnreached, ProgressWatch } from '../transfer-retries.js'
import { Lane } from './lane.js'
import type { DirectoryFile, DirectoryOptions, DirectorySummary, FileDone, FileResult } from './options.js'

const mebibyte = 1024 * 1024
/** Up to this a file is one buffer and one request: nothing is streamed, nothing is asked beforehand. */
export const inMemoryBytes = mebibyte
/** From this a file takes a place among the large ones. */
export const largeBytes = 16 * mebibyte
const largeConcurrencyDefault = 8
/**
 * As how many transfers a transfer of many counts where the limit on requests begins. Each file is one, and most are one short
 * request, so that what a line carries is known only when many of them are under way.
 */
const transfersAtOnce = 4
/** Large files that wait while small ones go on; only their names are held. */
const largeBacklog = 1000

export class DirectoryJob<Options extends DirectoryOptions = DirectoryOptions> {
  readonly context: TransferContext
  readonly control: TransferControl
  readonly options: Options
  /** Calls for small files. */
  readonly files: FileIo
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
    this.files = openFileIo(context.clock)
    this.#watch = new ProgressWatch(context)
    control.onResume = () => this.#watch.mark()
    const concurrency = options.concurrency ?? context.limit.max
    this.#concurrency = concurrency
    this.#small = new Lane(concurrency, 0)
    this.#large = new Lane(options.largeConcurrency ?? largeConcurrencyDefault, largeBacklog)
  }

  /** Runs `produce`, which adds files, to its end and theirs. Whatever it throws, and what ends everything, stops all. */
  async run(produce: () => Promise<void>): Promise<DirectorySummary> {
    const { control, context } = this
    const leave = Array.from({ length: Math.min(this.#concurrency, transfersAtOnce) }, () => context.limit.enter())
    try {
      await produce().catch((error: unknown) => control.fail(error))
      // Small work may add large work.
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
   * Adds a file to its lane if it is wanted. What is returned is to be awaited: undefined where there is room at once. `work`
   * answers what became of the file, or undefined where it was passed on.
   */
  add(lane: 'small' | 'large', file: DirectoryFile, work: Work): Promise<void> | undefined {
    if (this.options.filter !== undefined) return this.#addWanted(this.options.filter, lane, file, work)
    return this.pass(lane, file, work)
  }

  /** Adds a file that has been chosen before. */
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
      if (control.signal.aborted || error === undefined || this.#endsAll(error, sinceMs)) return control.fail(cause)
      result = { status: 'failed', ...file, error }
    }
    if (result === undefined) return
    try {
      const told = this.tell(result)
      if (told !== undefined) await told
    } catch (error) {
      control.fail(error)
    }
  }

  /** Counts a result and tells the caller. */
  tell(result: FileResult): void | Promise<void> {
    this.#counts[result.status]++
    if (result.status === 'done' || result.status === 'planned') this.#bytes += result.bytes
    if (result.status === 'done') {
      this.#resumedBytes += result.resumedBytes
      this.#watch.mark()
      this.control.meter.partDone()
    }
    return this.options.onResult?.(result)
  }

  /** A file's own time without progress: one that always fails must not live on the others' progress. */
  watch(): ProgressWatch {
    return new ProgressWatch(this.context, this.#watch.isReached)
  }

  /** Whether the error would meet the other files as well, so that trying them only repeats it. */
  #endsAll(error: R2Error, sinceMs: number): boolean {
    if (error.kind === 'Auth' || error.kind === 'Config' || error.code === 'BucketNotFound') return true
    if (fullDisk.has(systemCode(error.cause) ?? '')) return true
    // What was never there will not be there for the next file either.
    if (isUnreached(error) && !this.#watch.isReached) return true
    // It was tried until its time was over: if nothing else made progress either, nothing will.
    return error.retryable && error.code !== 'IntegrityMismatch' && this.#watch.isOver(sinceMs)
  }
}

/** What is done for a file. */
type Work = () => Promise<FileResult | undefined>

const fullDisk: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** Errors of the operating system as ours; undefined for what is neither. */
export const asR2Error = (error: unknown, path: string): R2Error | undefined => {
  const ours = asFileError(error, { action: 'read', path, field: 'path' })
  return isR2Error(ours) ? ours : undefined
}

/** The control of one file within a transfer of many: it ends and pauses with that, and its bytes count there. */
class FileControl extends TransferControl {
  readonly #whole: TransferControl

  constructor({ context, control }: DirectoryJob) {
    let told = 0
    const onProgress = ({ bytes }: { readonly bytes: number }) => {
      control.meter.moved(bytes - told)
      told = bytes
    }
    super(context.clock, { signal: control.signal, onProgress })
    this.#whole = control
  }

  override async whenRunning(): Promise<void> {
    await this.#whole.whenRunning()
    await super.whenRunning()
  }
}

/** Runs one file's own transfer. */
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

/** What a large file is told of journals; a small one is sooner moved again than written down. */
export const resuming = ({ options }: DirectoryJob, file: DirectoryFile) => {
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
