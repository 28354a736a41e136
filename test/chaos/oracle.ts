/**
 * The invariants of every run, whatever faults it met. The model is the witness: it has the changes in the order
 * in which they happened, each with the call that made it.
 */
import { isR2Error } from 'r2kit'
import type { SimulatedChange, SimulatedR2 } from '../../packages/r2kit/src/simulation/model/simulated-r2.js'

/** A change, and the call in whose requests it happened. */
export interface Witnessed extends SimulatedChange {
  readonly call: number | undefined
}

/** What a call was to store. */
export interface Intended {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly metadata: Readonly<Record<string, string>>
}

/** A call of the run, as its caller saw it. */
export interface CallRecord {
  readonly id: number
  /** For messages: `put a (if-none-match)`. */
  readonly name: string
  readonly key: string
  readonly kind: 'write' | 'delete' | 'read' | 'update' | 'list'
  readonly startedMs: number
  /** Number of changes that had happened when the call began, and when it ended. */
  readonly changesBefore: number
  changesAfter?: number
  endedMs?: number
  readonly timeoutMs?: number | undefined
  readonly intended?: Intended | undefined
  /** Whether two requests of the call must not both be stored. */
  readonly isConditional?: boolean
  /** The condition of a write: the ETag that it replaces, or `null` for a key that must be absent. */
  readonly replaces?: string | null | undefined
  /** The call's option of the same name. */
  readonly unknownOutcome?: 'equal' | 'proven' | undefined
  outcome?: { readonly value: unknown } | { readonly error: unknown }
}

/** What a read returned, as far as it is compared. */
export interface Seen {
  readonly bytes?: Uint8Array
  readonly etag: string
  readonly contentType: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

/** All that is wrong with a run; empty for a good one. */
export const problemsOf = (
  calls: readonly CallRecord[],
  changes: readonly Witnessed[],
  model: SimulatedR2,
  abandonedUploads: ReadonlySet<string>,
): string[] => {
  const problems: string[] = []
  for (const call of calls) {
    for (const problem of problemsOfCall(call, changes)) problems.push(`call ${call.id}, ${call.name}: ${problem}`)
  }
  for (const [uploadId, { key, parts }] of model.uploads) {
    // Without parts: the response to its creation was lost, and no client knows its ID.
    if (parts.size > 0 && !abandonedUploads.has(uploadId))
      problems.push(`the upload ${uploadId} of ${key} was left behind`)
  }
  return problems
}

function* problemsOfCall(call: CallRecord, changes: readonly Witnessed[]): Generator<string> {
  const { outcome, timeoutMs, startedMs, endedMs = 0 } = call
  if (outcome === undefined) {
    yield 'never ended'
    return
  }
  const own = changes.filter((change) => change.call === call.id)
  for (const change of own) {
    const before = changes.slice(0, changes.indexOf(change)).findLast(({ key }) => key === call.key)?.object
    if (call.replaces !== undefined && (before?.etag ?? null) !== call.replaces) {
      yield `replaced ${before?.etag ?? 'nothing'}, but its condition names ${call.replaces ?? 'nothing'}`
    }
  }
  if ('error' in outcome) yield* problemsOfFailure(call, outcome.error, own, changes)
  else yield* problemsOfSuccess(call, outcome.value, own, changes)
  if (timeoutMs !== undefined && endedMs - startedMs > timeoutMs) {
    yield `took ${endedMs - startedMs} ms, longer than its timeoutMs of ${timeoutMs}`
  }
}

/** Codes that no fault of a run explains. */
const unexplained: readonly string[] = ['InvalidResponse', 'InvalidInput', 'UnknownError']
/** Codes which mean that nothing was stored by this call. */
const nothingStored: readonly string[] = ['PreconditionFailed', 'UploadNotFound']

function* problemsOfFailure(
  call: CallRecord,
  error: unknown,
  own: readonly Witnessed[],
  changes: readonly Witnessed[],
): Generator<string> {
  const { kind, unknownOutcome } = call
  if (!isR2Error(error)) {
    yield `failed with ${String(error)}, which is no R2Error`
    return
  }
  if (unexplained.includes(error.code)) yield `failed with ${error.code}: ${error.message}`
  if (kind === 'write' && own.length > 0 && nothingStored.includes(error.code)) {
    // A write that others replaced before the client could look is reported as their success, unless proof was asked for.
    const isReplaced = changes.findLast(({ key }) => key === call.key)?.call !== call.id
    if (!isReplaced || unknownOutcome === 'proven') yield `failed with ${error.code}, but was stored`
  }
  if (isStoredTwice(call, own, changes)) yield `was stored ${own.length} times`
}

function* problemsOfSuccess(
  call: CallRecord,
  value: unknown,
  own: readonly Witnessed[],
  changes: readonly Witnessed[],
): Generator<string> {
  if (call.kind === 'write') yield* problemsOfWrite(call, own, changes)
  else if (call.kind === 'read') yield* problemsOfRead(call, value as Seen, changes)
  else if (call.kind === 'list') yield* problemsOfList(call, value as readonly string[], changes)
  else if (call.kind === 'update' && own.length === 0) yield 'was acknowledged, but not stored'
  else if (call.kind === 'delete' && !versionsDuring(call, changes).includes(undefined)) {
    yield 'was acknowledged, but the object was there all the time'
  }
}

/** Whether a conditional write was stored again although nothing had changed after the first time: its condition had failed. */
const isStoredTwice = (
  { isConditional, key }: CallRecord,
  own: readonly Witnessed[],
  changes: readonly Witnessed[],
): boolean => {
  const [first, second] = own
  if (isConditional !== true || first === undefined || second === undefined) return false
  const between = changes.slice(changes.indexOf(first) + 1, changes.indexOf(second))
  return !between.some((change) => change.key === key)
}

function* problemsOfWrite(
  call: CallRecord,
  own: readonly Witnessed[],
  changes: readonly Witnessed[],
): Generator<string> {
  const { intended, unknownOutcome } = call
  if (own.length === 0) {
    // By design, an equal object that appeared during a conditional call counts as the call's own, unless proof was asked for.
    const isEqual = (object: Witnessed['object']) =>
      object !== undefined && intended !== undefined && isAsIntended(object, intended)
    const isTaken = call.isConditional === true && versionsDuring(call, changes).slice(1).some(isEqual)
    const isOlderTaken = unknownOutcome === 'equal' && versionsDuring(call, changes).some(isEqual)
    if (unknownOutcome === 'proven' || !(isTaken || isOlderTaken)) {
      yield 'was acknowledged, but not stored by this call'
    }
  }
  if (isStoredTwice(call, own, changes)) yield `was stored ${own.length} times`
  // Bytes of a stream that were damaged on their way are noticed after they have been stored, and sent again.
  const object = own.at(-1)?.object
  if (own.length > 0 && object === undefined) yield 'deleted the object'
  if (object !== undefined && intended !== undefined && !isAsIntended(object, intended)) {
    yield 'was stored with other bytes or another description'
  }
}

const isAsIntended = (
  object: NonNullable<Witnessed['object']>,
  { bytes, contentType, metadata }: Intended,
): boolean => {
  const { description } = object
  return (
    Buffer.compare(object.bytes, bytes) === 0 &&
    description['content-type'] === contentType &&
    Object.entries(metadata).every(([name, value]) => description[`x-amz-meta-${name}`] === value)
  )
}

/** The versions of a key that a call could have met: the one before it, and those that came while it ran. */
const versionsDuring = (
  { key, changesBefore, changesAfter = Number.POSITIVE_INFINITY }: CallRecord,
  changes: readonly Witnessed[],
): (SimulatedChange['object'] | undefined)[] => {
  const before = changes.slice(0, changesBefore).findLast((change) => change.key === key)
  const during = changes.slice(changesBefore, changesAfter).filter((change) => change.key === key)
  return [before?.object, ...during.map(({ object }) => object)]
}

function* problemsOfRead(call: CallRecord, seen: Seen, changes: readonly Witnessed[]): Generator<string> {
  const isSeen = versionsDuring(call, changes).some(
    (object) =>
      object !== undefined &&
      object.etag === seen.etag &&
      (seen.bytes === undefined || Buffer.compare(object.bytes, seen.bytes) === 0) &&
      object.description['content-type'] === seen.contentType &&
      Object.entries(seen.metadata).every(([name, value]) => object.description[`x-amz-meta-${name}`] === value),
  )
  if (!isSeen) yield 'returned an object that was never there during the call'
}

function* problemsOfList(call: CallRecord, keys: readonly string[], changes: readonly Witnessed[]): Generator<string> {
  for (const key of new Set(changes.map((change) => change.key))) {
    const versions = versionsDuring({ ...call, key }, changes)
    const isListed = keys.includes(key)
    if (isListed && versions.every((object) => object === undefined)) yield `listed ${key}, which was not there`
    if (!isListed && versions.every((object) => object !== undefined)) {
      yield `did not list ${key}, which was there all the time`
    }
  }
  if (new Set(keys).size !== keys.length) yield 'listed a key twice'
}
