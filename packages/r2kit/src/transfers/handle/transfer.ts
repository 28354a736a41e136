/**
 * A transfer from both sides: `Transfer` is the handle of its caller, `TransferControl` the engine's. The facade returns the
 * handle before the engine is loaded, so nothing here may import the engine.
 */
import { onAbort } from '#abort'
import type { Clock, Timer } from '../../base/clock.js'
import type { Timeouts } from '../../client/timeouts.js'
import { abortError, R2Error } from '../../errors/index.js'
import type { TransferOptions } from './options.js'
import { ProgressMeter, type TransferProgress } from './progress.js'

/**
 * - `running`: `whenRunning` resolves immediately.
 * - `paused`: `whenRunning` waits. Work in flight continues.
 * - `ending`: the signal is aborted, and the engine cleans up. `failure` returns the error that came first.
 * - `ended`: the transfer has its outcome; nothing changes any more.
 *
 *     running ⇄ paused          pause(), resume()
 *     running, paused → ending  fail(), abort(), the caller's signal, timeoutMs, the end of the client
 *     any → ended               finish()
 */
type Phase = 'running' | 'paused' | 'ending' | 'ended'

/** The engine's side of a transfer: whether to continue, and where to count. */
export class TransferControl {
  readonly meter: ProgressMeter
  /** Limits of each request that replace those of the client. */
  readonly timeouts: Timeouts | undefined
  /** Called by each `resume`: time spent in a pause is no time without progress. */
  onUnpause: (() => void) | undefined
  readonly #controller = new AbortController()
  #phase: Phase = 'running'
  /** While paused. */
  #gate: Gate | undefined
  #failure: { readonly error: unknown } | undefined
  readonly #stopsListening: (() => void)[] = []
  #timer: Timer | undefined

  /** @param closed aborts when the client is disposed and its requests in flight have ended */
  constructor(clock: Clock, options: TransferOptions = {}, closed?: AbortSignal) {
    const { signal, timeoutMs, timeouts, onProgress } = options
    this.timeouts = timeouts
    this.meter = new ProgressMeter(clock, onProgress && ((progress) => this.#guarded(() => onProgress(progress))))
    this.#whenAborted(signal, ({ reason }) => this.abort(reason))
    this.#whenAborted(closed, () =>
      this.fail(new R2Error('ClientClosed', 'the client was disposed before the transfer had ended')),
    )
    if (timeoutMs === undefined) return
    this.#timer = clock.after(timeoutMs, () =>
      this.fail(new R2Error('Timeout', `the transfer took longer than its timeoutMs of ${timeoutMs}`)),
    )
  }

  /** Aborts when the transfer ends early, for any reason. Every request and every wait of the engine listens to it. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get paused(): boolean {
    return this.#phase === 'paused'
  }

  /**
   * Resolves when the transfer may begin its next piece of work: immediately unless it is paused.
   *
   * @throws the failure of the transfer when it ends early
   */
  async whenRunning(): Promise<void> {
    while (this.#gate !== undefined) await this.#gate.opened
    if (this.signal.aborted) throw this.failure(abortError(this.signal))
  }

  /** The error that the transfer rejects with: the first that ended it, or else `error`. */
  failure(error: unknown): unknown {
    return this.#failure === undefined ? error : this.#failure.error
  }

  /** Ends the transfer with an error that its caller receives unchanged. Only the first call has an effect. */
  fail(error: unknown): void {
    if (!this.#isActive) return
    this.#phase = 'ending'
    this.#failure = { error }
    this.#controller.abort(error)
    this.#openGate()
  }

  /** Ends the transfer with `Aborted`. */
  abort(reason?: unknown): void {
    if (!this.#isActive) return
    this.#phase = 'ending'
    this.#controller.abort(reason)
    this.#failure = { error: abortError(this.signal) }
    this.#openGate()
  }

  pause(): void {
    if (this.#phase !== 'running') return
    this.#phase = 'paused'
    this.#gate = new Gate()
    this.meter.state = 'paused'
  }

  resume(): void {
    if (this.#phase !== 'paused') return
    this.#phase = 'running'
    this.onUnpause?.()
    this.meter.state = 'running'
    this.#openGate()
  }

  /** Ends the transfer with its outcome, and releases the caller's signal. */
  finish(state: 'done' | 'failed'): void {
    for (const stop of this.#stopsListening) stop()
    this.#timer?.cancel()
    this.#phase = 'ended'
    this.meter.state = state
    this.#openGate()
  }

  #whenAborted(signal: AbortSignal | undefined, action: (signal: AbortSignal) => void): void {
    if (signal?.aborted) action(signal)
    else if (signal !== undefined) this.#stopsListening.push(onAbort(signal, () => action(signal)))
  }

  get #isActive(): boolean {
    return this.#phase === 'running' || this.#phase === 'paused'
  }

  /** Wakes work that waits for the end of a pause. */
  #openGate(): void {
    const gate = this.#gate
    this.#gate = undefined
    gate?.open()
  }

  #guarded(action: () => unknown): void {
    try {
      // The callback may be async, of any realm; its rejection would otherwise be unhandled.
      Promise.resolve(action()).catch((error: unknown) => this.fail(error))
    } catch (error) {
      this.fail(error)
    }
  }
}

/** A promise that is resolved from outside. */
class Gate {
  declare open: () => void
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve
  })
}

/**
 * A transfer in flight. Await it for its result; it runs whether it is awaited or not. As with any promise, a failure that is
 * not handled is an unhandled rejection, except after `abort()`.
 *
 * @example
 * const transfer = r2.transfers.upload({ path: 'film.mp4' }, { bucket, key: 'film.mp4' })
 * pauseButton.onclick = () => transfer.pause()
 * const { etag } = await transfer
 */
export interface Transfer<T> extends Pick<TransferHandle<T>, keyof TransferHandle<T>> {}

/** Implements `Transfer`. */
export class TransferHandle<T> implements PromiseLike<T> {
  readonly #control: TransferControl
  readonly #result: Promise<T>

  constructor(control: TransferControl, run: (control: TransferControl) => Promise<T>) {
    this.#control = control
    this.#result = this.#finished(run)
  }

  /** A snapshot of the progress at this moment. */
  get progress(): TransferProgress {
    return this.#control.meter.snapshot
  }

  /** Whether the transfer is paused. */
  get paused(): boolean {
    return this.#control.paused
  }

  /**
   * Begins no further part; parts in flight are finished. The time limit `timeoutMs` continues to run. Does nothing when the
   * transfer is paused already or has ended.
   *
   * @example
   * transfer.pause()
   * setTimeout(() => transfer.resume(), 60_000)
   */
  pause(): void {
    this.#control.pause()
  }

  /** Continues after `pause`. Does nothing when the transfer is not paused. */
  resume(): void {
    this.#control.resume()
  }

  /**
   * Ends the transfer. It rejects with `Aborted` when everything has been cleaned up; that rejection may stay unhandled.
   *
   * @param reason the `cause` of the error
   * @example
   * cancelButton.onclick = () => transfer.abort('the user cancelled')
   */
  abort(reason?: unknown): void {
    this.#result.catch(() => undefined)
    this.#control.abort(reason)
  }

  /** As `Promise.prototype.then`. @throws R2Error what ended the transfer; any error of a source or callback */
  // biome-ignore lint/suspicious/noThenProperty: a transfer is awaited
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(onFulfilled, onRejected)
  }

  /** As `Promise.prototype.catch`. */
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#result.catch(onRejected)
  }

  /** As `Promise.prototype.finally`. */
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
