import { ClientOperation } from '../client-operation.js'
import type { Extensions } from '../extensions.js'
import type { CallOptions } from '../operation.js'
import { LazyList, type ListFactory, type PagedList } from './paged-list.js'

/** The method of an operation that lists over all pages. */
export type ListMethod<Input, Item, Page> = (input: Input, options?: CallOptions) => PagedList<Item, Page>

/** Makes the client's operation of a list. @param listOf returns it; see `requestOperation` */
export const listOperation = <Input, Item, Page>(
  listOf: () => ListFactory<Input, Item, Page>,
  needs?: Partial<Extensions>,
): ClientOperation<ListMethod<Input, Item, Page>> =>
  new ClientOperation(
    (runtime) =>
      (input, options = {}) =>
        new LazyList(runtime, () => Promise.resolve(listOf()), input, options),
    needs,
  )
