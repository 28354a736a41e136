/**
 * A transfer as its caller sees it (`Transfer`), and as the engine does (`TransferControl`). Part of the client, because the
 * handle is returned before the engine has been loaded.
 */
import { onAbort } from '../../base/abort.js'
import type { Clock, Timer } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import { abortSignal, callback, duration, type Fields } from '../../validation/index.js'
import { type OnProgress, ProgressMeter, type TransferProgress } from './progress.js'

/** Options of every transfer. */
export interface TransferOptions {
  /** Ends the transfer in every phase and cleans up after it; the error is `Aborted`, with the signal's reason as its cause. */
  readonly signal?: AbortSignal | undefined
  /** Longest time for the whole transfer, retries and pauses included, in milliseconds; then it fails with `Timeout`. @defaultValue none */
  readonly timeoutMs?: number | undefined
  /** Called with progress, ten times a second at most while bytes flow. An exception in it fails the transfer, which cleans up. */
  readonly onProgress?: OnProgress | undefined
}

export const transferOptionFields: Fields<TransferOptions> = {
  signal: abortSignal,
  timeoutMs: duration,
  onProgress: callback<OnProgress>(),
}

/** The engine's end of a transfer: whether to continue, and where to count. */
export class TransferControl {
  readonly meter: ProgressMeter
  readonly #controller = new AbortController()
  #forget: (() => void) | undefined
  #failure: { readonly error: unknown } | undefined
  #gate: Gate | undefined
  /** Called at every resume; paused time is no time without progress. */
  onResume: (() => void) | undefined

  #timer: Timer | undefined

  constructor(clock: Clock, { signal, timeoutMs, onProgress }: TransferOptions = {}) {
    this.meter = new ProgressMeter(clock, onProgress && ((progress) => this.#guarded(() => onProgress(progress))))
    if (signal?.aborted) this.abort(signal.reason)
    else if (signal !== undefined) this.#forget = onAbort(signal, () => this.abort(signal.reason))
    if (timeoutMs === undefined) return
    this.#timer = clock.after(timeoutMs, () =>
      this.fail(new R2Error('Timeout', `the transfer took longer than its timeoutMs of ${timeoutMs}`)),
    )
  }

  /** Aborts when the transfer is to end early, for whatever reason; every request and wait of the engine listens to it. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get paused(): boolean {
    return this.#gate !== undefined
  }

  /** Resolves when the transfer may begin its next piece of work; at once unless it is paused. Throws when it is to end. */
  async whenRunning(): Promise<void> {
    while (this.#gate !== undefined && !this.signal.aborted) await this.#gate.opened
    if (this.signal.aborted) throw this.failure(abortError(this.signal))
  }

  /** What the transfer fails with: what ended it first, or else the error at hand. */
  failure(error: unknown): unknown {
    return this.#failure === undefined ? error : this.#failure.error
  }

  /** Ends the transfer with an error that is reported as it is. The first one counts. */
  fail(error: unknown): void {
    if (this.signal.aborted) return
    this.#failure = { error }
    this.#controller.abort(error)
    this.#gate?.open()
  }

  abort(reason?: unknown): void {
    if (this.signal.aborted) return
    this.#controller.abort(reason)
    this.#failure = { error: abortError(this.signal) }
    this.#gate?.open()
  }

  pause(): void {
    if (this.#gate !== undefined || this.signal.aborted) return
    this.#gate = new Gate()
    this.meter.state = 'paused'
  }

  resume(): void {
    const gate = this.#gate
    if (gate === undefined) return
    this.#gate = undefined
    this.onResume?.()
    this.meter.state = 'running'
    gate.open()
  }

  /** The transfer has ended: nothing listens to the caller's signal any more. */
  finish(state: 'done' | 'failed'): void {
    this.#forget?.()
    this.#timer?.cancel()
    this.meter.state = state
  }

  #guarded(action: () => unknown): void {
    try {
      // An async listener, of any realm, whose rejection would be unhandled.
      Promise.resolve(action()).catch((error: unknown) => this.fail(error))
    } catch (error) {
      this.fail(error)
    }
  }
}

/** What a paused transfer waits at. */
class Gate {
  declare open: () => void
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
}

/**
 * A transfer in flight. Await it for its result; it runs in any case. As with any promise, a failure that is not handled is an
 * unhandled rejection, except after `abort()`, whose caller knows.
 *
 * @example
 * const transfer = r2.transfers.upload({ path: 'film.mp4' }, { bucket, key: 'film.mp4' })
 * pauseButton.onclick = () => transfer.pause()
 * const { etag } = await transfer
 */
export class Transfer<T> implements PromiseLike<T> {
  readonly #control: TransferControl
  readonly #result: Promise<T>

  constructor(control: TransferControl, run: (control: TransferControl) => Promise<T>) {
    this.#control = control
    this.#result = this.#finished(run)
  }

  /** How far it is, now. */
  get progress(): TransferProgress {
    return this.#control.meter.snapshot
  }

  get paused(): boolean {
    return this.#control.paused
  }

  /** Begins no further part; those in flight are finished. */
  pause(): void {
    this.#control.pause()
  }

  /** Continues after `pause`. */
  resume(): void {
    this.#control.resume()
  }

  /** Ends the transfer and cleans up after it; it rejects with `Aborted` once nothing is left behind. */
  abort(reason?: unknown): void {
    this.#result.catch(() => undefined) // The owner knows; the rejection is still there to be awaited.
    this.#control.abort(reason)
  }

  // biome-ignore lint/suspicious/noThenProperty: a transfer is awaited
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(onFulfilled, onRejected)
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#result.catch(onRejected)
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#result.finally(onFinally)
  }

  async #finished(run: (control: TransferControl) => Promise<T>): Promise<T> {
    const control = this.#control
    try {
      if (control.signal.aborted) throw abortError(control.signal)
      const result = await run(control)
      control.finish('done')
      return result
    } catch (error) {
      const failure = control.failure(error)
      control.finish('failed')
      throw failure
    }
  }
}
