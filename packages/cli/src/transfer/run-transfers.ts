/** Executes a plan, and reports the result for each object. In a folder, the failure of one object does not stop the others. */
import { unlink } from 'node:fs/promises'
import { isR2Error, type R2Client, R2Error } from 'r2kit'
import type { Resumed } from 'r2kit/transfers'
import { formatR2Address } from '../arguments/address.js'
import { describeError } from '../errors/error-report.js'
import { type ExitCode, exitCodes } from '../errors/exit-codes.js'
import type { SummaryEvent } from '../output/events.js'
import type { Output } from '../output/output.js'
import { type Progress, silentProgress, startProgress } from '../output/progress.js'
import type { Io } from '../process/io.js'
import { copyFolder, copyObject } from './copy.js'
import { type FolderPlan, transferFolder } from './folders.js'
import { journalFolder } from './journal-folder.js'
import { formatLocation, type Location, type Transfer } from './location.js'
import type { ObjectFields } from './object-fields.js'
import { downloadOne, printOne, uploadOne } from './one-object.js'
import type { Plan } from './plan.js'
import { type ItemResult, type Outcome, skipReasons } from './result.js'

/** The part of a command's context that transfers use. */
export interface TransferContext {
  readonly io: Io
  readonly output: Output
  readonly signal: AbortSignal
}

/** Options of `runTransfers`. */
export interface RunOptions {
  /** `mv` deletes each source after its copy is verified. */
  readonly command: 'cp' | 'mv'
  readonly fields: ObjectFields
  /** Skips existing targets. */
  readonly noClobber: boolean
  /** Reports each transfer as planned, and transfers nothing. */
  readonly dryRun: boolean
  readonly followSymlinks: boolean
  /** Number of objects that are transferred concurrently. */
  readonly concurrency: number
  /** Part size for the transfer of one object. Files larger than this are uploaded in parts. @defaultValue chosen by the client */
  readonly partSizeBytes?: number
}

/**
 * Executes a plan.
 *
 * @returns `ok`, or `someFailed` if an object of a folder failed
 * @throws the error of a single transfer; an error that affects every object of a folder; R2Error `ObjectNotFound` for a source
 *   folder on R2 without objects
 */
export const runTransfers = (
  context: TransferContext,
  r2: R2Client,
  plan: Plan,
  options: RunOptions,
): Promise<ExitCode> => new TransferRun(context, r2, plan, options).run()

class TransferRun {
  readonly #context: TransferContext
  readonly #r2: R2Client
  readonly #plan: Plan
  readonly #options: RunOptions
  #progress: Omit<Progress, 'log'> = silentProgress
  #done = 0
  #skipped = 0
  #failed = 0
  #bytes = 0

  constructor(context: TransferContext, r2: R2Client, plan: Plan, options: RunOptions) {
    this.#context = context
    this.#r2 = r2
    this.#plan = plan
    this.#options = options
  }

  async run(): Promise<ExitCode> {
    const startedMs = performance.now()
    const stopProgress = await this.#showProgress()
    try {
      await this.#execute(this.#plan)
    } finally {
      stopProgress()
    }
    this.#rejectEmptyFolder()
    if (!this.#toStdout) await this.#context.output.emit(this.#summary(performance.now() - startedMs))
    return this.#failed === 0 ? exitCodes.ok : exitCodes.someFailed
  }

  /** Whether standard output carries the bytes of the object. No events may be written to it then. */
  get #toStdout(): boolean {
    return this.#plan.kind === 'one' && this.#plan.transfer.target.kind === 'stdout'
  }

  /** Whether other output goes to the terminal, which a progress line would disturb. */
  get #isTerminalTaken(): boolean {
    if (this.#toStdout) return true
    if (this.#plan.kind !== 'one') return false
    const { source } = this.#plan.transfer
    return source.kind === 'stream' && source.usesTerminal
  }

  #summary(elapsedMs: number): SummaryEvent {
    const { command, dryRun } = this.#options
    const counts = { done: this.#done, skipped: this.#skipped, failed: this.#failed, bytes: this.#bytes }
    return { event: 'summary', command, dryRun, ...counts, elapsedMs: Math.round(elapsedMs) }
  }

  /** Rejects a source folder on R2 without objects, because R2 has no folders and the name is probably wrong. */
  #rejectEmptyFolder(): void {
    const plan = this.#plan
    if (plan.kind !== 'download-folder' && plan.kind !== 'copy-folder') return
    if (this.#done + this.#skipped + this.#failed > 0) return
    const { bucket, prefix } = plan.source
    throw new R2Error('ObjectNotFound', `There are no objects under ${formatR2Address(bucket, prefix)}`, {
      hint: 'With --recursive the address is that of a folder; without it, that of one object.',
    })
  }

  /** Draws the progress line, if there is a terminal and no option rules it out. Returns a function that removes it. */
  async #showProgress(): Promise<() => void> {
    const { io, output } = this.#context
    const { json, quiet, verbose } = output.options
    if (!io.isTTY || json || quiet || verbose || this.#options.dryRun || this.#isTerminalTaken) return () => undefined
    const progress = await startProgress({
      stream: io.stderr,
      ...(io.columns !== undefined && { columns: io.columns }),
    })
    this.#progress = progress
    output.progress = progress
    const counting = new AbortController()
    void this.#count(progress, counting.signal)
    return () => {
      counting.abort()
      progress.stop()
      output.progress = undefined
    }
  }

  /** Walks the plan while the transfers run, for the total on the progress line. */
  async #count(progress: Progress, signal: AbortSignal): Promise<void> {
    const found = (bytes: number) => progress.found(1, bytes)
    try {
      const plan = this.#plan
      // The size of one object is reported when its transfer starts.
      if (plan.kind === 'one') found(0)
      else if (plan.kind === 'copy-folder') {
        for await (const { size } of this.#r2.objects.listAll(plan.source, { signal })) found(size)
      } else {
        const onItem = (item: ItemResult) => found(item.status === 'planned' ? (item.bytes ?? 0) : 0)
        await transferFolder(this.#r2, plan, { ...this.#folderOptions(), dryRun: true, signal, onItem })
      }
      progress.foundAll()
    } catch {
      // The transfers encounter the same error and report it. The progress line continues without a total.
    }
  }

  async #execute(plan: Plan): Promise<void> {
    const onResult = (result: ItemResult) => this.#report(result)
    const { signal } = this.#context
    if (plan.kind === 'one') {
      await onResult(await this.#transferOne(plan.transfer))
    } else if (plan.kind === 'copy-folder') {
      await copyFolder(this.#r2, plan.source, plan.target, { ...this.#options, signal, onResult })
    } else {
      await this.#transferFolder(plan)
    }
  }

  async #transferFolder(plan: FolderPlan): Promise<void> {
    let reported = 0
    await transferFolder(this.#r2, plan, {
      ...this.#folderOptions(),
      dryRun: this.#options.dryRun,
      signal: this.#context.signal,
      journal: journalFolder(this.#context.io.env),
      onItem: (item) => this.#report(item),
      onItemResume: (source, resumed) => this.#reportResumed(source, resumed),
      onProgress: ({ bytes }) => {
        this.#progress.moved(bytes - reported)
        reported = bytes
      },
    })
  }

  #folderOptions() {
    const { fields, noClobber, concurrency, followSymlinks } = this.#options
    return { fields, noClobber, concurrency, followLinks: followSymlinks }
  }

  /** @throws the error of the transfer, because it is the only one of the command */
  async #transferOne(transfer: Transfer): Promise<ItemResult> {
    const { source, target } = transfer
    if (this.#options.dryRun) {
      const bytes = 'size' in transfer ? transfer.size : undefined
      return { status: 'planned', source, target, ...(bytes !== undefined && { bytes }) }
    }
    try {
      return { status: 'done', source, target, outcome: await this.#runTransfer(transfer) }
    } catch (error) {
      if (this.#options.noClobber && isR2Error(error, 'PreconditionFailed', 'TargetExists'))
        return { status: 'skipped', source, target, reason: 'exists' }
      throw error
    }
  }

  async #runTransfer(transfer: Transfer): Promise<Outcome> {
    const { signal, io } = this.#context
    const { fields, noClobber, partSizeBytes } = this.#options
    const onResume = (resumed: Resumed) => this.#reportResumed(transfer.source, resumed)
    const options = {
      fields,
      noClobber,
      signal,
      onProgress: this.#oneProgress(),
      onResume,
      journal: journalFolder(io.env),
      ...(partSizeBytes !== undefined && { partSizeBytes }),
    }
    if (transfer.kind === 'upload') return uploadOne(this.#r2, transfer.source, transfer.target, options)
    if (transfer.kind === 'copy') return copyObject(this.#r2, transfer, options)
    const { source, target } = transfer
    if (target.kind === 'stdout') return printOne(this.#r2, source, io.stdout, signal)
    return downloadOne(this.#r2, source, target, options)
  }

  /** Converts the absolute counts of one transfer into the differences that the progress line adds up. */
  #oneProgress() {
    let reported = 0
    let found = 0
    return ({ bytes, totalBytes = 0 }: { readonly bytes: number; readonly totalBytes: number | undefined }) => {
      this.#progress.found(0, totalBytes - found)
      this.#progress.moved(bytes - reported)
      found = totalBytes
      reported = bytes
    }
  }

  #reportResumed(source: Location, resumed: Resumed): void {
    void this.#context.output.emit({ event: 'transfer-resumed', source: formatLocation(source), ...resumed })
  }

  async #report(result: ItemResult): Promise<void> {
    const { output } = this.#context
    const source = formatLocation(result.source)
    const target = result.target === undefined ? undefined : formatLocation(result.target)
    const route = { source, ...(target !== undefined && { target }) }
    this.#progress.finished()
    if (result.status === 'planned') {
      const { bytes = 0 } = result
      this.#done += 1
      this.#bytes += bytes
      const planned = { command: this.#options.command, source, target: target ?? '' }
      await output.emit({ event: 'transfer-planned', ...planned, ...(result.bytes !== undefined && { bytes }) })
    } else if (result.status === 'done') {
      if (this.#options.command === 'mv') await this.#deleteSource(result.source)
      this.#done += 1
      this.#bytes += result.outcome.bytes
      if (!this.#toStdout)
        await output.emit({ event: 'transfer-done', source, target: target ?? '', ...result.outcome })
    } else if (result.status === 'skipped') {
      this.#skipped += 1
      await output.emit({ event: 'transfer-skipped', ...route, reason: skipReasons[result.reason] })
    } else {
      this.#failed += 1
      await output.emit({ event: 'transfer-failed', ...route, error: describeError(result.error) })
    }
  }

  /** Called only after the target is verified. */
  async #deleteSource(source: Location): Promise<void> {
    if (source.kind === 'file') await unlink(source.path)
    if (source.kind === 'object') {
      await this.#r2.objects.delete({ bucket: source.bucket, key: source.key }, { signal: this.#context.signal })
    }
  }
}
