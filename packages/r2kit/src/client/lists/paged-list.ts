/** The public side of a list of many pages. The code that requests pages is loaded by the first iteration. */
import { integer, refuseInput } from '../../validation/index.js'
import { detached } from '../detached.js'
import type { CallOptions } from '../operation.js'
import type { Runtime } from '../runtime.js'

/**
 * All items of a list, over all its pages, in the memory of one page. Iterate over the list itself or over `pages()`, or
 * `collect()` its first items. Nothing is sent before the iteration begins, and each iteration lists from the start.
 *
 * Ending an iteration early (`break`, or `return()` while an item is pending) cancels the request in flight. `timeoutMs` applies
 * to each page.
 *
 * @throws R2Error from the iteration: `InvalidInput` before anything is sent, and the errors of the operation
 * @example
 * for await (const { name } of r2.buckets.listAll()) console.log(name)
 */
export interface PagedList<Item, Page> extends AsyncIterable<Item> {
  /** Yields the items of all pages. */
  [Symbol.asyncIterator](): AsyncGenerator<Item, void>
  /**
   * Yields whole pages, with common prefixes and the token or marker from which a later list continues.
   *
   * @example
   * for await (const { commonPrefixes } of r2.objects.listAll({ bucket, delimiter: '/' }).pages()) console.log(commonPrefixes)
   */
  pages(): AsyncGenerator<Page, void>
  /**
   * Returns the first items as an array.
   *
   * @param limit most items; required, because a list may have more items than fit into memory
   * @example
   * const entries = await r2.objects.listAll({ bucket, prefix: 'logs/2026-11-27/' }).collect(100)
   */
  collect(limit: number): Promise<Item[]>
}

/** The two iterations of a list. The controller ends their requests. */
export interface ListSource<Item, Page> {
  items(controller: AbortController): AsyncGenerator<Item, void>
  pages(controller: AbortController): AsyncGenerator<Page, void>
}

/**
 * Checks the arguments of a list, and returns its source.
 *
 * @param input a copy of the caller's input, whose fields are still of any type; so is the copy of the options
 */
export type ListFactory<Input, Item, Page> = (
  runtime: Runtime,
  input: Input,
  options: CallOptions,
) => ListSource<Item, Page>

/** A list whose factory the first iteration loads. Input and options are copied now. */
export class LazyList<Input, Item, Page> implements PagedList<Item, Page> {
  readonly #open: () => Promise<ListSource<Item, Page>>

  constructor(
    runtime: Runtime,
    load: () => Promise<ListFactory<Input, Item, Page>>,
    given: Input,
    givenOptions: CallOptions,
  ) {
    // A promise, because a getter of the caller's may throw: the iteration rejects with its error.
    const copies = (async () => [detached(given), detached(givenOptions)] as const)()
    copies.catch(() => undefined)
    this.#open = async () => {
      const [input, options] = await copies
      return (await load())(runtime, input, options)
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    const open = this.#open
    return cancellable(async function* (controller) {
      yield* (await open()).items(controller)
    })
  }

  pages(): AsyncGenerator<Page, void> {
    const open = this.#open
    return cancellable(async function* (controller) {
      yield* (await open()).pages(controller)
    })
  }

  async collect(limit: number): Promise<Item[]> {
    integer(0).read(limit, 'limit', refuseInput)
    const items: Item[] = []
    if (limit <= 0) return items
    for await (const item of this) {
      items.push(item)
      if (items.length >= limit) break
    }
    return items
  }
}

/**
 * An iteration whose `return` aborts the pending request. A generator alone would queue its `return` behind the pending `next`,
 * which ends with the request.
 */
const cancellable = <T>(run: (controller: AbortController) => AsyncGenerator<T, void>): AsyncGenerator<T, void> => {
  const controller = new AbortController()
  let hasLeft = false
  const steps = (async function* () {
    try {
      yield* run(controller)
    } catch (error) {
      if (!hasLeft) throw error
    }
  })()
  const end = steps.return.bind(steps)
  steps.return = (value) => {
    hasLeft = true
    controller.abort()
    return end(value)
  }
  return steps
}
