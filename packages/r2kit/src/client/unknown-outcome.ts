/**
 * Resolves the outcome of writes that ended without a clear response, by reading the stored object. Calls of the client and
 * transfers use it; transfers own their retries, but not this judgement. The rules and their reasons:
 * docs/decisions/2026-11-27-unknown-outcomes.md.
 */
import type { Clock } from '../base/clock.js'
import { R2ErrorBase } from '../errors/base-error.js'
import { type ErrorCode, isR2Error, mayHaveActed, type R2Error, storedOtherBytes } from '../errors/calls.js'
import { serverError } from '../errors/server-error.js'
import type { HeaderFields, HttpResponse } from '../http/index.js'
import { isComposite, type ObjectChecksum } from './fields/checksum.js'
import type { WriteConditions } from './fields/conditions.js'
import type { ObjectDescription } from './fields/description.js'
import { strongEtags } from './fields/etag-proof.js'
import { isDescribedAs } from './fields/is-described-as.js'
import type { ObjectMetadata } from './fields/object-metadata.js'
import type { UploadProof, VerifiedBy } from './fields/upload-proof.js'
import type { Execute, WriteOutcome } from './operation.js'

/** The properties of a write that are visible in the stored object. */
export interface IntendedWrite {
  /** The ETag that the object will have, computed when it is needed: empty before all bytes have been sent, undefined where it cannot be computed. */
  etag(): string | undefined | Promise<string | undefined>
  /**
   * The checksum that was sent with all bytes, in base64, for writes whose ETag is unknown: empty before all bytes have been sent.
   * @defaultValue none
   */
  checksum?(): Pick<ObjectChecksum, 'algorithm' | 'value'> | undefined
  /** Length of the object in bytes; undefined where the request does not contain it. */
  readonly size?: number | undefined
  /** Description of the object; undefined where the request does not contain it. */
  readonly description?: ObjectDescription | undefined
  /** Conditions of the write. */
  readonly conditions: WriteConditions
  /** When the object with the ETag of `ifMatch` was written, where known: the same bytes may have been stored twice. */
  readonly replacesModified?: Date | undefined
  /** Whether the write completes a multipart upload. While the upload exists, it was not completed. */
  readonly isCompletion: boolean
  /** Whether a completion has conditions. @defaultValue false */
  readonly isConditional?: boolean
  /** Whether the server checked the conditions before, when the upload was created. @defaultValue false */
  readonly wereChecked?: boolean
  /** Whether an earlier process, which was killed, may have stored this write. @defaultValue false */
  readonly mayBeStored?: boolean
}

/** The requests that a resolution may send. */
export interface Observation {
  /** Reads the metadata of the stored object. Rejects with `ObjectNotFound` where there is none. */
  head(): Promise<ObjectMetadata>
  /** Whether the multipart upload still exists. Only for completions. */
  hasUpload?(): Promise<boolean>
  /** Ends the call that is resolved. */
  readonly signal: AbortSignal | undefined
}

/** Whether the attempt failed before the server acted, for a temporary reason. */
const isRefused = (error: R2Error): boolean => error.retryable && !storedOtherBytes(error)

/** Codes of a write whose own earlier attempt was stored. */
const selfConflictCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PreconditionFailed', 'UploadNotFound'])

/**
 * The stored object, compared with the write:
 *
 * - `untouched`: the object from before the write. No attempt had been stored when it was read.
 * - `equal`: bytes, description and time are those of the write.
 * - `uncertain`: bytes and description are equal, but the object may be older than the write.
 * - `incomparable`: the ETag of the write cannot be computed.
 * - `other`: an object that this write did not store.
 */
type Comparison = 'absent' | 'untouched' | 'equal' | 'uncertain' | 'incomparable' | 'other'

/** Assumed limit for the difference between the clocks of the machines behind one endpoint. */
const skewMs = 5_000
/** Last-Modified has whole seconds. */
const granularityMs = 1_000

/**
 * Makes the `outcome` of an encoded request.
 *
 * @param observe makes the requests that read what was stored
 * @param recover makes the response that was lost from the stored object
 * @param proof receives the comparison that has found the object
 */
export const writeOutcome =
  (
    write: IntendedWrite,
    observe: (execute: Execute) => Omit<Observation, 'signal'>,
    recover: (found: ObjectMetadata) => HttpResponse,
    proof?: Pick<UploadProof, 'recover'>,
  ): WriteOutcome =>
  ({ clock, signal, execute }) => {
    const resolver = new OutcomeResolver(write, clock)
    const observation = { ...observe(execute), signal }
    return async (error) => {
      const found = await resolver.resolve(error, observation)
      proof?.recover?.(resolver.comparedBy)
      return recover(found)
    }
  }

/** Resolves the failures of one write. It records over all attempts whether one of them may have been stored. */
export class OutcomeResolver {
  readonly #write: IntendedWrite
  readonly #clock: Clock
  readonly #startedMs: number
  /** The first failure after which the server may have acted. */
  #ambiguous: R2Error | undefined
  #comparedBy: VerifiedBy | undefined

  /** @param startedMs when the write began, on the monotonic clock. An older object is not its result. */
  constructor(write: IntendedWrite, clock: Clock, startedMs = clock.monotonicMs()) {
    this.#write = write
    this.#clock = clock
    this.#startedMs = startedMs
    if (write.mayBeStored === true)
      this.#ambiguous = serverError('StreamInterrupted', 'an earlier process ended before its response')
  }

  /** The comparison of the stored bytes with those of the write; undefined where there was none. */
  get comparedBy(): VerifiedBy | undefined {
    return this.#comparedBy
  }

  /**
   * Resolves with the object that this write stored.
   *
   * @param error the error of an attempt
   * @throws the error itself where nothing was stored; it may be retried if it is retryable. `OutcomeUnknown` where it is unknown
   *   whether the write was stored, or where another attempt could store it twice.
   */
  async resolve(error: R2Error, observation: Observation): Promise<ObjectMetadata> {
    const isAmbiguous = mayHaveActed(error)
    if (isAmbiguous) this.#ambiguous ??= error
    if (this.#ambiguous === undefined) throw error
    if (!isAmbiguous && !selfConflictCodes.has(error.code)) {
      // Without another attempt, the caller would take this for a write that was never stored.
      throw this.#needsProof && isRefused(error) ? this.#unknown('the next attempt was refused', error) : error
    }
    const found = await this.#look(observation)
    const comparison = found === undefined ? 'absent' : await this.#compare(found)
    if (found !== undefined && comparison === 'equal' && (await this.#isOwn(error, observation))) return found
    throw this.#verdict(error, comparison)
  }

  /** An equal object proves a completion only when the upload is gone: an earlier call may have stored an equal object. */
  async #isOwn(error: R2Error, { hasUpload, signal }: Observation): Promise<boolean> {
    const { isCompletion, isConditional } = this.#write
    if (!isCompletion) return !this.#needsProof
    // A condition that does not hold destroys the upload too.
    if (this.#needsProof && isConditional) return false
    if (error.code === 'UploadNotFound' || hasUpload === undefined) return true
    return !(await this.#observe(hasUpload(), signal))
  }

  #verdict(error: R2Error, comparison: Comparison): R2Error {
    const isGone = error.code === 'UploadNotFound'
    switch (comparison) {
      case 'equal':
        // A completion whose upload still exists was not stored.
        if (this.#write.isCompletion && !this.#needsProof) return error
        return this.#unknown("the stored object is equal, but may be another writer's", error)
      case 'uncertain':
        return this.#unknown('the stored object is equal, but may be older than this call', error)
      case 'incomparable':
        return this.#unknown('the stored object cannot be compared with the bytes that were sent', error)
      case 'other':
        return this.#needsProof || isGone
          ? this.#unknown('another object is stored, which may have replaced it', error)
          : error
      case 'absent':
        return isGone ? this.#unknown('neither the upload nor an object exists', error) : error
      case 'untouched':
        return error
    }
  }

  async #look({ head, signal }: Observation): Promise<ObjectMetadata | undefined> {
    const absent = (failure: unknown): undefined => {
      if (!isR2Error(failure, 'ObjectNotFound')) throw failure
    }
    return await this.#observe(head().catch(absent), signal)
  }

  async #observe<T>(request: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await request
    } catch (failure) {
      if (!isR2Error(failure)) throw failure
      // An abort or deadline ends the whole call: a new error, without the context of this request.
      if (signal?.aborted === true) throw withoutContext(failure)
      throw this.#unknown(`the stored object could not be read: ${failure.message}`, this.#ambiguous)
    }
  }

  async #compare(found: ObjectMetadata): Promise<Comparison> {
    const { size, description, isCompletion } = this.#write
    const ageMs = this.#ageAtStart(found)
    if (ageMs !== undefined && ageMs.least > skewMs) return 'untouched'
    const hasBytes = await this.#hasBytesOf(found)
    const isEqual =
      hasBytes === true &&
      (size === undefined || size === found.size) &&
      (description === undefined || isDescribedAs(found, description))
    if (this.#isReplaced(found) && !(isCompletion && isEqual)) return 'untouched'
    if (hasBytes === undefined) return 'incomparable'
    if (!isEqual) return 'other'
    // The condition still holds, so sending the write again is safe.
    if (!isCompletion && this.#holdsFor(found)) return 'untouched'
    if (ageMs === undefined || this.#write.conditions.unknownOutcome === 'equal') return 'equal'
    return ageMs.least > 0 || (this.#meansAbsence && ageMs.most > -skewMs) ? 'uncertain' : 'equal'
  }

  /** Whether the object has the bytes of the write, by its ETag or else its checksum; undefined where neither is comparable. */
  async #hasBytesOf({ etag, checksum }: ObjectMetadata): Promise<boolean | undefined> {
    const expected = await this.#write.etag()
    this.#comparedBy = 'etag'
    if (expected !== undefined) return expected === etag
    const sent = this.#write.checksum?.()
    this.#comparedBy = sent?.algorithm
    if (sent === undefined || sent.algorithm !== checksum?.algorithm) return undefined
    // One covers the bytes, the other the checksums of parts.
    if (isComposite(sent) !== isComposite(checksum)) return undefined
    return withoutCount(sent.value) === withoutCount(checksum.value)
  }

  /** Whether this is the object that the write replaces. */
  #isReplaced({ etag, lastModified }: ObjectMetadata): boolean {
    const { conditions, replacesModified } = this.#write
    return (
      strongEtags(conditions.ifMatch).includes(etag) &&
      (replacesModified === undefined || replacesModified.getTime() === lastModified.getTime())
    )
  }

  /** Whether the conditions hold for this object, which is equal to the result of the write. */
  #holdsFor({ etag }: ObjectMetadata): boolean {
    const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = this.#write.conditions
    if (ifModifiedSince !== undefined || ifUnmodifiedSince !== undefined) return false
    const matches = (condition: string | readonly string[]): boolean =>
      [condition].flat().includes('*') || strongEtags(condition).includes(etag)
    return (ifMatch === undefined || matches(ifMatch)) && (ifNoneMatch === undefined || !matches(ifNoneMatch))
  }

  /**
   * Whether the write requires that there is no object. An equal object from just before is a conflict then: a job that runs
   * twice stores the same bytes within a second.
   */
  get #meansAbsence(): boolean {
    const { conditions, wereChecked } = this.#write
    return wereChecked !== true && (conditions.ifNoneMatch !== undefined || conditions.ifUnmodifiedSince !== undefined)
  }

  /** Whether an equal object must be proved to be of this write. */
  get #needsProof(): boolean {
    return this.#write.conditions.unknownOutcome === 'proven'
  }

  /**
   * Age of the object when the write began, by the server's clock, because ours may be wrong. A range, because dates have whole
   * seconds; negative for a newer object. Undefined where the response has no date.
   */
  #ageAtStart({ lastModified, respondedAt }: ObjectMetadata): { least: number; most: number } | undefined {
    if (respondedAt === undefined) return undefined
    const elapsedMs = this.#clock.monotonicMs() - this.#startedMs
    const ageMs = respondedAt.getTime() - elapsedMs - lastModified.getTime()
    return { least: ageMs - granularityMs, most: ageMs + granularityMs }
  }

  #unknown(why: string, cause: R2Error | undefined): R2Error {
    return serverError('OutcomeUnknown', `an attempt ended in ${this.#ambiguous?.code}, and ${why}`, { cause })
  }
}

/** Servers report checksums of parts' checksums with or without the number of parts. */
const withoutCount = (value: string): string => value.replace(/-\d+$/, '')

/** The same error without the facts of its request. */
const withoutContext = (error: R2Error): R2ErrorBase =>
  new R2ErrorBase(error.code, error, error.message, { cause: error.cause })

/** A replacement for the response that was lost, with those of its headers that follow from the stored object. */
export const recoveredResponse = ({ etag, checksum, versionId, requestId }: ObjectMetadata): HttpResponse => {
  const headers: HeaderFields = { etag: `"${etag}"` }
  if (checksum !== undefined) {
    headers[`x-amz-checksum-${checksum.algorithm.toLowerCase()}`] = checksum.value
    if (checksum.type !== undefined) headers['x-amz-checksum-type'] = checksum.type
  }
  if (versionId !== undefined) headers['x-amz-version-id'] = versionId
  if (requestId !== undefined) headers['cf-ray'] = requestId
  return { status: 200, headers, body: new Uint8Array(0) }
}
