/**
 * The invariants of every run, whatever faults it met. The model of R2 is the witness: it has the changes in the order in which
 * they happened, each with the call that made it.
 */
import { isR2Error } from 'r2kit'
import type { ChecksumSupport, SimulatedObject, SimulatedR2 } from 'r2kit/testing'
import type {
  CallRecord,
  IntendedObject,
  ListResult,
  ReadResult,
  RecordedChange,
  RecordedExchange,
} from './call-record.js'

/** The evidence of a run. */
export interface Evidence {
  readonly calls: readonly CallRecord[]
  readonly changes: readonly RecordedChange[]
  readonly exchanges: readonly RecordedExchange[]
  readonly uploads: SimulatedR2['uploads']
  /** How the server treats checksums of uploads. */
  readonly checksums: ChecksumSupport
  /** Whether a client has reported a write that was guarded by less than the default. */
  readonly isReduced: boolean
  /** Uploads that no process can find again. */
  readonly abandonedUploads: ReadonlySet<string>
}

/** All violations of a run; empty for a good one. */
export const problemsOf = (evidence: Evidence): string[] => {
  const { calls, changes, exchanges, uploads, abandonedUploads } = evidence
  const problems: string[] = []
  for (const call of calls) {
    const found = [
      ...problemsOfCall(call, changes),
      ...problemsOfDeadline(call, exchanges),
      ...problemsOfIntegrity(call, evidence),
    ]
    for (const problem of found) problems.push(`call ${call.id}, ${call.name}: ${problem}`)
  }
  for (const [uploadId, { key, parts }] of uploads) {
    // Without parts: the response to its creation was lost, and no client has its ID.
    if (parts.size > 0 && !abandonedUploads.has(uploadId)) problems.push(`the upload ${uploadId} of ${key} remained`)
  }
  return problems
}

function* problemsOfCall(call: CallRecord, changes: readonly RecordedChange[]): Generator<string> {
  const { outcome, changesAfter } = call
  const own = changes.filter(({ call: id }) => id !== undefined && (id === call.id || id === call.resumes))
  for (const change of own) {
    const before = changes.slice(0, changes.indexOf(change)).findLast(({ key }) => key === call.key)?.object
    if (call.replaces !== undefined && (before?.etag ?? null) !== call.replaces) {
      yield `replaced ${before?.etag ?? 'nothing'}, but its condition names ${call.replaces ?? 'nothing'}`
    }
  }
  if (outcome === undefined) {
    if (call.isKilled !== true) yield 'never ended'
    return
  }
  // A late request would bring back what a later call had deleted, or overwrite what it had stored.
  if (own.some((change) => change.call === call.id && changes.indexOf(change) >= (changesAfter ?? 0)))
    yield 'changed the bucket after it had ended'
  if ('error' in outcome) yield* problemsOfFailure(call, outcome.error, own, changes)
  else yield* problemsOfSuccess(call, outcome.value, own, changes)
}

/** A write is guarded by a checksum, or an event has the reason why not. */
function* problemsOfIntegrity(call: CallRecord, { changes, checksums, isReduced }: Evidence): Generator<string> {
  const { id, kind, outcome, intended, isStream } = call
  if (kind !== 'write' || intended === undefined || isReduced) return
  const own = changes.filter((change) => change.call === id)
  const hasSucceeded = outcome !== undefined && 'value' in outcome
  const verifiedBy = hasSucceeded ? (outcome.value as Verified).verifiedBy : 'no success'
  if (verifiedBy === undefined) yield 'was not verified, which no event says'
  const takesNone = checksums === 'ignored' || checksums === 'refused'
  if (verifiedBy === 'etag' && takesNone && isStream !== true) yield 'has no checksum, which no event says'
  if (isStream === true || checksums !== 'verified') return
  if (hasSucceeded && own.some(({ object }) => object?.checksum === undefined)) {
    yield 'was stored without a checksum, which no event says'
  }
  if (own.some(({ object }) => object !== undefined && !isEqualBytes(object.bytes, intended.bytes))) {
    yield 'was stored with damaged bytes, which its checksum should have prevented'
  }
}

/** The part of a write's result with the comparison that has shown the bytes to be stored. */
interface Verified {
  readonly verifiedBy?: string | undefined
}

/** Requests that remove an unfinished upload, and look whether it is gone. */
const cleanUpOperations: readonly string[] = ['AbortMultipartUpload', 'ListParts']

function* problemsOfDeadline(call: CallRecord, exchanges: readonly RecordedExchange[]): Generator<string> {
  const { id, timeoutMs, startedMs, endedMs = 0, cleansUp } = call
  if (timeoutMs === undefined) return
  const deadlineMs = startedMs + timeoutMs
  if (cleansUp !== true && endedMs > deadlineMs) {
    yield `took ${endedMs - startedMs} ms, longer than its timeoutMs of ${timeoutMs}`
  }
  for (const exchange of exchanges) {
    if (exchange.call !== id || exchange.startedMs <= deadlineMs) continue
    if (cleansUp === true && cleanUpOperations.includes(exchange.operation)) continue
    yield `sent ${exchange.operation} ${exchange.startedMs - deadlineMs} ms after the end of its timeoutMs of ${timeoutMs}`
  }
}

/** Codes that no fault of a run explains. */
const unexplained: readonly string[] = ['InvalidResponse', 'InvalidInput', 'UnknownError']
/** Codes which mean that nothing was stored by this call. */
const nothingStored: readonly string[] = ['PreconditionFailed', 'UploadNotFound']

function* problemsOfFailure(
  call: CallRecord,
  error: unknown,
  own: readonly RecordedChange[],
  changes: readonly RecordedChange[],
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
  own: readonly RecordedChange[],
  changes: readonly RecordedChange[],
): Generator<string> {
  switch (call.kind) {
    case 'write':
      return yield* problemsOfWrite(call, own, changes)
    case 'copy':
      return yield* problemsOfCopy(call, own, changes)
    case 'read':
      return yield* problemsOfRead(call, value as ReadResult, changes)
    case 'list':
      return yield* problemsOfList(call, value as ListResult, changes)
    case 'update':
      if (own.length === 0) yield 'was acknowledged, but not stored'
      return
    case 'folder':
      // Its action compares the files.
      return
    case 'delete':
      for (const key of value as readonly string[]) {
        if (!versionsDuring({ ...call, key }, changes).includes(undefined)) {
          yield `was acknowledged, but ${key} was there all the time`
        }
      }
  }
}

/** Whether a conditional write was stored again although nothing had changed after the first time: its condition had failed. */
const isStoredTwice = (
  { isConditional, key }: CallRecord,
  own: readonly RecordedChange[],
  changes: readonly RecordedChange[],
): boolean => {
  const [first, second] = own
  if (isConditional !== true || first === undefined || second === undefined) return false
  const between = changes.slice(changes.indexOf(first) + 1, changes.indexOf(second))
  return !between.some((change) => change.key === key)
}

function* problemsOfWrite(
  call: CallRecord,
  own: readonly RecordedChange[],
  changes: readonly RecordedChange[],
): Generator<string> {
  const { intended, unknownOutcome } = call
  if (own.length === 0) {
    // By design, an equal object that appeared during a conditional call counts as the call's own, unless proof was asked for.
    const isEqual = (object: SimulatedObject | undefined) =>
      object !== undefined && intended !== undefined && isAsIntended(object, intended)
    const isTaken = call.isConditional === true && versionsDuring(call, changes).slice(1).some(isEqual)
    const isOlderTaken = unknownOutcome === 'equal' && versionsDuring(call, changes).some(isEqual)
    if (unknownOutcome === 'proven' || !(isTaken || isOlderTaken)) {
      yield 'was acknowledged, but not stored by this call'
    }
  }
  if (isStoredTwice(call, own, changes)) yield `was stored ${own.length} times`
  // Bytes of a stream that were damaged in transit are noticed after they have been stored, and sent again.
  const object = own.at(-1)?.object
  if (own.length > 0 && object === undefined) yield 'deleted the object'
  if (object !== undefined && intended !== undefined && !isAsIntended(object, intended)) {
    yield 'was stored with other bytes or another description'
  }
}

function* problemsOfCopy(
  call: CallRecord,
  own: readonly RecordedChange[],
  changes: readonly RecordedChange[],
): Generator<string> {
  const { source = call.key, intended } = call
  const copied = own.at(-1)?.object
  if (copied === undefined) {
    yield 'was acknowledged, but nothing was copied'
    return
  }
  const isOf = (version: SimulatedObject | undefined) =>
    version !== undefined &&
    isEqualBytes(copied.bytes, version.bytes) &&
    (intended === undefined
      ? isEqualDescription(copied.description, version.description)
      : isEqualDescription(copied.description, descriptionOf(intended)))
  if (!versionsDuring({ ...call, key: source }, changes).some(isOf)) yield `is no copy of a version of ${source}`
}

const isEqualBytes = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0

type Description = Readonly<Record<string, string>>

const isEqualDescription = (left: Description, right: Description): boolean =>
  JSON.stringify(Object.entries(left).sort()) === JSON.stringify(Object.entries(right).sort())

const descriptionOf = ({ contentType, metadata }: Pick<IntendedObject, 'contentType' | 'metadata'>): Description => ({
  'content-type': contentType,
  ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
})

/** Bytes, content type and metadata, and no metadata besides. */
const isAsIntended = (object: SimulatedObject, intended: IntendedObject): boolean =>
  isEqualBytes(object.bytes, intended.bytes) && isEqualDescription(object.description, descriptionOf(intended))

/** The versions of a key that a call could have met: the one before it, and those that came while it ran. */
const versionsDuring = (
  { key, changesBefore, changesAfter = Number.POSITIVE_INFINITY }: CallRecord,
  changes: readonly RecordedChange[],
): (SimulatedObject | undefined)[] => {
  const before = changes.slice(0, changesBefore).findLast((change) => change.key === key)
  const during = changes.slice(changesBefore, changesAfter).filter((change) => change.key === key)
  return [before?.object, ...during.map(({ object }) => object)]
}

function* problemsOfRead(
  call: CallRecord,
  { bytes, etag, contentType = 'application/octet-stream', metadata }: ReadResult,
  changes: readonly RecordedChange[],
): Generator<string> {
  const isRead = (object: SimulatedObject | undefined) =>
    object !== undefined &&
    object.etag === etag &&
    (bytes === undefined || isEqualBytes(object.bytes, bytes) || (call.byChecksum && object.checksum === undefined)) &&
    isEqualDescription(
      { 'content-type': 'application/octet-stream', ...object.description },
      descriptionOf({ contentType, metadata }),
    )
  if (!versionsDuring(call, changes).some(isRead)) yield 'returned an object that was never there during the call'
}

function* problemsOfList(
  call: CallRecord,
  { prefix, delimiter, keys, commonPrefixes }: ListResult,
  changes: readonly RecordedChange[],
): Generator<string> {
  const known = [...new Set(changes.map(({ key }) => key))].filter((key) => key.startsWith(prefix))
  const prefixOf = (key: string) => {
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length)
    return end < 0 ? undefined : key.slice(0, end + 1)
  }
  const listed = new Set([...keys, ...commonPrefixes])
  /** An entry of the list → whether one of its keys was there all the time, and whether one was there at some time. */
  const entries = new Map<string, { always: boolean; ever: boolean }>()
  for (const key of known) {
    const versions = versionsDuring({ ...call, key }, changes)
    const { always, ever } = entries.get(prefixOf(key) ?? key) ?? { always: false, ever: false }
    entries.set(prefixOf(key) ?? key, {
      always: always || versions.every((object) => object !== undefined),
      ever: ever || versions.some((object) => object !== undefined),
    })
  }
  for (const [entry, { always }] of entries) {
    if (always && !listed.has(entry)) yield `did not list ${entry}, which was there all the time`
  }
  for (const entry of listed) if (entries.get(entry)?.ever !== true) yield `listed ${entry}, which was not there`
  if (listed.size !== keys.length + commonPrefixes.length) yield 'listed an entry twice'
}
