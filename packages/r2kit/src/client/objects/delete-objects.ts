import { md5 } from '#hash'
import { base64FromBytes, utf8Bytes } from '../../base/bytes.js'
import { isR2Error, R2Error, withContext } from '../../errors/index.js'
import { headerOf } from '../../http/index.js'
import {
  anyText,
  checkBucketName,
  checkObjectKey,
  type Field,
  listOf,
  objectOf,
  refuseInput,
  required,
  typeNameOf,
  type ValidationRules,
} from '../../validation/index.js'
import { type DeleteResult, deleteDocument, readDeleteResult, xmlCanCarry } from '../../xml/documents.js'
import { errorCodeOf } from '../../xml/index.js'
import { inputOf } from '../fields/input-of.js'
import { type CallOptions, callOptionsField, defineOperation } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { withSharedDeadline } from '../shared-deadline.js'
import { deleteObject } from './delete-object.js'

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

/** Output of `objects.deleteObjects`. Each key of the input is in one of the two lists. */
export interface DeleteObjectsOutput {
  /** Keys whose objects are deleted, or did not exist. */
  readonly deleted: readonly string[]
  /** Keys whose objects may still exist, each with the error. */
  readonly failed: readonly { readonly key: string; readonly error: R2Error }[]
}

/** One batch: at most 700 keys, each of which XML can contain. */
export interface DeleteBatchInput {
  readonly bucket: string
  readonly keys: readonly string[]
}

/** DeleteObjects: one batch. */
export const deleteBatch = defineOperation<DeleteBatchInput, DeleteResult & { requestId: string | undefined }>({
  name: 'DeleteObjects',
  idempotent: true,
  timeoutClass: 'list',
  mayFailLate: true,
  input: inputOf<DeleteBatchInput>('DeleteObjects', { bucket: required(anyText), keys: required(listOf(anyText)) }),
  validate({ bucket, keys }, { rules }) {
    checkBucketName(bucket, rules)
    for (const key of keys) checkObjectKey(key, rules)
  },
  encode({ bucket, keys }) {
    const bytes = utf8Bytes(deleteDocument.write({ keys }))
    return {
      method: 'POST',
      bucket,
      query: [['delete', '']],
      headers: { 'content-type': 'application/xml', 'content-md5': base64FromBytes(md5(bytes)) },
      body: { kind: 'bytes', bytes },
    }
  },
  decode: ({ headers, body }) => ({ ...readDeleteResult(body as Uint8Array), requestId: headerOf(headers, 'cf-ray') }),
})

/** R2's documented limit is 1,000 keys per request. Larger batches than this were seen to fail with a 500. */
const batchKeys = 700

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

const inputField = objectOf<DeleteObjectsInput>('DeleteObjects', {
  bucket: required(anyText),
  keys: required(keysField),
})

/**
 * Deletes any number of keys in batches of 700; keys that XML cannot contain (control characters) one by one.
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
  const { bucket, keys } = inputField.read(given, '', refuseInput)
  checkBucketName(bucket, runtime.rules)
  return withSharedDeadline(runtime.clock, callOptionsField.read(givenOptions, '', refuseInput), async (options) => {
    const run = new DeleteRun(runtime, bucket, options)
    for await (const key of keys) await run.add(key)
    return run.finish()
  })
}

/** One call of `deleteObjects`. */
class DeleteRun {
  readonly #runtime: Runtime
  readonly #bucket: string
  readonly #options: CallOptions
  readonly #deleted: string[] = []
  readonly #failed: { key: string; error: R2Error }[] = []
  #batch: string[] = []
  /** The first error of a request. */
  #firstError: R2Error | undefined
  /** The error that affects every key. */
  #fatal: R2Error | undefined
  #hasSucceeded = false
  #keysAdded = 0

  constructor(runtime: Runtime, bucket: string, options: CallOptions) {
    this.#runtime = runtime
    this.#bucket = bucket
    this.#options = options
  }

  async add(key: string): Promise<void> {
    const field = `keys[${this.#keysAdded++}]`
    if (this.#fatal !== undefined) return this.#fail(key, this.#fatal)
    // Earlier keys may be deleted already and have to be reported, so a broken rule fails only this key.
    const problem = problemWith(key, this.#runtime.rules, field)
    if (problem !== undefined) return this.#fail(typeof key === 'string' ? key : typeNameOf(key), problem)
    if (!xmlCanCarry(key)) return this.#deleteOne(key)
    this.#batch.push(key)
    if (this.#batch.length >= batchKeys) await this.#sendBatch(this.#takeBatch())
  }

  async finish(): Promise<DeleteObjectsOutput> {
    if (this.#batch.length > 0) await this.#sendBatch(this.#takeBatch())
    // Without a failed request none was sent: every key breaks a rule.
    const error = this.#hasSucceeded ? undefined : (this.#firstError ?? this.#failed[0]?.error)
    if (error !== undefined) throw withContext(error, { operation: 'DeleteObjects', bucket: this.#bucket })
    return { deleted: this.#deleted, failed: this.#failed }
  }

  async #deleteOne(key: string): Promise<void> {
    try {
      await this.#runtime.execute(deleteObject, { bucket: this.#bucket, key }, this.#options)
      this.#hasSucceeded = true
      this.#deleted.push(key)
    } catch (error) {
      this.#requestFailed([key], error)
    }
  }

  #takeBatch(): string[] {
    const batch = this.#batch
    this.#batch = []
    return batch
  }

  async #sendBatch(batch: readonly string[]): Promise<void> {
    const bucket = this.#bucket
    try {
      const result = await this.#runtime.execute(deleteBatch, { bucket, keys: batch }, this.#options)
      this.#hasSucceeded = true
      const missing = new Set(batch)
      for (const key of result.deleted) if (missing.delete(key)) this.#deleted.push(key)
      for (const { key, code, message } of result.errors)
        if (missing.delete(key)) this.#fail(key, keyError(bucket, key, code, message))
      for (const key of missing) this.#fail(key, notMentioned(bucket, key))
    } catch (error) {
      this.#requestFailed(batch, error)
    }
  }

  #requestFailed(keys: readonly string[], error: unknown): void {
    if (!isR2Error(error) || error.kind === 'Aborted') throw error
    this.#firstError ??= error
    if (affectsAll(error)) {
      if (!this.#hasSucceeded) throw error
      this.#fatal = error
    }
    for (const key of keys) this.#fail(key, error)
  }

  #fail(key: string, error: R2Error): void {
    this.#failed.push({ key, error })
  }
}

/** Whether the request for any other key would fail with the same error. */
const affectsAll = (error: R2Error): boolean =>
  error.kind === 'Auth' ||
  error.kind === 'Config' ||
  error.kind === 'Bucket' ||
  error.kind === 'CircuitOpen' ||
  isR2Error(error, 'ConnectionFailed', 'TlsFailed', 'Timeout')

const problemWith = (key: string, rules: ValidationRules, field: string): R2Error | undefined => {
  try {
    checkObjectKey(key, rules, field)
    return undefined
  } catch (error) {
    if (isR2Error(error)) return error
    throw error
  }
}

const keyError = (bucket: string, key: string, s3Code: string, message: string | undefined): R2Error =>
  new R2Error(errorCodeOf(s3Code) ?? 'UnknownError', message ?? s3Code, {
    operation: 'DeleteObjects',
    bucket,
    key,
    s3Code,
  })

const notMentioned = (bucket: string, key: string): R2Error =>
  new R2Error('InvalidResponse', 'the response does not mention this key', { operation: 'DeleteObjects', bucket, key })
