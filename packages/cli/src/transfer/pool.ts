/**
 * Processes a stream of items, `concurrency` at a time. The stream is read no faster than items are processed, so memory does not
 * grow with the length of the stream.
 *
 * @throws an error of the stream or of `work`, after all pending work has ended
 */
export const forEachConcurrent = async <Item>(
  items: AsyncIterable<Item>,
  concurrency: number,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  const iterator = items[Symbol.asyncIterator]()
  let stopped = false
  const worker = async (): Promise<void> => {
    try {
      while (!stopped) {
        signal.throwIfAborted()
        const next = await iterator.next()
        if (next.done === true) return
        await work(next.value)
      }
    } finally {
      stopped = true
    }
  }
  const results = await Promise.allSettled(Array.from({ length: concurrency }, worker))
  await iterator.return?.()
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
