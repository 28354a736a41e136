import { isR2Error, R2Error, withContext } from '../../errors/index.js'
import type { Body } from '../../http/index.js'
import { backoffMs, waitToRetry } from '../../resilience/index.js'
import { callback, flag, integer, number, objectOf, refuseInput } from '../../validation/index.js'
import { type HttpMetadata, httpMetadataFields, metadataField } from '../fields/description.js'
import { type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import { type CallOptions, callOptionFields } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { withSharedDeadline } from '../shared-deadline.js'
import { type GetObjectOutput, getObject } from './get-object.js'
import type { PutObjectInput, PutObjectOutput } from './put-object.js'
import { replaceObject } from './replace-object.js'
import { versionEtag } from './version-etag.js'

/** Options of `objects.updateWithLock`. `timeoutMs` covers all races; `maxAttempts` applies to each request. */
export interface UpdateOptions extends CallOptions {
  /** How often the update is repeated after a lost race. @defaultValue 5 */
  readonly maxRetries?: number | undefined
  /**
   * Delay after the first lost race, in milliseconds. It doubles with each further one up to 10 s, and varies at random by half.
   * R2 takes about one write per second and key. @defaultValue 100
   */
  readonly baseDelayMs?: number | undefined
  /**
   * Whether the change may be applied twice: it sets a value, or it detects that it is in the object already. If so, a write
   * whose outcome is unknown is repeated. Otherwise the update fails with `OutcomeUnknown`, unless the object is seen to be
   * unchanged: a counter would count twice. @defaultValue false
   */
  readonly idempotent?: boolean | undefined
  /** HTTP and custom metadata of the new object. @defaultValue that of the replaced object */
  readonly description?:
    | (HttpMetadata & { readonly metadata?: Readonly<Record<string, string>> | undefined })
    | undefined
}

/**
 * Returns the new content of an object, or undefined to leave the object unchanged.
 *
 * @param current the object as it is now; undefined where there is none. After a lost race the function is called again with the
 *   object that the other writer stored.
 */
export type Change = (current: GetObjectOutput | undefined) => Body | undefined | Promise<Body | undefined>

/**
 * Returns the new value of a JSON object, or undefined to leave the object unchanged.
 *
 * @param current the value as it is now; undefined where there is no object
 */
export type JsonChange<T> = (current: T | undefined) => T | undefined | Promise<T | undefined>

/** Input of `objects.updateWithLock`: the object, and how it changes. */
export interface UpdateInput<T = unknown> extends ObjectAddress {
  /** Changes the object as bytes. Either this or `changeJson`. */
  readonly change?: Change | undefined
  /** Changes the object as JSON. A new object gets the content type `application/json`. Either this or `change`. */
  readonly changeJson?: JsonChange<T> | undefined
}

/** Output of `objects.updateWithLock`. */
export interface UpdateOutput {
  /** Result of the write; undefined where the change returned undefined. */
  readonly written: PutObjectOutput | undefined
  /** How often the change was called. */
  readonly attempts: number
}

const updateInputField = objectOf<UpdateInput>('UpdateInput', {
  ...objectAddressFields,
  change: callback<Change>(),
  changeJson: callback<JsonChange<unknown>>(),
})

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
 * Reads, changes and writes an object on the condition that it is still the one that was read: If-Match with its ETag, or
 * If-None-Match `*` where there was none.
 *
 * @param given a copy, whose fields are still of any type; so is that of the options
 */
export const updateWithLock = async (
  runtime: Runtime,
  given: UpdateInput,
  givenOptions: UpdateOptions,
): Promise<UpdateOutput> => {
  const { change, changeJson, ...object } = updateInputField.read(given, '', refuseInput)
  if ((change === undefined) === (changeJson === undefined)) {
    throw refuseInput(
      'change',
      change === undefined ? 'is missing' : 'and changeJson are both set',
      'Pass either change, which receives the object, or changeJson, which receives its value.',
    )
  }
  const options = updateOptionsField.read(givenOptions, '', refuseInput)
  return withSharedDeadline(runtime.clock, options, (bounded) =>
    changeJson === undefined
      ? update(runtime, object, change as Change, {}, bounded)
      : update(runtime, object, asBytes(changeJson), { contentType: 'application/json' }, bounded),
  )
}

const asBytes =
  (change: JsonChange<unknown>): Change =>
  async (current) => {
    const value = await change(current?.json())
    return value === undefined ? undefined : jsonOf(value)
  }

/** The JSON of a value, which JSON must be able to express: another value would be stored as `null` or `{}`, or not at all. */
const jsonOf = (value: unknown): string => {
  let json: string | undefined
  try {
    json = JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === 'number' && !Number.isFinite(part)) throw new TypeError(`JSON has no ${part}`)
      if (part instanceof Map || part instanceof Set) throw new TypeError(`JSON has no ${part.constructor.name}`)
      return part
    })
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)
    throw notJson(problem, cause)
  }
  if (json === undefined) throw notJson(`JSON has no ${typeof value}`)
  return json
}

const notJson = (problem: string | undefined, cause?: unknown): R2Error =>
  refuseInput(
    'changeJson',
    `returned a value that cannot be stored: ${problem}`,
    'Return JSON, or undefined to write nothing.',
    cause,
  )

const update = async (
  runtime: Runtime,
  object: ObjectAddress,
  change: Change,
  newDescription: HttpMetadata,
  { maxRetries = 5, baseDelayMs = 100, idempotent = false, description, ...options }: UpdateOptions,
): Promise<UpdateOutput> => {
  for (let attempt = 1; ; attempt++) {
    const current = await currentObject(runtime, object, options)
    const body = await change(current)
    if (body === undefined) return { written: undefined, attempts: attempt }
    const condition =
      current === undefined
        ? { ifNoneMatch: '*' }
        : { ifMatch: versionEtag(current, 'an update of the object cannot be guarded') }
    // Two writers may produce the same bytes from different changes, so an equal object proves nothing.
    const proof = { unknownOutcome: idempotent ? 'equal' : 'proven', replacesModified: current?.lastModified } as const
    try {
      const input = {
        ...(current === undefined ? newDescription : kept(current)),
        ...typeOf(body, runtime),
        ...description,
        ...condition,
        ...proof,
        ...object,
        body,
      }
      return { written: await runtime.execute(replaceObject, input, options), attempts: attempt }
    } catch (cause) {
      // 429 is a race too: two writes of one key within a second.
      const isRace = isR2Error(cause, 'PreconditionFailed', 'SlowDown')
      if (!isRace && !(idempotent && isR2Error(cause, 'OutcomeUnknown'))) throw cause
      if (attempt > maxRetries) {
        throw new R2Error(
          'LockConflict',
          `the object changed ${attempt} ${attempt === 1 ? 'time' : 'times'} while it was being updated`,
          { ...object, attempts: attempt, cause },
        )
      }
      const delayMs = backoffMs(raceBackoff(baseDelayMs), attempt, runtime.random)
      const { clock, disposed } = runtime
      await waitToRetry(clock, delayMs, { signal: options.signal, disposed }, cause).catch((ended: R2Error) => {
        throw withContext(ended, { ...object, attempts: attempt })
      })
    }
  }
}

/** A Blob with a type states that of the new content. */
const typeOf = (body: Body, { streams }: Runtime): HttpMetadata => {
  const contentType = streams?.mediaTypeOf(body)
  return contentType === undefined ? {} : { contentType }
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

/** The metadata of the replaced object. A write replaces all of it. */
const kept = (current: GetObjectOutput): Partial<PutObjectInput> => {
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
