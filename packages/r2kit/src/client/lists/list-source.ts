/** The engine of lists: requests page after page. Loaded by the first iteration. */
import { whenAborted } from '#abort'
import { R2Error, type R2ErrorContext } from '../../errors/index.js'
import { type ObjectField, refuseInput } from '../../validation/index.js'
import { type CallOptions, callOptionsField, type Operation } from '../operation.js'
import type { Runtime } from '../runtime.js'
import type { ListFactory } from './paged-list.js'

/** Options of the requests of one iteration. Aborts of the caller's signal abort the controller too. */
export async function* underController<T>(
  controller: AbortController,
  options: CallOptions,
  run: (options: CallOptions) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  const { signal } = options
  const stop = signal && whenAborted(signal, () => controller.abort(signal.reason))
  try {
    yield* run({ ...options, signal: controller.signal })
  } finally {
    stop?.()
  }
}

/** Detects a repeated token in constant memory: it compares with one token, which it renews at each power of two (Brent). */
export class TokenTrail {
  readonly #context: R2ErrorContext
  #milestone: string | undefined
  #count = 0

  /** @param context facts for errors: operation and bucket */
  constructor(context: R2ErrorContext) {
    this.#context = context
  }

  /** @throws R2Error `InvalidResponse` where the list would never end: a truncated page without a new token */
  require(token: string | undefined): void {
    if (token === undefined) throw this.#endless('has no continuation token')
    if (token === this.#milestone) throw this.#endless('repeats a continuation token')
    this.#count++
    if ((this.#count & (this.#count - 1)) === 0) this.#milestone = token
  }

  #endless(problem: string): R2Error {
    const message = `the list would never end: the response is truncated and ${problem}`
    return new R2Error('InvalidResponse', message, this.#context)
  }
}

/** A list operation whose pages are small enough to be read whole. */
interface PagedOperation<Input, Request, Page, Item> {
  readonly operation: Operation<Request, Page>
  /** The fields of the input of the whole list. */
  readonly input: ObjectField<Input>
  /** The request of a page. @param position fields of the input from which the page begins; undefined for the first page */
  request(input: Input, position: Partial<Input> | undefined): Request
  /** The position after a page; undefined where the page names none. */
  positionAfter(page: Page): Partial<Input> | undefined
  itemsOf(page: Page): readonly Item[]
}

/** Makes the factory of a list. */
export const pagedList =
  <Input extends object, Request, Page extends { readonly isTruncated: boolean }, Item>(
    paged: PagedOperation<Input, Request, Page, Item>,
  ): ListFactory<Input, Item, Page> =>
  (runtime: Runtime, given: Input, givenOptions: CallOptions) => {
    const input = paged.input.read(given, '', refuseInput)
    const options = callOptionsField.read(givenOptions, '', refuseInput)
    const pages = (controller: AbortController) =>
      underController(controller, options, async function* (options) {
        const { bucket } = input as { readonly bucket?: string }
        const trail = new TokenTrail({ operation: paged.operation.name, bucket })
        let position: Partial<Input> | undefined
        do {
          const page: Page = await runtime.execute(paged.operation, paged.request(input, position), options)
          yield page
          position = page.isTruncated ? paged.positionAfter(page) : undefined
          if (page.isTruncated) trail.require(position && JSON.stringify(position))
        } while (position !== undefined)
      })
    return {
      pages,
      async *items(controller) {
        for await (const page of pages(controller)) yield* paged.itemsOf(page)
      },
    }
  }
