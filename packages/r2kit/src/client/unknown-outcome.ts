/**
 * Writes that ended without a clear response: whether they were stored is resolved by looking, never guessed. Used by the
 * client's own calls and by transfers, which own their retries but not this judgement. What can be concluded from which
 * observation, and what cannot: docs/decisions/2026-11-27-unknown-outcomes.md.
 */
import { utf8Bytes } from '../base/bytes.js'
import type { Clock } from '../base/clock.js'
import { type ErrorCode, isR2Error, mayHaveActed, R2Error } from '../errors/index.js'
import type { HeaderFields, HttpResponse } from '../http/index.js'
import { isConditional, type WriteConditions } from './fields/conditions.js'
import type { ObjectDescription } from './fields/description.js'
import { strongEtags } from './fields/etag.js'
import { isDescribedAs } from './fields/is-described-as.js'
import type { ObjectMetadata } from './fields/object-metadata.js'
import type { Execute, WriteOutcome } from './operation.js'

/** A write, as far as the stored object shows it. */
export interface IntendedWrite {
  /** The ETag that the write gives the object: empty before all bytes have been sent, undefined where it cannot be known. */
  etag(): string | undefined
  /** Length of the object in bytes; undefined where the request does not say. */
  readonly size?: number | undefined
  /** What describes the object; undefined where the request does not say. */
  readonly description?: ObjectDescription | undefined
  readonly conditions: WriteConditions
  /** When the object that `ifMatch` names was written, where it is known: the same bytes may have been stored twice. */
  readonly replacesModified?: Date | undefined
  /** Whether the write completes a multipart upload: as long as the upload exists, it was not stored. */
  readonly isCompletion: boolean
  /** Whether the server has checked the conditions once before, when the upload was created. @defaultValue false */
  readonly wereChecked?: boolean
  /** Whether an earlier process, which did not live to say so, may have stored this very write. @defaultValue false */
  readonly mayBeStored?: boolean
}

/** The requests that a resolution may make; each rejects as the client's own does. */
export interface Observation {
  /** The object that is there now. */
  head(): Promise<ObjectMetadata>
  /** Whether the multipart upload still exists. Only for completions. */
  hasUpload?(): Promise<boolean>
  readonly signal: AbortSignal | undefined
}

/** Whether the server turned the attempt away, or was not reached, so that it is worth another one. */
const isRefused = (error: R2Error): boolean => error.retryable && error.code !== 'IntegrityMismatch'

/** What a write is refused with when its own earlier attempt was stored. */
const selfConflictCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PreconditionFailed', 'UploadNotFound'])

/**
 * - `untouched`: the object from before the write; no attempt had been stored when it was seen.
 * - `equal`: bytes, description and time are those of this write.
 * - `uncertain`: bytes and description are, but the object may be older than the write.
 * - `incomparable`: the write's ETag cannot be known.
 * - `other`: an object that this write did not make.
 */
type Comparison = 'absent' | 'untouched' | 'equal' | 'uncertain' | 'incomparable' | 'other'

/** Clocks of the machines behind one endpoint differ by less than this. */
const skewMs = 5_000
/** Last-Modified counts whole seconds. */
const granularityMs = 1_000

/**
 * The outcome of a write as a value of its operation.
 *
 * @param observe the requests that look for the write
 * @param recover makes the response that was lost, from the object that the write stored
 */
export const writeOutcome =
  (
    write: IntendedWrite,
    observe: (execute: Execute) => Omit<Observation, 'signal'>,
    recover: (found: ObjectMetadata) => HttpResponse,
  ): WriteOutcome =>
  ({ clock, signal, execute }) => {
    const resolver = new OutcomeResolver(write, clock)
    const observation = { ...observe(execute), signal }
    return async (error) => recover(await resolver.resolve(error, observation))
  }

/** Judges the failures of one write; it remembers over all attempts whether any of them may have been stored. */
export class OutcomeResolver {
  readonly #write: IntendedWrite
  readonly #clock: Clock
  readonly #startedMs: number
  /** The first failure after which the server may have acted. */
  #ambiguous: R2Error | undefined

  /** @param startedMs when the write began, on the monotonic clock: an object that is older cannot be of it */
  constructor(write: IntendedWrite, clock: Clock, startedMs = clock.monotonicMs()) {
    this.#write = write
    this.#clock = clock
    this.#startedMs = startedMs
    if (write.mayBeStored === true) this.#ambiguous = new R2Error('StreamInterrupted', 'an earlier process ended')
  }

  /**
   * Resolves with the object that this write stored.
   *
   * @param error how an attempt failed
   * @throws the error itself where nothing was stored: it is as retryable as it says. `OutcomeUnknown` where that cannot be
   *   told, or where sending again could store the write twice.
   */
  async resolve(error: R2Error, observation: Observation): Promise<ObjectMetadata> {
    const isAmbiguous = mayHaveActed(error)
    if (isAmbiguous) this.#ambiguous ??= error
    if (this.#ambiguous === undefined) throw error
    if (!isAmbiguous && !selfConflictCodes.has(error.code)) {
      // A caller that gives up now must not take this for a write that was never made.
      throw this.#needsProof && isRefused(error) ? this.#unknown('the next attempt was refused', error) : error
    }
    const found = await this.#look(observation)
    const comparison = found === undefined ? 'absent' : this.#compare(found)
    if (found !== undefined && comparison === 'equal' && (await this.#isOwn(error, observation))) return found
    throw this.#verdict(error, comparison)
  }

  /** An equal object proves a completion only once the upload is gone: an earlier call may have made the same object. */
  async #isOwn(error: R2Error, { hasUpload, signal }: Observation): Promise<boolean> {
    const { isCompletion, conditions } = this.#write
    if (!isCompletion) return !this.#needsProof
    // A condition that fails destroys the upload too.
    if (this.#needsProof && isConditional(conditions)) return false
    if (error.code === 'UploadNotFound' || hasUpload === undefined) return true
    return !(await this.#observe(hasUpload(), signal))
  }

  #verdict(error: R2Error, comparison: Comparison): R2Error {
    const isGone = error.code === 'UploadNotFound'
    switch (comparison) {
      case 'equal':
        // A completion whose upload still exists was not stored.
        if (this.#write.isCompletion && !this.#needsProof) return error
        return this.#unknown('the object there is equal to it, but may be of another writer', error)
      case 'uncertain':
        return this.#unknown('the object there is equal to it, but may be older than this call', error)
      case 'incomparable':
        return this.#unknown('the object there cannot be compared with what was sent', error)
      case 'other':
        return this.#needsProof || isGone
          ? this.#unknown('another object is there, which may have replaced it', error)
          : error
      case 'absent':
        return isGone ? this.#unknown('neither the upload nor an object is there', error) : error
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
      // The caller's abort or deadline ends the call, not only the look: an error of its own, without the look's context.
      if (signal?.aborted === true) throw new R2Error(failure.code, failure.message, { cause: failure.cause })
      throw this.#unknown(`what was stored could not be looked at: ${failure.message}`, this.#ambiguous)
    }
  }

  #compare(found: ObjectMetadata): Comparison {
    const { size, description, isCompletion } = this.#write
    const etag = this.#write.etag()
    const ageMs = this.#ageAtStart(found)
    if (ageMs !== undefined && ageMs.least > skewMs) return 'untouched'
    const isEqual =
      etag === found.etag &&
      (size === undefined || size === found.size) &&
      (description === undefined || isDescribedAs(found, description))
    if (this.#isReplaced(found) && !(isCompletion && isEqual)) return 'untouched'
    if (etag === undefined) return 'incomparable'
    if (!isEqual) return 'other'
    // The condition still holds: sending it again is safe, and its success is certain.
    if (!isCompletion && this.#holdsFor(found)) return 'untouched'
    if (ageMs === undefined || this.#write.conditions.unknownOutcome === 'equal') return 'equal'
    return ageMs.least > 0 || (this.#meansAbsence && ageMs.most > -skewMs) ? 'uncertain' : 'equal'
  }

  /** Whether this is the object that the write was to replace. */
  #isReplaced({ etag, lastModified }: ObjectMetadata): boolean {
    const { conditions, replacesModified } = this.#write
    return (
      strongEtags(conditions.ifMatch).includes(etag) &&
      (replacesModified === undefined || replacesModified.getTime() === lastModified.getTime())
    )
  }

  /** Whether the conditions hold for this object, which is like the one that the write makes. */
  #holdsFor({ etag }: ObjectMetadata): boolean {
    const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = this.#write.conditions
    if (ifModifiedSince !== undefined || ifUnmodifiedSince !== undefined) return false
    const matches = (condition: string | readonly string[]): boolean =>
      [condition].flat().includes('*') || strongEtags(condition).includes(etag)
    return (ifMatch === undefined || matches(ifMatch)) && (ifNoneMatch === undefined || !matches(ifNoneMatch))
  }

  /**
   * Whether the write is one that must find nothing, so that an object from just before it, equal to it, is a conflict: a
   * job that runs twice stores the same bytes within a second.
   */
  get #meansAbsence(): boolean {
    const { conditions, wereChecked } = this.#write
    return wereChecked !== true && (conditions.ifNoneMatch !== undefined || conditions.ifUnmodifiedSince !== undefined)
  }

  get #needsProof(): boolean {
    return this.#write.conditions.unknownOutcome === 'proven'
  }

  /**
   * How old the object was when the write began, by the server's own clock: ours may be wrong. A range, because dates count
   * whole seconds; negative for an object that is newer. Undefined where the server does not say what time it is.
   */
  #ageAtStart({ lastModified, respondedAt }: ObjectMetadata): { least: number; most: number } | undefined {
    if (respondedAt === undefined) return undefined
    const elapsedMs = this.#clock.monotonicMs() - this.#startedMs
    const ageMs = respondedAt.getTime() - elapsedMs - lastModified.getTime()
    return { least: ageMs - granularityMs, most: ageMs + granularityMs }
  }

  #unknown(why: string, cause: R2Error | undefined): R2Error {
    return new R2Error('OutcomeUnknown', `an attempt ended in ${this.#ambiguous?.code}, and ${why}`, { cause })
  }
}

/** Stands in for the response that was lost: the headers that R2 would have sent, as far as those of the object have them. */
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

/** The same with the document that Copy and Complete respond with. */
export const recoveredDocument = (root: string, found: ObjectMetadata): HttpResponse => {
  const { etag, lastModified, checksum } = found
  const sum =
    checksum === undefined ? '' : `<Checksum${checksum.algorithm}>${checksum.value}</Checksum${checksum.algorithm}>`
  const fields = `<ETag>${etag}</ETag><LastModified>${lastModified.toISOString()}</LastModified>${sum}`
  return { ...recoveredResponse(found), body: utf8Bytes(`<${root}>${fields}</${root}>`) }
}
