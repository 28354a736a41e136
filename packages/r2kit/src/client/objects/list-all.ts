import { sleep } from '../../base/clock.js'
import { abortError, isR2Error, R2Error } from '../../errors/index.js'
import { integer, objectOf, refuseInput } from '../../validation/index.js'
import type { ListedObject, ListObjectsPage } from '../../xml/index.js'
import { type CallOptions, callOptionsField } from '../operation.js'
import type { Runtime } from '../runtime.js'
import {
  type ListObjectsInput,
  type ListObjectsOutput,
  type ListStream,
  listObjects,
  listObjectsFields,
  listObjectsStream,
} from './list-objects.js'

/** Input of `objects.listAll`. */
export interface ListAllInput extends Omit<ListObjectsInput, 'maxKeys'> {
  /** Keys per request. R2 returns at most 1,000. @defaultValue 1000 */
  readonly pageSize?: number | undefined
  /** Number of objects after which the list ends. @defaultValue Infinity */
  readonly maxObjects?: number | undefined
}

const { maxKeys: _maxKeys, ...pageFields } = listObjectsFields
const inputField = objectOf<ListAllInput>('listAll', { ...pageFields, pageSize: integer(1), maxObjects: integer(0) })

/** How often in a row a page may break off without another object of it having arrived. */
const breaksMax = 3

/**
 * All objects under a prefix, in the order of UTF-8 bytes, in the memory of one page. Iterate over the list itself or over
 * `pages()`, or `collect()` its first objects. Each iteration lists from the start.
 *
 * @example
 * for await (const object of r2.objects.listAll({ bucket, prefix: 'logs/' })) console.log(object.key, object.size)
 */
export class ObjectList implements AsyncIterable<ListedObject> {
  readonly #runtime: Runtime
  readonly #input: ListAllInput
  readonly #options: CallOptions

  /**
   * @internal
   * @throws R2Error `InvalidInput`, before anything is sent
   */
  constructor(runtime: Runtime, input: ListAllInput, options: CallOptions) {
    this.#runtime = runtime
    this.#input = inputField.read(input, '', refuseInput)
    this.#options = callOptionsField.read(options, '', refuseInput)
  }

  /**
   * Yields objects as they arrive, without common prefixes. A page that breaks off is requested again from its last key on, up to
   * three times in a row without another object, whatever `maxAttempts` is.
   *
   * @throws R2Error `StreamInterrupted` or `ConnectionReset` after the third time; the errors of `objects.list`
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ListedObject, void> {
    let left = this.#input.maxObjects ?? Number.POSITIVE_INFINITY
    let next: ListObjectsInput | undefined = left > 0 ? this.#request(left) : undefined
    /** Since the last object. */
    let breaks = 0
    const tokens = new TokenTrail()
    while (next !== undefined) {
      let lastKey: string | undefined
      let stream: ListStream | undefined
      try {
        stream = await this.#runtime.execute(listObjectsStream, next, this.#options)
        let step = await stream.next()
        for (; !step.done; step = await stream.next()) {
          for (const object of step.value) {
            yield object
            lastKey = object.key
            if (--left === 0) return
          }
        }
        breaks = 0
        next = this.#after(step.value, left, tokens)
      } catch (error) {
        if (lastKey !== undefined) {
          breaks = 0
          next = this.#request(left, { startAfter: lastKey })
        }
        await this.#pause(error, ++breaks)
      } finally {
        // The rest of a page would hold a connection where the caller ends the iteration.
        await stream?.return({ objects: [], commonPrefixes: [], isTruncated: false, keyCount: 0 })
      }
    }
  }

  /** Waits before a page that broke off is requested again. @throws the error where it is not */
  async #pause(error: unknown, breaks: number): Promise<void> {
    if (!isR2Error(error, 'StreamInterrupted', 'ConnectionReset')) throw error
    const { clock, retry, disposed } = this.#runtime
    const { signal } = this.#options
    const delayMs = retry.delayAfter(error, breaks, breaksMax + 1)
    if (delayMs === undefined) throw error
    await sleep(clock, delayMs, signal, disposed).catch(() => {
      throw signal?.aborted ? abortError(signal) : error
    })
  }

  /**
   * Yields whole pages, with common prefixes and tokens.
   *
   * @example
   * for await (const { commonPrefixes } of r2.objects.listAll({ bucket, delimiter: '/' }).pages()) console.log(commonPrefixes)
   */
  async *pages(): AsyncGenerator<ListObjectsOutput, void> {
    let left = this.#input.maxObjects ?? Number.POSITIVE_INFINITY
    let next: ListObjectsInput | undefined = left > 0 ? this.#request(left) : undefined
    const tokens = new TokenTrail()
    while (next !== undefined) {
      const page: ListObjectsOutput = await this.#runtime.execute(listObjects, next, this.#options)
      yield page
      left -= page.objects.length
      next = left > 0 ? this.#after(page, left, tokens) : undefined
    }
  }

  /**
   * Returns the first objects as an array.
   *
   * @param limit most objects; required, because a bucket may hold more objects than fit into memory
   * @example
   * const entries = await r2.objects.listAll({ bucket, prefix: 'logs/2026-11-27/' }).collect(100)
   */
  async collect(limit: number): Promise<ListedObject[]> {
    integer(0).read(limit, 'limit', refuseInput)
    const objects: ListedObject[] = []
    if (limit <= 0) return objects
    for await (const object of this) {
      objects.push(object)
      if (objects.length >= limit) break
    }
    return objects
  }

  #after(
    { isTruncated, nextContinuationToken: token }: ListObjectsPage,
    left: number,
    tokens: TokenTrail,
  ): ListObjectsInput | undefined {
    if (!isTruncated) return undefined
    if (token !== undefined && !tokens.repeats(token)) return this.#request(left, { continuationToken: token })
    const problem = token === undefined ? 'has no continuation token' : 'repeats a continuation token'
    const context = { operation: 'ListObjectsV2', bucket: this.#input.bucket }
    throw new R2Error('InvalidResponse', `the list would never end: the response is truncated and ${problem}`, context)
  }

  /** @param position where the page begins; by default where the input begins */
  #request(left: number, position?: Position): ListObjectsInput {
    const { pageSize = 1000, maxObjects: _, continuationToken, startAfter, ...rest } = this.#input
    const start = continuationToken === undefined ? startAfter && { startAfter } : { continuationToken }
    return { ...rest, ...(position ?? start), maxKeys: Math.min(pageSize, left) }
  }
}

type Position = Pick<ListObjectsInput, 'continuationToken' | 'startAfter'>

/** Detects a repeated token in constant memory: it compares with one token, which it renews at each power of two (Brent). */
class TokenTrail {
  #milestone: string | undefined
  #count = 0

  repeats(token: string): boolean {
    if (token === this.#milestone) return true
    this.#count++
    if ((this.#count & (this.#count - 1)) === 0) this.#milestone = token
    return false
  }
}
