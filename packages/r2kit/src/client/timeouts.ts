import type { RequestBody } from '../http/index.js'
import type { TimeoutClass } from '../pipeline/index.js'

/**
 * How long one attempt may take, in milliseconds. Where the body is in memory the bound covers the attempt to its end; where
 * it is a stream, the wait for the response's head, and the stream itself is watched by `stallTimeoutMs`: a slow link is not an
 * error. `Infinity` switches a bound off.
 */
export interface Timeouts {
  /** Objects under 1 MB, and reads of unknown size. @defaultValue 60_000 */
  readonly smallObjectMs?: number
  /** Objects of 1 MB and more. @defaultValue 300_000 */
  readonly largeObjectMs?: number
  /** Lists. @defaultValue 120_000 */
  readonly listMs?: number
  /** Parts of multipart uploads. @defaultValue 120_000 */
  readonly partMs?: number
  /** Longest silence of a peer that should send or take bytes. @defaultValue 30_000 */
  readonly stallTimeoutMs?: number
}

export const largeObjectBytes = 1_000_000

/** The bound for one attempt of an operation with this body. */
export const attemptTimeoutMs = (timeouts: Required<Timeouts>, kind: TimeoutClass, body: RequestBody): number => {
  if (kind === 'list') return timeouts.listMs
  if (kind === 'part') return timeouts.partMs
  if (kind === 'small' || body.kind === 'empty') return timeouts.smallObjectMs
  const size = body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  return size < largeObjectBytes ? timeouts.smallObjectMs : timeouts.largeObjectMs
}

export const resolveTimeouts = (timeouts: Timeouts = {}): Required<Timeouts> => ({
  smallObjectMs: timeouts.smallObjectMs ?? 60_000,
  largeObjectMs: timeouts.largeObjectMs ?? 300_000,
  listMs: timeouts.listMs ?? 120_000,
  partMs: timeouts.partMs ?? 120_000,
  stallTimeoutMs: timeouts.stallTimeoutMs ?? 30_000,
})
