/**
 * Uses a chunk. Its memory may be reused as soon as this returns, so bytes that are kept are copied. Where it returns a promise,
 * the next chunk comes when that has resolved, and the socket is paused meanwhile.
 */
export type ChunkConsumer = (chunk: Uint8Array) => Promise<void> | undefined

/** A stream whose chunks can also be consumed without a fresh buffer for each of them. */
export interface ZeroCopy {
  /** Passes all chunks in order; resolves after the last. The stream must not be read as well. */
  consume(consumer: ChunkConsumer): Promise<void>
}

/**
 * Reads a body until it ends, by the shortest way it has. When `consumer` throws or rejects, the body is cancelled and its
 * connection is closed.
 */
export const drain = async (
  body: ReadableStream<Uint8Array> | (ReadableStream<Uint8Array> & ZeroCopy),
  consumer: ChunkConsumer,
): Promise<void> => {
  if ('consume' in body) return body.consume(consumer)
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const consumed = consumer(value)
      if (consumed !== undefined) await consumed
    }
  } finally {
    // Does nothing to a body that has ended; any other would hold its connection.
    await reader.cancel().catch(ignore)
  }
}

const ignore = (): void => undefined
