/**
 * Works a plan off: a few transfers at a time, a report for each, and what fails does not keep the rest from being done.
 */
import { unlink } from 'node:fs/promises'
import { isR2Error, type R2Client, R2Error } from 'r2kit'
import type { CommandContext } from '../context.js'
import { describeError, endsTheCommand } from '../errors.js'
import type { SummaryEvent } from '../events.js'
import { type ExitCode, exitCodes } from '../exit-codes.js'
import { fileErrorCode } from '../file-error.js'
import { type Progress, silentProgress, startProgress } from '../progress.js'
import { copyObject } from './copy-object.js'
import { downloadToFile, downloadToStream } from './download.js'
import type { ObjectFields } from './object-fields.js'
import type { Outcome } from './outcome.js'
import { formatPlace, type Transfer } from './place.js'
import type { Plan, PlanItem } from './plan.js'
import { forEachConcurrent } from './pool.js'
import { uploadFile, uploadStream } from './upload.js'

export interface RunOptions {
  readonly command: 'cp' | 'mv'
  readonly fields: ObjectFields
  readonly noClobber: boolean
  readonly dryRun: boolean
  /** Transfers at a time. */
  readonly concurrency: number
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
    const { output, signal } = this.#context
    const startedMs = performance.now()
    const stopProgress = await this.#showProgress()
    try {
      await forEachConcurrent(this.#plan.items(), this.#options.concurrency, signal, (item) => this.#work(item))
    } finally {
      stopProgress()
    }
    const { whenEmpty } = this.#plan
    if (whenEmpty !== undefined && this.#done + this.#skipped + this.#failed === 0) {
      throw new R2Error('ObjectNotFound', whenEmpty, {
        hint: 'With --recursive an address names a folder; without, one object.',
      })
    }
    if (!this.#plan.toStdout) await output.emit(this.#summary(performance.now() - startedMs))
    return this.#failed === 0 ? exitCodes.ok : exitCodes.someFailed
  }

  #summary(elapsedMs: number): SummaryEvent {
    const { command, dryRun } = this.#options
    const counts = { done: this.#done, skipped: this.#skipped, failed: this.#failed, bytes: this.#bytes }
    return { event: 'summary', command, dryRun, ...counts, elapsedMs: Math.round(elapsedMs) }
  }

  /** Draws progress where it is wanted; the answer takes it away again. */
  async #showProgress(): Promise<() => void> {
    const { io, output } = this.#context
    const { json, quiet, verbose } = output.options
    if (!io.isTTY || json || quiet || verbose || this.#options.dryRun || this.#plan.toStdout) return () => undefined
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
    try {
      for await (const item of this.#plan.items()) {
        if (signal.aborted) return
        progress.found(1, item.kind === 'transfer' ? (item.transfer.size ?? 0) : 0)
      }
      progress.foundAll()
    } catch {
      // The work meets the same error and reports it; the line just goes on without a total.
    }
  }

  async #work(item: PlanItem): Promise<void> {
    const { output } = this.#context
    if (item.kind === 'skipped') {
      this.#skipped += 1
      await output.emit({ event: 'transfer-skipped', source: item.source, reason: item.reason })
    } else if (item.kind === 'failed') {
      this.#failed += 1
      await output.emit({ event: 'transfer-failed', source: item.source, error: describeError(item.error) })
    } else if (this.#options.dryRun) {
      await this.#announce(item.transfer)
    } else {
      await this.#carryOut(item.transfer)
    }
    this.#progress.finished()
  }

  async #announce(transfer: Transfer): Promise<void> {
    const { source, target, size } = transfer
    this.#done += 1
    this.#bytes += size ?? 0
    const way = { source: formatPlace(source), target: formatPlace(target) }
    await this.#context.output.emit({
      event: 'transfer-planned',
      command: this.#options.command,
      ...way,
      ...(size !== undefined && { bytes: size }),
    })
  }

  async #carryOut(transfer: Transfer): Promise<void> {
    const { output, signal } = this.#context
    const way = { source: formatPlace(transfer.source), target: formatPlace(transfer.target) }
    try {
      const outcome = await this.#transfer(transfer)
      if (this.#options.command === 'mv') await this.#deleteSource(transfer)
      this.#done += 1
      this.#bytes += outcome.bytes
      if (!this.#plan.toStdout) await output.emit({ event: 'transfer-done', ...way, ...outcome })
    } catch (error) {
      if (signal.aborted) throw error
      if (this.#options.noClobber && (isR2Error(error, 'PreconditionFailed') || fileErrorCode(error) === 'EEXIST')) {
        this.#skipped += 1
        await output.emit({ event: 'transfer-skipped', ...way, reason: 'the target exists already' })
      } else if (!this.#plan.recursive || endsTheCommand(error)) {
        throw error
      } else {
        this.#failed += 1
        await output.emit({ event: 'transfer-failed', ...way, error: describeError(error) })
      }
    }
  }

  async #transfer(transfer: Transfer): Promise<Outcome> {
    const { signal, io } = this.#context
    const { fields, noClobber } = this.#options
    const onBytes = (bytes: number) => this.#progress.moved(bytes)
    // One object by its name has no size until its answer begins; one of a list has been counted.
    const onSize = (bytes: number) => this.#progress.found(0, transfer.size === undefined ? bytes : 0)
    const options = { fields, noClobber, signal, onBytes, onSize }
    switch (transfer.kind) {
      case 'upload':
        return uploadFile(this.#r2, transfer.source, transfer.size, transfer.target, options)
      case 'upload-stream':
        return uploadStream(this.#r2, transfer.source, transfer.target, options)
      case 'copy':
        return copyObject(this.#r2, transfer.source, transfer.target, transfer.size, options)
      case 'download':
        return downloadToFile(this.#r2, transfer.source, transfer.target, options)
      case 'download-stream':
        return downloadToStream(this.#r2, transfer.source, io.stdout, options)
    }
  }

  /** Only ever called when the target is there and verified. */
  async #deleteSource({ source }: Transfer): Promise<void> {
    if (source.kind === 'file') await unlink(source.path)
    if (source.kind === 'object') {
      await this.#r2.objects.delete({ bucket: source.bucket, key: source.key }, { signal: this.#context.signal })
    }
  }
}
