/** The batches of one call of `deleteObjects`: how keys become requests, and which are sent again. */
import { type ErrorCode, isR2Error, R2Error, withContext, withVerdict } from '../../errors/index.js'
import { type RetryDecision, waitToRetry } from '../../resilience/index.js'
import { checkObjectKey, typeNameOf, type ValidationRules } from '../../validation/index.js'
import { type DeleteResult, xmlCanCarry } from '../../xml/documents.js'
import { errorCodeOf } from '../../xml/index.js'
import type { CallOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { deleteBatch } from './delete-batch.js'
import { deleteObject } from './delete-object.js'

/** Output of `objects.deleteObjects`. Each key of the input is in one of the two lists, once. */
export interface DeleteObjectsOutput {
  /** Keys whose objects are deleted, or did not exist. */
  readonly deleted: readonly string[]
  /**
   * Keys whose objects may still exist, each with the error: `MaxRetriesExceeded` for a failure that may pass and was retried, with
   * the last failure as its `cause`.
   */
  readonly failed: readonly { readonly key: string; readonly error: R2Error }[]
}

/** R2's documented limit is 1,000 keys per request. Larger batches than this were seen to fail with a 500. */
const batchKeysMax = 700

/** Most times that a batch is halved after a 500. */
const halvingsMax = 2

/** Failures of one key that do not depend on the key: it is tried again (requirement 3.3). */
const passingCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['InternalError', 'ServiceUnavailable', 'SlowDown'])

/** One call of `deleteObjects`. */
export class DeleteRun {
  readonly #runtime: Runtime
  readonly #bucket: string
  readonly #options: CallOptions
  readonly #seen = new Set<string>()
  readonly #deleted: string[] = []
  readonly #failed: { key: string; error: R2Error }[] = []
  #batch: string[] = []
  #batchKeys = batchKeysMax
  /** How often the next batch may be halved: not at all after a batch that failed in any size. */
  #halvings = halvingsMax
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
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    if (this.#fatal !== undefined) return this.#fail(key, this.#fatal)
    // Earlier keys may be deleted already and have to be reported, so a broken rule fails only this key.
    const problem = problemWith(key, this.#runtime.rules, field)
    if (problem !== undefined) return this.#fail(typeof key === 'string' ? key : typeNameOf(key), problem)
    if (!xmlCanCarry(key)) return this.#deleteOne(key)
    this.#batch.push(key)
    if (this.#batch.length >= this.#batchKeys) await this.#deleteBatch(this.#takeBatch())
  }

  async finish(): Promise<DeleteObjectsOutput> {
    if (this.#batch.length > 0) await this.#deleteBatch(this.#takeBatch())
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

  /** Deletes keys. Those that fail for a reason that may pass are sent again, with growing delays. */
  async #deleteBatch(batch: readonly string[]): Promise<void> {
    const { clock, retry, disposed } = this.#runtime
    const { signal, maxAttempts } = this.#options
    let keys = batch
    for (let attempt = 1; ; attempt++) {
      const again = new Map<string, R2Error>()
      await this.#request(keys, again, this.#halvings)
      if (again.size === 0) return
      const delayMs = longestDelay([...again.values()].map((error) => retry.decide(error, attempt, maxAttempts)))
      if (delayMs === undefined) {
        for (const [key, error] of again) this.#fail(key, withContext(error, { attempts: attempt }))
        return
      }
      keys = [...again.keys()]
      try {
        await waitToRetry(clock, delayMs, { signal, disposed }, again.values().next().value)
      } catch (error) {
        return this.#requestFailed(keys, error)
      }
    }
  }

  /**
   * Sends keys in one request. After a 500 it sends them in halves: R2 was seen to respond so to batches that are too large. The
   * second half is sent only where the first one succeeds.
   *
   * @param again receives the keys to send again, each with its error
   * @returns whether R2 carried out a request
   */
  async #request(keys: readonly string[], again: Map<string, R2Error>, halvings: number): Promise<boolean> {
    try {
      const result = await this.#runtime.execute(deleteBatch, { bucket: this.#bucket, keys }, this.#options)
      if (halvings < this.#halvings) this.#batchKeys = keys.length
      this.#halvings = halvingsMax
      this.#hasSucceeded = true
      this.#record(keys, result, again)
      return true
    } catch (error) {
      if (halvings === 0 || keys.length === 1 || !isR2Error(error, 'InternalError')) {
        this.#halvings = 0
        this.#requestFailed(keys, error)
        return false
      }
      const middle = Math.ceil(keys.length / 2)
      const rest = keys.slice(middle)
      const hasSucceeded = await this.#request(keys.slice(0, middle), again, halvings - 1)
      if (hasSucceeded) await this.#request(rest, again, halvings - 1)
      else this.#requestFailed(rest, error)
      return hasSucceeded
    }
  }

  #record(keys: readonly string[], result: DeleteResult, again: Map<string, R2Error>): void {
    const bucket = this.#bucket
    const missing = new Set(keys)
    for (const key of result.deleted) if (missing.delete(key)) this.#deleted.push(key)
    for (const { key, code, message } of result.errors) {
      if (!missing.delete(key)) continue
      const error = keyError(bucket, key, code, message)
      if (passingCodes.has(error.code)) again.set(key, error)
      else this.#fail(key, error)
    }
    for (const key of missing) this.#fail(key, notMentioned(bucket, key))
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
    this.#failed.push({ key, error: passingCodes.has(error.code) ? exhausted(this.#bucket, key, error) : error })
  }
}

/** Undefined where no key may be sent again. */
const longestDelay = (decisions: readonly RetryDecision[]): number | undefined => {
  const delays = decisions.flatMap((decision) => (decision.verdict === 'retry-after' ? [decision.delayMs] : []))
  return delays.length === 0 ? undefined : Math.max(...delays)
}

const exhausted = (bucket: string, key: string, cause: R2Error): R2Error => {
  const { attempts, requestId, s3Code, status, message } = cause
  const context = { operation: 'DeleteObjects', bucket, key, attempts, requestId, s3Code, status, cause }
  const error = new R2Error('MaxRetriesExceeded', `the key could not be deleted: ${message}`, context)
  return withVerdict(error, 'no-more-retries')
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
