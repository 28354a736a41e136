/** Carries a plan out: a report for each object, and in a folder what fails does not keep the rest from being done. */
import { unlink } from 'node:fs/promises'
import { isR2Error, type R2Client, R2Error } from 'r2kit'
import type { Resumed } from 'r2kit/transfers'
import { formatR2Address } from '../address.js'
import type { CommandContext } from '../context.js'
import { describeError } from '../errors.js'
import type { SummaryEvent } from '../events.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import { journalFolder } from '../journal-folder.js'
import { type Progress, silentProgress, startProgress } from '../progress.js'
import { copyFolder } from './copy-folder.js'
import { copyObject } from './copy-object.js'
import { type FolderPlan, transferFolder } from './folders.js'
import type { ObjectFields } from './object-fields.js'
import { downloadOne, printOne, uploadOne } from './one-object.js'
import type { Outcome } from './outcome.js'
import { formatPlace, type Place, type Transfer } from './place.js'
import type { Plan } from './plan.js'
import { type ItemResult, skipReasons } from './results.js'

export interface RunOptions {
  readonly command: 'cp' | 'mv'
  readonly fields: ObjectFields
  readonly noClobber: boolean
  readonly dryRun: boolean
  readonly followSymlinks: boolean
  /** Objects at a time. */
  readonly concurrency: number
  /** Of a single file, which then goes in parts however short it is. @defaultValue the library's */
  readonly partSizeBytes?: number
}

/** @throws what a single transfer failed with, what would befall every transfer, and ObjectNotFound for an empty folder on R2. */
export const runTransfers = (
  context: CommandContext,
  r2: R2Client,
  plan: Plan,
  options: RunOptions,
): Promise<ExitCode> => new TransferRun(context, r2, plan, options).run()

class TransferRun {
  readonly #context: CommandContext
  readonly #r2: R2Client
  readonly #plan: Plan
  readonly #options: RunOptions
  #progress: Omit<Progress, 'log'> = silentProgress
  #done = 0
  #skipped = 0
  #failed = 0
  #bytes = 0

  constructor(context: CommandContext, r2: R2Client, plan: Plan, options: RunOptions) {
    this.#context = context
    this.#r2 = r2
    this.#plan = plan
    this.#options = options
  }

  async run(): Promise<ExitCode> {
    const startedMs = performance.now()
    const stopProgress = await this.#showProgress()
    try {
      await this.#carryOut(this.#plan)
    } finally {
      stopProgress()
    }
    this.#refuseEmptyFolder()
    if (!this.#toStdout) await this.#context.output.emit(this.#summary(performance.now() - startedMs))
    return this.#failed === 0 ? exitCodes.ok : exitCodes.someFailed
  }

  /** Whether standard output carries the object's bytes, so that nothing else may be written there. */
  get #toStdout(): boolean {
    return this.#plan.kind === 'one' && this.#plan.transfer.target.kind === 'stdout'
  }

  /** Whether a progress line would be in the way of other output on the terminal. */
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

  /** A folder on R2 is what lies below it: where nothing does, the name is likely to be wrong. */
  #refuseEmptyFolder(): void {
    const plan = this.#plan
    if (plan.kind !== 'download-folder' && plan.kind !== 'copy-folder') return
    if (this.#done + this.#skipped + this.#failed > 0) return
    const { bucket, prefix } = plan.source
    throw new R2Error('ObjectNotFound', `Nothing lies under ${formatR2Address(bucket, prefix)}`, {
      hint: 'With --recursive an address names a folder; without, one object.',
    })
  }

  /** Draws progress where it is wanted; the function that it returns removes it. */
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

  /** Goes through the plan ahead of the work, for the total that the progress line shows. */
  async #count(progress: Progress, signal: AbortSignal): Promise<void> {
    const found = (bytes: number) => progress.found(1, bytes)
    try {
      const plan = this.#plan
      // One object tells its size when it begins.
      if (plan.kind === 'one') found(0)
      else if (plan.kind === 'copy-folder') {
        for await (const { size } of this.#r2.objects.listAll(plan.source, { signal })) found(size)
      } else {
        const onItem = (item: ItemResult) => found(item.status === 'planned' ? (item.bytes ?? 0) : 0)
        await transferFolder(this.#r2, plan, { ...this.#folderOptions(), dryRun: true, signal, onItem })
      }
      progress.foundAll()
    } catch {
      // The work meets the same error and reports it; the line continues without a total.
    }
  }

  async #carryOut(plan: Plan): Promise<void> {
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

  /** @throws what it failed with, as it is all that the command had to do */
  async #transferOne(transfer: Transfer): Promise<ItemResult> {
    const { source, target } = transfer
    if (this.#options.dryRun) {
      const bytes = 'size' in transfer ? transfer.size : undefined
      return { status: 'planned', source, target, ...(bytes !== undefined && { bytes }) }
    }
    try {
      return { status: 'done', source, target, outcome: await this.#move(transfer) }
    } catch (error) {
      if (this.#options.noClobber && isR2Error(error, 'PreconditionFailed', 'TargetExists'))
        return { status: 'skipped', source, target, reason: 'exists' }
      throw error
    }
  }

  async #move(transfer: Transfer): Promise<Outcome> {
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

  #reportResumed(source: Place, resumed: Resumed): void {
    void this.#context.output.emit({ event: 'transfer-resumed', source: formatPlace(source), ...resumed })
  }

  async #report(result: ItemResult): Promise<void> {
    const { output } = this.#context
    const source = formatPlace(result.source)
    const target = result.target === undefined ? undefined : formatPlace(result.target)
    const way = { source, ...(target !== undefined && { target }) }
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
      await output.emit({ event: 'transfer-skipped', ...way, reason: skipReasons[result.reason] })
    } else {
      this.#failed += 1
      await output.emit({ event: 'transfer-failed', ...way, error: describeError(result.error) })
    }
  }

  /** Only ever called when the target is there and verified. */
  async #deleteSource(source: Place): Promise<void> {
    if (source.kind === 'file') await unlink(source.path)
    if (source.kind === 'object') {
      await this.#r2.objects.delete({ bucket: source.bucket, key: source.key }, { signal: this.#context.signal })
    }
  }
}
