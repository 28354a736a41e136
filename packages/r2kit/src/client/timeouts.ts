import type { Resolved } from '../base/resolved.js'
import type { RequestBody } from '../http/index.js'
import type { TimeoutClass } from '../pipeline/index.js'

/**
 * Time limits of one attempt, in milliseconds; `Infinity` means no limit. Where a response is collected in memory the limit covers
 * the whole attempt. Where it streams, the limit covers the wait for its headers, and `stallTimeoutMs` covers the body: a slow
 * connection is not an error.
 */
export interface Timeouts {
  /** Objects of less than 1 MB, reads of unknown size, and small requests. @defaultValue 60_000 */
  readonly smallObjectMs?: number | undefined
  /** Objects of 1 MB and more. @defaultValue 300_000 */
  readonly largeObjectMs?: number | undefined
  /** Lists. @defaultValue 120_000 */
  readonly listMs?: number | undefined
  /** Parts of multipart uploads. @defaultValue 120_000 */
  readonly partMs?: number | undefined
  /** Longest time without a byte while a body is sent or received. @defaultValue 30_000 */
  readonly stallTimeoutMs?: number | undefined
}

/** Size from which an object counts as large. */
export const largeObjectBytes = 1_000_000

/** Returns the time limit for one attempt of an operation with this body. */
export const attemptTimeoutMs = (timeouts: Resolved<Timeouts>, kind: TimeoutClass, body: RequestBody): number => {
  if (kind === 'list') return timeouts.listMs
  if (kind === 'part') return timeouts.partMs
  if (kind === 'small' || body.kind === 'empty') return timeouts.smallObjectMs
  const size = body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  return size < largeObjectBytes ? timeouts.smallObjectMs : timeouts.largeObjectMs
}

/** Adds the defaults. */
export const resolveTimeouts = (timeouts: Timeouts = {}): Resolved<Timeouts> => ({
  smallObjectMs: timeouts.smallObjectMs ?? 60_000,
  largeObjectMs: timeouts.largeObjectMs ?? 300_000,
  listMs: timeouts.listMs ?? 120_000,
  partMs: timeouts.partMs ?? 120_000,
  stallTimeoutMs: timeouts.stallTimeoutMs ?? 30_000,
})
