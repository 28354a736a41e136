import {
  anyText,
  checkBucketName,
  type Field,
  listOf,
  objectOf,
  refuseInput,
  required,
  typeNameOf,
} from '../../validation/index.js'
import { type CallOptions, callOptionsField } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { withSharedDeadline } from '../shared-deadline.js'
import { type DeleteObjectsOutput, DeleteRun } from './delete-run.js'

/** Input of `objects.deleteObjects`. */
export interface DeleteObjectsInput {
  /** Name of the bucket. */
  readonly bucket: string
  /**
   * Keys of the objects, in any number. Arrays and Sets are copied when the call is made; another iterable is read while keys are
   * deleted. A single string is rejected.
   */
  readonly keys: (Iterable<string> & object) | AsyncIterable<string>
}

const keysHint = "Pass an array of keys: ['a.txt', 'b.txt']."
const keyList = listOf(anyText)

/** Iterables whose elements are not keys: entries, or the characters of a String object. */
const otherIterables: ReadonlySet<string> = new Set([
  'a String',
  'a Map',
  'a Headers',
  'a FormData',
  'a URLSearchParams',
])

/** Arrays and Sets are copied and checked before anything is sent. Other iterables yield their keys while they are deleted. */
const keysField: Field<DeleteObjectsInput['keys']> = {
  takes: 'an array or iterable of keys',
  read(value, name, refuse) {
    const type = typeNameOf(value)
    if (type === 'an array') return keyList.read(value, name, (field, problem) => refuse(field, problem, keysHint))
    if (type === 'a Set') return keyList.read([...(value as Set<unknown>)], name, refuse)
    if (isIterable(value) && !ArrayBuffer.isView(value) && !otherIterables.has(type)) return value
    throw refuse(name, `must be an array or iterable of keys, but it is ${type}`, keysHint)
  },
}

const isIterable = (value: unknown): value is DeleteObjectsInput['keys'] => {
  if (typeof value !== 'object' || value === null) return false
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = value as Record<symbol, unknown>
  return typeof (async ?? sync) === 'function'
}

/** The fields of the input. */
export const deleteObjectsField = objectOf<DeleteObjectsInput>('DeleteObjects', {
  bucket: required(anyText),
  keys: required(keysField),
})

/**
 * Deletes any number of keys in batches of 700; keys that XML cannot contain (control characters) one by one.
 *
 * Keys that fail with InternalError, ServiceUnavailable, SlowDown or TooManyRequests are sent again with growing delays, as often as
 * `maxAttempts` permits; those that still fail are reported as `MaxRetriesExceeded`. A batch that fails with a 500 is halved.
 *
 * A key or batch that fails is reported in `failed`. If no request succeeded, the call rejects with the first error; if every key
 * breaks a rule, with that of the first key. An error that affects every key (credentials, the bucket, an unreachable server) ends
 * the sending, and is reported for the remaining keys, so that the result still contains the deleted ones.
 *
 * @param given a copy of the input, whose fields are still of any type; so is the copy of the options
 */
export const deleteObjects = async (
  runtime: Runtime,
  given: DeleteObjectsInput,
  givenOptions: CallOptions,
): Promise<DeleteObjectsOutput> => {
  const { bucket, keys } = deleteObjectsField.read(given, '', refuseInput)
  checkBucketName(bucket, runtime.rules)
  return withSharedDeadline(runtime.clock, callOptionsField.read(givenOptions, '', refuseInput), async (options) => {
    const run = new DeleteRun(runtime, bucket, options)
    for await (const key of keys) await run.add(key)
    return run.finish()
  })
}
