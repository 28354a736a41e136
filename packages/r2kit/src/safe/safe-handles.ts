/** Transfers and lists with results in place of exceptions. */
import type { PagedList } from '../client/index.js'
import type { R2Error } from '../errors/index.js'
import type { StreamDownload } from '../transfers/handle/stream-download.js'
import type { Transfer } from '../transfers/handle/transfer.js'
import { failureOf, ok, type Result, resultOf } from './result.js'

/** A transfer in flight. Await it for its result. */
export interface SafeTransfer<T>
  extends Pick<Transfer<T>, 'progress' | 'paused' | 'pause' | 'resume' | 'abort'>,
    PromiseLike<Result<T>> {}

/** A download to a stream. Await it for its result. Reading the stream rejects where the download fails. */
export interface SafeStreamDownload<T> extends SafeTransfer<T>, Pick<StreamDownload<T>, 'body'> {
  /** The metadata of the object, as soon as R2 has responded. */
  readonly opened: Promise<Result<T>>
}

/**
 * A list whose iterations yield results. An iteration ends after the first failure.
 *
 * @example
 * for await (const object of safe.listAllObjects({ bucket })) {
 *   if (!object.ok) return object.error
 *   console.log(object.value.key)
 * }
 */
export interface SafeList<Item, Page> extends AsyncIterable<Result<Item>> {
  /** Yields the items of all pages; last a failure, if the list failed. */
  [Symbol.asyncIterator](): AsyncGenerator<Result<Item>, void>
  /** Yields whole pages; last a failure, if the list failed. */
  pages(): AsyncGenerator<Result<Page>, void>
  /** Returns the first items as an array. @param limit most items */
  collect(limit: number): Promise<Result<Item[]>>
}

const isTransfer = (value: object): value is Transfer<unknown> => 'progress' in value && 'then' in value
const isList = (value: object): value is PagedList<unknown, unknown> => 'pages' in value && 'collect' in value
const isPromise = (value: object): value is PromiseLike<unknown> => 'then' in value && typeof value.then === 'function'

/** What a method of a client returned, with results. A method that returns no promise returns a result, not a promise of one. */
export const withResults = (returned: unknown): unknown => {
  if (typeof returned !== 'object' || returned === null) return ok(returned)
  if (isTransfer(returned)) return safeTransfer(returned)
  if (isList(returned)) return safeList(returned)
  return isPromise(returned) ? resultOf(returned) : ok(returned)
}

const safeTransfer = (transfer: Transfer<unknown> | StreamDownload<unknown>): SafeTransfer<unknown> => {
  // Handled now: a failure of a transfer that the caller does not await is no unhandled rejection.
  const result = resultOf(transfer)
  const safe: SafeTransfer<unknown> = {
    get progress() {
      return transfer.progress
    },
    get paused() {
      return transfer.paused
    },
    pause: () => transfer.pause(),
    resume: () => transfer.resume(),
    abort: (reason) => transfer.abort(reason),
    // biome-ignore lint/suspicious/noThenProperty: a transfer is awaited
    then: (onFulfilled, onRejected) => result.then(onFulfilled, onRejected),
  }
  return 'body' in transfer ? Object.assign(safe, streamOf(transfer)) : safe
}

const streamOf = ({ body, opened }: StreamDownload<unknown>) => ({ body, opened: resultOf(opened) })

const safeList = (list: PagedList<unknown, unknown>): SafeList<unknown, unknown> => ({
  [Symbol.asyncIterator]: () => results(list[Symbol.asyncIterator]()),
  pages: () => results(list.pages()),
  collect: (limit) => resultOf(list.collect(limit)),
})

/** The steps of an iteration as results. `return` reaches the iteration immediately, also while a step is pending. */
const results = <T>(steps: AsyncGenerator<T, void>): AsyncGenerator<Result<T, R2Error>, void> => {
  const mapped = (async function* () {
    try {
      for (let step = await steps.next(); step.done !== true; step = await steps.next()) yield ok(step.value)
    } catch (error) {
      yield failureOf(error)
    }
  })()
  const end = mapped.return.bind(mapped)
  mapped.return = async (value) => {
    await steps.return()
    return end(value)
  }
  return mapped
}
