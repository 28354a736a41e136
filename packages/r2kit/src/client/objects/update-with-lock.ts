import { sleep } from '../../base/clock.js'
import { abortError, isR2Error, R2Error, withContext } from '../../errors/index.js'
import type { Body } from '../../http/index.js'
import { backoffMs } from '../../resilience/index.js'
import { callback, flag, integer, number, objectOf, refuseInput } from '../../validation/index.js'
import { type HttpMetadata, httpMetadataFields, metadataField } from '../fields/description.js'
import type { ObjectAddress } from '../fields/object-address.js'
import { type CallOptions, callOptionFields } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { withSharedDeadline } from '../shared-deadline.js'
import { type GetObjectOutput, getObject } from './get-object.js'
import { type PutObjectInput, type PutObjectOutput, replaceObject } from './put-object.js'

export interface UpdateOptions extends CallOptions {
  /** How often a lost race is run again. @defaultValue 5 */
  readonly maxRetries?: number
  /** Wait after the first lost race; it doubles, with jitter, up to 10 s. R2 takes about one write a second per key. @defaultValue 100 */
  readonly baseDelayMs?: number
  /**
   * Whether the change may be made twice: it sets a value, or it leaves a mark of its own in the object and writes nothing where
   * it finds it. A write whose response was lost is then made again; without this it ends in `OutcomeUnknown` unless the object is
   * seen to be untouched, since a counter would count twice. @defaultValue false
   */
  readonly idempotent?: boolean
  /** HTTP and custom metadata for the new object. @defaultValue those of the object that is replaced */
  readonly description?: HttpMetadata & { readonly metadata?: Readonly<Record<string, string>> }
}

/** The new content, or undefined to leave the object as it is. Called again, with what is there now, after a lost race. */
export type Change = (current: GetObjectOutput | undefined) => Body | undefined | Promise<Body | undefined>

export interface UpdateOutput {
  /** Undefined when the change decided to write nothing. */
  readonly written: PutObjectOutput | undefined
  readonly attempts: number
}

const updateOptionsField = objectOf<UpdateOptions>(
  "an update's options",
  {
    ...callOptionFields,
    maxRetries: integer(0),
    baseDelayMs: number(0, Number.MAX_SAFE_INTEGER),
    idempotent: flag,
    description: objectOf<NonNullable<UpdateOptions['description']>>('a description', {
      ...httpMetadataFields,
      metadata: metadataField,
    }),
  },
  { argument: 'options' },
)

/**
 * Reads, changes and writes back on the condition that nobody wrote in between: If-Match with the ETag that was read, or
 * If-None-Match `*` where there was no object. Ends in `LockConflict`, which counts the attempts, or in `OutcomeUnknown`
 * where a response was lost and the change may have been made.
 */
export const updateWithLock = async (
  runtime: Runtime,
  bucket: string,
  key: string,
  change: Change,
  givenOptions: UpdateOptions,
): Promise<UpdateOutput> => {
  callback<Change>().read(change, 'change', refuseInput)
  const options = updateOptionsField.read(givenOptions, '', refuseInput)
  return withSharedDeadline(runtime.clock, options, (bounded) => update(runtime, { bucket, key }, change, bounded))
}

const update = async (
  runtime: Runtime,
  object: ObjectAddress,
  change: Change,
  { maxRetries = 5, baseDelayMs = 100, idempotent = false, description, ...options }: UpdateOptions,
): Promise<UpdateOutput> => {
  for (let attempt = 1; ; attempt++) {
    const current = await currentObject(runtime, object, options)
    const body = await change(current)
    if (body === undefined) return { written: undefined, attempts: attempt }
    const condition = current === undefined ? { ifNoneMatch: '*' } : { ifMatch: current.etag }
    // Two writers may come to the same bytes, each with a change of its own: an equal object proves nothing.
    const proof = { unknownOutcome: idempotent ? 'equal' : 'proven', replacesModified: current?.lastModified } as const
    try {
      const input = { ...kept(current), ...description, ...condition, ...proof, ...object, body }
      return { written: await runtime.execute(replaceObject, input, options), attempts: attempt }
    } catch (cause) {
      // 429 is the same race seen earlier: two writers on one key within a second.
      const isRace = isR2Error(cause, 'PreconditionFailed', 'SlowDown')
      if (!isRace && !(idempotent && isR2Error(cause, 'OutcomeUnknown'))) throw cause
      if (attempt > maxRetries) {
        throw new R2Error('LockConflict', `other writers won ${attempt} times`, { ...object, attempts: attempt, cause })
      }
      const delayMs = backoffMs(raceBackoff(baseDelayMs), attempt, runtime.random)
      await sleep(runtime.clock, delayMs, options.signal).catch(() => {
        throw withContext(abortError(options.signal), { ...object, attempts: attempt })
      })
    }
  }
}

/** From half to one and a half of a delay that doubles up to 10 s: writers that have met once meet less often. */
const raceBackoff = (baseDelayMs: number) => ({ baseDelayMs: baseDelayMs / 2, maxDelayMs: 5_000, jitter: 2 })

const currentObject = async (runtime: Runtime, object: ObjectAddress, options: CallOptions) => {
  try {
    return await runtime.execute(getObject, object, options)
  } catch (error) {
    if (isR2Error(error, 'ObjectNotFound')) return undefined
    throw error
  }
}

/** A write replaces all metadata, so what is not named again would be lost. */
const kept = (current: GetObjectOutput | undefined): Partial<PutObjectInput> => {
  if (current === undefined) return {}
  const expires = new Date(current.expires ?? Number.NaN)
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, metadata, storageClass } =
    current
  return {
    metadata,
    storageClass,
    ...(contentType === undefined ? {} : { contentType }),
    ...(cacheControl === undefined ? {} : { cacheControl }),
    ...(contentDisposition === undefined ? {} : { contentDisposition }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(contentLanguage === undefined ? {} : { contentLanguage }),
    ...(Number.isNaN(expires.getTime()) ? {} : { expires }),
  }
}
