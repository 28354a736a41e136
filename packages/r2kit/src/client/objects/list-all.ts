/** The engine of `objects.listAll`. Loaded by the first iteration. */
import { isR2Error, withVerdict } from '../../errors/index.js'
import { waitToRetry } from '../../resilience/index.js'
import { integer, objectOf, refuseInput } from '../../validation/index.js'
import type { ListedObject, ListObjectsPage } from '../../xml/index.js'
import { TokenTrail, underController } from '../lists/list-source.js'
import type { ListFactory, ListSource, PagedList } from '../lists/paged-list.js'
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

/**
 * All objects under a prefix, in the order of UTF-8 bytes. Objects are yielded as they arrive, without common prefixes. A page
 * that breaks off is requested again from its last key on, up to three times in a row without another object, whatever
 * `maxAttempts` is.
 */
export type ObjectList = PagedList<ListedObject, ListObjectsOutput>

const { maxKeys: _maxKeys, ...pageFields } = listObjectsFields
const inputField = objectOf<ListAllInput>('listAll', { ...pageFields, pageSize: integer(1), maxObjects: integer(0) })

/** How often in a row a page may break off without another object of it having arrived. */
const breaksMax = 3

/** The objects of a bucket, over all pages. */
export const objectList: ListFactory<ListAllInput, ListedObject, ListObjectsOutput> = (runtime, input, options) =>
  new ObjectSource(runtime, inputField.read(input, '', refuseInput), callOptionsField.read(options, '', refuseInput))

class ObjectSource implements ListSource<ListedObject, ListObjectsOutput> {
  readonly #runtime: Runtime
  readonly #input: ListAllInput
  readonly #options: CallOptions

  constructor(runtime: Runtime, input: ListAllInput, options: CallOptions) {
    this.#runtime = runtime
    this.#input = input
    this.#options = options
  }

  items(controller: AbortController): AsyncGenerator<ListedObject, void> {
    return underController(controller, this.#options, (options) => this.#items(options))
  }

  pages(controller: AbortController): AsyncGenerator<ListObjectsOutput, void> {
    return underController(controller, this.#options, (options) => this.#pages(options))
  }

  async *#items(options: CallOptions): AsyncGenerator<ListedObject, void> {
    let left = this.#input.maxObjects ?? Number.POSITIVE_INFINITY
    let next: ListObjectsInput | undefined = left > 0 ? this.#request(left) : undefined
    /** Since the last object. */
    let breaks = 0
    const trail = this.#trail()
    while (next !== undefined) {
      let lastKey: string | undefined
      let stream: ListStream | undefined
      try {
        stream = await this.#runtime.execute(listObjectsStream, next, options)
        let step = await stream.next()
        for (; !step.done; step = await stream.next()) {
          for (const object of step.value) {
            yield object
            lastKey = object.key
            if (--left === 0) return
          }
        }
        breaks = 0
        next = this.#after(step.value, left, trail)
      } catch (error) {
        if (lastKey !== undefined) {
          breaks = 0
          next = this.#request(left, { startAfter: lastKey })
        }
        await this.#pause(error, ++breaks, options.signal)
      } finally {
        // The rest of a page would hold a connection where the caller ends the iteration.
        await stream?.return({ objects: [], commonPrefixes: [], isTruncated: false, keyCount: 0 })
      }
    }
  }

  /** Waits before a page that broke off is requested again. @throws the error where it is not */
  async #pause(error: unknown, breaks: number, signal: AbortSignal | undefined): Promise<void> {
    if (!isR2Error(error, 'StreamInterrupted', 'ConnectionReset')) throw error
    const { clock, retry, disposed } = this.#runtime
    const decision = retry.decide(error, breaks, breaksMax + 1)
    if (decision.verdict !== 'retry-after') throw withVerdict(error, decision.verdict)
    await waitToRetry(clock, decision.delayMs, { signal, disposed }, error)
  }

  async *#pages(options: CallOptions): AsyncGenerator<ListObjectsOutput, void> {
    let left = this.#input.maxObjects ?? Number.POSITIVE_INFINITY
    let next: ListObjectsInput | undefined = left > 0 ? this.#request(left) : undefined
    const trail = this.#trail()
    while (next !== undefined) {
      const page: ListObjectsOutput = await this.#runtime.execute(listObjects, next, options)
      yield page
      left -= page.objects.length
      next = left > 0 ? this.#after(page, left, trail) : undefined
    }
  }

  #trail(): TokenTrail {
    return new TokenTrail({ operation: 'ListObjectsV2', bucket: this.#input.bucket })
  }

  #after(page: ListObjectsPage, left: number, trail: TokenTrail): ListObjectsInput | undefined {
    if (!page.isTruncated) return undefined
    const { nextContinuationToken: continuationToken } = page
    trail.require(continuationToken)
    return this.#request(left, { continuationToken })
  }

  /** @param position where the page begins; by default where the input begins */
  #request(left: number, position?: Position): ListObjectsInput {
    const { pageSize = 1000, maxObjects: _, continuationToken, startAfter, ...rest } = this.#input
    const start = continuationToken === undefined ? startAfter && { startAfter } : { continuationToken }
    return { ...rest, ...(position ?? start), maxKeys: Math.min(pageSize, left) }
  }
}

type Position = Pick<ListObjectsInput, 'continuationToken' | 'startAfter'>
