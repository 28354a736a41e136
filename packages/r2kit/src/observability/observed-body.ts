import type { ChunkConsumer, ZeroCopy } from '../http/index.js'

type Bytes = ReadableStream<Uint8Array>

/**
 * The same bytes, counted. Calls `onEnd` once, when they have ended, have been cancelled, or fail with an error. A zero-copy body
 * remains one.
 */
export const observedBody = (body: Bytes, onEnd: (bytes: number, error?: unknown) => void): Bytes => {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let bytes = 0
  // Taken when the stream is read: a reader would keep the zero-copy way locked.
  const read = () => {
    reader ??= body.getReader()
    return reader
  }
  const observed = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await read().read()
          if (!done) {
            bytes += value.byteLength
            return controller.enqueue(value)
          }
        } catch (error) {
          onEnd(bytes, error)
          throw error
        }
        onEnd(bytes)
        controller.close()
      },
      async cancel(reason) {
        onEnd(bytes)
        await read().cancel(reason)
      },
    },
    // No read-ahead: the transport's stream has a buffer already.
    { highWaterMark: 0 },
  )
  if (!('consume' in body)) return observed
  const { consume } = body as Bytes & ZeroCopy
  return Object.assign(observed, {
    consume: async (consumer: ChunkConsumer) => {
      try {
        await consume((chunk) => {
          bytes += chunk.byteLength
          return consumer(chunk)
        })
      } catch (error) {
        onEnd(bytes, error)
        throw error
      }
      onEnd(bytes)
    },
  })
}
