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

export interface ListAllInput extends Omit<ListObjectsInput, 'maxKeys'> {
  /** Keys per request. @defaultValue 1000, R2's most */
  readonly pageSize?: number
  /** End after so many objects. @defaultValue none */
  readonly maxObjects?: number
}

const { maxKeys: _maxKeys, ...pageFields } = listObjectsFields
const inputField = objectOf<ListAllInput>('listAll', { ...pageFields, pageSize: integer(1), maxObjects: integer(0) })

/** How often in a row a page may break off without another object of it having arrived. */
const breaksMax = 3

/**
 * All objects under a prefix, in the order of UTF-8 bytes, in the memory of one page however many there are. Iterate it, or
 * its `pages()`, or `collect()` it; each iteration lists anew.
 *
 * @example
 * for await (const object of r2.objects.listAll({ bucket, prefix: 'logs/' })) console.log(object.key, object.size)
 */
export class ObjectList implements AsyncIterable<ListedObject> {
  readonly #runtime: Runtime
  readonly #input: ListAllInput
  readonly #options: CallOptions

  /** @throws R2Error `InvalidInput`, before anything is sent */
  constructor(runtime: Runtime, input: ListAllInput, options: CallOptions) {
    this.#runtime = runtime
    this.#input = inputField.read(input, '', refuseInput)
    this.#options = callOptionsField.read(options, '', refuseInput)
  }

  /** Objects as they arrive. Common prefixes are on `pages()` only. A page that breaks off resumes after its last key. */
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
          next = this.#request(left, { startAfter: lastKey, continuationToken: undefined })
        }
        await this.#pause(error, ++breaks)
      } finally {
        // Where the caller leaves in the middle of a page, the rest of it would hold a connection.
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

  /** Whole pages, with their common prefixes and tokens. */
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

  /** The first `limit` objects as an array; a limit is required, because a bucket may hold more than memory does. */
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
    const problem =
      token === undefined
        ? 'the list is truncated, but the response has no continuation token'
        : tokens.repeats(token)
          ? 'the server returns a continuation token that it has returned before, so the list would never end'
          : undefined
    if (problem === undefined) return this.#request(left, { continuationToken: token })
    throw new R2Error('InvalidResponse', problem, { operation: 'ListObjectsV2', bucket: this.#input.bucket })
  }

  #request(
    left: number,
    change: { continuationToken?: string | undefined; startAfter?: string } = {},
  ): ListObjectsInput {
    const { pageSize = 1000, maxObjects: _max, continuationToken: first, startAfter: after, ...rest } = this.#input
    const continuationToken = 'continuationToken' in change ? change.continuationToken : first
    const startAfter = change.startAfter ?? (continuationToken === undefined ? after : undefined)
    return {
      ...rest,
      maxKeys: Math.min(pageSize, left),
      ...(continuationToken === undefined ? {} : { continuationToken }),
      ...(startAfter === undefined ? {} : { startAfter }),
    }
  }
}

/** Notices tokens that come again, in the memory of one: the token it compares with is renewed at each power of two. */
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
