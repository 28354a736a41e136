import { R2Error } from '../../errors/index.js'

/** A source of bytes as one step and one way to dismiss it. */
interface Steps {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  dismiss(): unknown
}

/**
 * The chunks of a stream or iterable, empty ones left out. It is no generator, because a generator that waits for its source
 * hears of its dismissal only when the source has given something: here a source that waits is destroyed at once.
 */
export const chunksOf = (
  source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const steps = 'getReader' in source ? ofWebStream(source) : ofIterable(source)
    let isOver = false
    const dismiss = async () => {
      if (isOver) return
      isOver = true
      await steps.dismiss()
    }
    return {
      async next() {
        for (;;) {
          const { done, value } = await steps.next()
          if (done === true) {
            isOver = true
            return { done: true, value: undefined }
          }
          if (!(value instanceof Uint8Array)) {
            await dismiss()
            throw notBytes(value)
          }
          if (value.byteLength > 0) return { done: false, value }
        }
      },
      async return() {
        await dismiss()
        return { done: true, value: undefined }
      },
    }
  },
})

/** Web streams are async-iterable in Node and Deno, but not in every browser. */
const ofWebStream = (stream: ReadableStream<Uint8Array>): Steps => {
  const reader = stream.getReader()
  return {
    async next() {
      const step = await reader.read()
      if (step.done) reader.releaseLock()
      return step
    },
    dismiss: () => reader.cancel(),
  }
}

const ofIterable = (source: AsyncIterable<Uint8Array>): Steps => {
  const iterator = source[Symbol.asyncIterator]()
  return {
    next: () => iterator.next(),
    dismiss: () => {
      // A Node stream; its own iterator would wait for the next chunk.
      if ('destroy' in source && typeof source.destroy === 'function') return source.destroy()
      return iterator.return?.()
    },
  }
}

const notBytes = (value: unknown): R2Error =>
  new R2Error('InvalidInput', `the stream yields ${typeof value}, not bytes`, {
    field: 'body',
    hint: 'Encode text first, or set no encoding on the Node stream.',
  })
