import { clientError, type R2Error } from '../../errors/calls.js'
import { bytesOf } from './byte-views.js'
import { TextChunks } from './text-chunks.js'

/** A source of bytes as a step and a cancellation. */
interface Steps {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  cancel(): unknown
}

/** A stream or iterable of bytes, or of text. */
export type ByteStream = ReadableStream<Uint8Array | string> | AsyncIterable<Uint8Array | string>

/**
 * The chunks of a stream or iterable as bytes, without empty ones; text is encoded as UTF-8. It is not a generator: a generator that awaits its source can be
 * cancelled only after the source has yielded, while this cancels a source with a pending read immediately.
 */
export const chunksOf = (source: ByteStream): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const steps = 'getReader' in source ? ofWebStream(source) : ofIterable(source)
    let isOver = false
    let text: TextChunks | undefined
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
            if (text?.isComplete === false) throw notBytes('')
            return { done: true, value: undefined }
          }
          if (typeof value === 'string') text ??= new TextChunks()
          const bytes = text === undefined ? bytesOf(value) : text.encode(value)
          if (bytes === undefined) {
            await cancel()
            throw notBytes(text?.isComplete === false ? '' : value)
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
const ofWebStream = (stream: ReadableStream<unknown>): Steps => {
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

const ofIterable = (source: AsyncIterable<unknown>): Steps => {
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
  typeof value === 'string'
    ? clientError('SourceFailed', 'the stream yields text with a lone surrogate, which UTF-8 cannot encode', {
        field: 'body',
        hint: 'Check where the text was cut: a character outside the BMP has two units.',
      })
    : clientError('SourceFailed', `the stream yields a value of type ${typeof value} instead of bytes or text`, {
        field: 'body',
        hint: 'Encode objects first, for example as JSON.',
      })
