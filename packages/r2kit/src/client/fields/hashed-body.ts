/**
 * The same bytes, each chunk passed to `update` before it is sent. Not a generator: its `return()` would wait for a pending
 * `next()`, so that cancelling a source that has stalled would never end.
 */
export const hashedBody = (
  source: AsyncIterable<Uint8Array>,
  update: (chunk: Uint8Array) => void,
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const iterator = source[Symbol.asyncIterator]()
    return {
      async next() {
        const step = await iterator.next()
        if (!step.done) update(step.value)
        return step
      },
      async return() {
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }
  },
})
