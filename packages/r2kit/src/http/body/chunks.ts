import { R2Error } from '../../errors/index.js'

/**
 * Bytes of any realm as a Uint8Array of this one, over the same memory. Undefined for other values, and for bytes whose memory
 * was transferred: they would be stored as an empty object.
 */
export const bytesOf = (value: unknown): Uint8Array | undefined => {
  // Not by `instanceof` alone, which holds for a Proxy that has none of the methods.
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === 0 && isTransferred(value)) return undefined
    if (value instanceof Uint8Array) return value
    // Another realm's Uint8Array; views of wider elements depend on the machine's byte order.
    const isBytes = Object.prototype.toString.call(value) === '[object Uint8Array]'
    return isBytes ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined
  }
  return isArrayBuffer(value) && !isTransferred(value) ? new Uint8Array(value) : undefined
}

/** Whether `postMessage` or `structuredClone` has transferred the memory of a buffer or view to another owner (it is detached). */
export const isTransferred = (value: unknown): boolean => {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value
  if (!isArrayBuffer(buffer) || buffer.byteLength > 0) return false
  try {
    return new Uint8Array(buffer).byteLength > 0
  } catch {
    // The constructor rejects nothing else.
    return true
  }
}

const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get

/** Of any realm: the getter accepts nothing else. */
const isArrayBuffer = (value: unknown): value is ArrayBuffer => {
  if (typeof value !== 'object' || value === null) return false
  if (Object.prototype.toString.call(value) !== '[object ArrayBuffer]') return false
  try {
    byteLengthOf?.call(value)
    return true
  } catch {
    // Not an ArrayBuffer, although its tag is that of one.
    return false
  }
}

/** A source of bytes as a step and a cancellation. */
interface Steps {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  cancel(): unknown
}

/**
 * The chunks of a stream or iterable, without empty ones. It is not a generator: a generator that awaits its source can be
 * cancelled only after the source has yielded, while this cancels a source with a pending read immediately.
 */
export const chunksOf = (
  source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const steps = 'getReader' in source ? ofWebStream(source) : ofIterable(source)
    let isOver = false
    const cancel = async () => {
      if (isOver) return
      isOver = true
      await steps.cancel()
    }
    return {
      async next() {
        for (;;) {
          const { done, value } = await steps.next()
          if (done === true) {
            isOver = true
            return { done: true, value: undefined }
          }
          const bytes = bytesOf(value)
          if (bytes === undefined) {
            await cancel()
            throw notBytes(value)
          }
          if (bytes.byteLength > 0) return { done: false, value: bytes }
        }
      },
      async return() {
        await cancel()
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
    cancel: () => reader.cancel(),
  }
}

const ofIterable = (source: AsyncIterable<Uint8Array>): Steps => {
  const iterator = source[Symbol.asyncIterator]()
  return {
    next: () => iterator.next(),
    cancel: () => {
      // A Node stream; its own iterator would wait for the next chunk.
      if ('destroy' in source && typeof source.destroy === 'function') return source.destroy()
      return iterator.return?.()
    },
  }
}

const notBytes = (value: unknown): R2Error =>
  new R2Error('SourceFailed', `the stream yields a value of type ${typeof value} instead of bytes`, {
    field: 'body',
    hint: 'Encode text first, or set no encoding on the Node stream.',
  })
