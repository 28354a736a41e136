import { whenAborted } from '#abort'
import type { Clock } from '../../base/clock.js'
import { clientError } from '../../errors/calls.js'
import type { InternalCall, InternalCallLayer } from '../../pipeline/index.js'

/** A signal that aborts when a call has taken too long, or with the caller's own signal. */
export interface Deadline {
  readonly signal: AbortSignal
  /** On the monotonic clock. */
  readonly atMs: number
  /** Stops the timer and the listener. */
  end(): void
}

export const startDeadline = (clock: Clock, timeoutMs: number, callerSignal: AbortSignal | undefined): Deadline => {
  const controller = new AbortController()
  const error = () => clientError('Timeout', `the call took longer than its timeoutMs of ${timeoutMs}`)
  const timer = clock.after(timeoutMs, () => controller.abort(error()))
  // Not by `AbortSignal.any`, which does not listen to the signals of another realm or a polyfill.
  const stop = callerSignal && whenAborted(callerSignal, () => controller.abort(callerSignal.reason))
  const end = () => {
    timer.cancel()
    stop?.()
  }
  return { signal: controller.signal, atMs: clock.monotonicMs() + timeoutMs, end }
}

/** Ends a call with `timeoutMs` as `Timeout` when it takes longer, attempts, waits and a streamed response included. */
export const deadlineLayer: InternalCallLayer = (next) => (call) => {
  const { timeoutMs, onBodyEnd } = call
  if (timeoutMs === undefined) return next(call)
  const deadline = startDeadline(call.clock, timeoutMs, call.signal)
  const bounded: InternalCall = {
    ...call,
    signal: deadline.signal,
    deadlineMs: deadline.atMs,
    onBodyEnd(error) {
      deadline.end()
      onBodyEnd?.(error)
    },
  }
  return next(bounded).catch((error: unknown) => {
    deadline.end()
    throw error
  })
}
