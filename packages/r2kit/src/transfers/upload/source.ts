/**
 * What an upload reads. A sliced source can be read anywhere, in parallel and again; a sequential one once, in order, into
 * buffers that hold it until it has arrived.
 */
import { openFileSource } from '#transfer-files'
import { utf8Bytes } from '../../base/bytes.js'
import { isR2Error, R2Error, type R2ErrorContext } from '../../errors/index.js'
import { chunksOf, isStream } from '../../http/index.js'
import type { UploadSource } from './options.js'

export interface SlicedSource {
  readonly kind: 'sliced'
  readonly size: number
  /** Tells this source from others, for the name of its journal: a file's path. */
  readonly name: string
  /** Tells this state of the source from later ones, as far as it can be told without reading. */
  readonly fingerprint: Readonly<Record<string, string>>
  /** Memory that one slice takes while it is read. */
  readonly bytesPerSlice: number
  /** `undefined` bytes where the source is not in memory. */
  readonly bytes: Uint8Array | undefined
  slice(offset: number, length: number): AsyncIterable<Uint8Array>
  /** @throws R2Error `SourceChanged` when it is not what it was when it was opened */
  requireUnchanged(): Promise<void>
  close(): Promise<void>
}

export interface SequentialSource {
  readonly kind: 'sequential'
  readonly size: number | undefined
  readonly chunks: AsyncIterator<Uint8Array>
  /** Dismisses the source, unless it has been read to its end. One that does not answer is not waited for. */
  close(): Promise<void>
}

/** Yields of bytes in memory, so that hashing, sending and telling of progress take turns. */
const chunkBytes = 512 * 1024

/**
 * Takes possession of the source; nothing is read yet. Whatever becomes of the upload, it is to be closed.
 *
 * @throws R2Error `InvalidInput` for what is no source, and for a stream that is over or that somebody else reads
 */
export const openSource = async (
  source: UploadSource,
  contentLength?: number,
): Promise<SlicedSource | SequentialSource> => {
  const opened = await opener(source, contentLength)
  try {
    requireLength(opened.size, 'source.size')
    requireLength(contentLength, 'contentLength')
    if (contentLength !== undefined && contentLength !== opened.size) {
      throw invalid(`contentLength is ${contentLength}, but the source has ${opened.size} bytes`, {
        field: 'contentLength',
      })
    }
    return opened
  } catch (error) {
    await opened.close()
    throw error
  }
}

const opener = (
  source: UploadSource,
  contentLength: number | undefined,
): Promise<SlicedSource> | SlicedSource | SequentialSource => {
  if (typeof source === 'string') return bytesSource(utf8Bytes(source))
  if (source instanceof Uint8Array) return bytesSource(source)
  if (source instanceof ArrayBuffer) return bytesSource(new Uint8Array(source))
  if (typeof source !== 'object' || source === null) throw notASource(source)
  if (source instanceof Blob) return ofBlob(source)
  // Streams first: Node's file streams have a path and an open() too.
  if (isStream(source)) return sequential(() => source, contentLength)
  if ('open' in source && typeof source.open === 'function') return sequential(() => source.open(), source.size)
  if ('path' in source && typeof source.path === 'string') return openFileSource(source.path)
  throw notASource(source)
}

const sequential = (
  open: () => ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number | undefined,
): SequentialSource => {
  const chunks = begin(open)
  return {
    kind: 'sequential',
    size,
    chunks,
    async close() {
      chunks.return?.().catch(() => {
        // The upload has its outcome; how the source takes its dismissal changes nothing.
      })
    },
  }
}

const begin = (open: () => ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> => {
  try {
    const stream = open()
    requireReadable(stream)
    return chunksOf(stream)[Symbol.asyncIterator]()
  } catch (cause) {
    if (isR2Error(cause)) throw cause
    throw invalid(`the source cannot be read: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** A stream that is over would be taken for an empty one, and its bytes, which somebody else has read, be lost without a word. */
const requireReadable = (stream: object): void => {
  if ('locked' in stream && stream.locked === true) {
    throw invalid('the source is a stream that is being read by somebody else: it is locked', {
      hint: 'Pass a stream that nobody reads yet, or one of the two that its tee() gives.',
    })
  }
  if ('readable' in stream && stream.readable === false) {
    throw invalid('the source is a stream that is over: it was read to its end, destroyed, or failed', {
      hint: 'Open a new stream for each upload.',
    })
  }
}

const requireLength = (length: number | undefined, field: string): void => {
  if (length === undefined || (Number.isSafeInteger(length) && length >= 0)) return
  throw invalid(`${field} is ${length}; it must be a whole number from 0`, { field })
}

const inMemory = {
  kind: 'sliced',
  name: '',
  requireUnchanged: () => Promise.resolve(),
  close: () => Promise.resolve(),
} as const

/** Bytes in memory as a source. */
export const bytesSource = (bytes: Uint8Array): SlicedSource => ({
  ...inMemory,
  size: bytes.byteLength,
  fingerprint: { size: String(bytes.byteLength) },
  bytesPerSlice: 0,
  bytes,
  async *slice(offset, length) {
    for (let at = offset; at < offset + length; at += chunkBytes) {
      yield bytes.subarray(at, Math.min(at + chunkBytes, offset + length))
    }
  },
})

const ofBlob = (blob: Blob): SlicedSource => ({
  ...inMemory,
  size: blob.size,
  fingerprint: { size: String(blob.size), type: blob.type },
  bytesPerSlice: 2 * chunkBytes,
  bytes: undefined,
  slice: (offset, length) => chunksOf(blob.slice(offset, offset + length).stream()),
})

const invalid = (message: string, context: R2ErrorContext = {}): R2Error =>
  new R2Error('InvalidInput', message, { field: 'source', ...context })

const notASource = (source: unknown): R2Error =>
  invalid(
    `the source is ${source === null ? 'null' : typeof source}; it must be bytes, text, a Blob, a stream or { path }`,
  )
