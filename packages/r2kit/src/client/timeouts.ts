import type { Resolved } from '../base/resolved.js'
import type { RequestBody } from '../http/index.js'
import type { TimeoutClass, Timeouts } from '../pipeline/index.js'
import { duration, type Fields, objectOf } from '../validation/index.js'

export type { Timeouts }

const fields: Fields<Timeouts> = {
  connectMs: duration,
  smallObjectMs: duration,
  largeObjectMs: duration,
  listMs: duration,
  partMs: duration,
  stallTimeoutMs: duration,
}

/** The option `timeouts` of a client, a call and a transfer. */
export const timeoutsField = objectOf('timeouts', fields)

/** Size from which an object counts as large. */
export const largeObjectBytes = 1_000_000

/** Returns the time limit for one attempt of an operation with this body. */
export const attemptTimeoutMs = (timeouts: ResolvedTimeouts, kind: TimeoutClass, body: RequestBody): number => {
  if (kind === 'list') return timeouts.listMs
  if (kind === 'part') return timeouts.partMs
  if (kind === 'small' || body.kind === 'empty') return timeouts.smallObjectMs
  const size = body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  return size < largeObjectBytes ? timeouts.smallObjectMs : timeouts.largeObjectMs
}

/** The limits of a client. Without `connectMs`, the transport's own limit applies. */
export type ResolvedTimeouts = Resolved<Omit<Timeouts, 'connectMs'>> & Pick<Timeouts, 'connectMs'>

/** Adds the defaults. */
export const resolveTimeouts = (timeouts: Timeouts | undefined): ResolvedTimeouts => replaceTimeouts(defaults, timeouts)

/** Replaces the limits that are given. Options that were read have no field that is `undefined`. */
export const replaceTimeouts = (limits: ResolvedTimeouts, given: Timeouts | undefined): ResolvedTimeouts =>
  given === undefined ? limits : { ...limits, ...(given as Partial<ResolvedTimeouts>) }

const defaults: ResolvedTimeouts = {
  smallObjectMs: 60_000,
  largeObjectMs: 300_000,
  listMs: 120_000,
  partMs: 120_000,
  stallTimeoutMs: 30_000,
}
