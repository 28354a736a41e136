/**
 * What an upload reads. A sliced source can be read anywhere, in parallel and again; a sequential one once, in order, into
 * buffers that hold it until it has arrived.
 */
import { openFileSource } from '#transfer-files'
import { utf8Bytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import { chunksOf } from '../../http/index.js'
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
  chunks(): AsyncIterator<Uint8Array>
}

/** Yields of bytes in memory, so that hashing, sending and telling of progress take turns. */
const chunkBytes = 512 * 1024

export const openSource = async (
  source: UploadSource,
  contentLength?: number,
): Promise<SlicedSource | SequentialSource> => {
  const opened = await opener(source, contentLength)
  if (contentLength !== undefined && contentLength !== opened.size) {
    if (opened.kind === 'sliced') await opened.close()
    throw new R2Error('InvalidInput', `contentLength is ${contentLength}, but the source has ${opened.size} bytes`, {
      field: 'contentLength',
    })
  }
  return opened
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
  if ('open' in source && 'size' in source)
    return { kind: 'sequential', size: source.size, chunks: () => iterator(source.open()) }
  if (isStream(source)) return { kind: 'sequential', size: contentLength, chunks: () => iterator(source) }
  if ('path' in source && typeof source.path === 'string') return openFileSource(source.path)
  throw notASource(source)
}

const isStream = (source: object): source is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> =>
  Symbol.asyncIterator in source || 'getReader' in source

const iterator = (stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>) =>
  chunksOf(stream)[Symbol.asyncIterator]()

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

const notASource = (source: unknown): R2Error =>
  new R2Error(
    'InvalidInput',
    `the source is ${source === null ? 'null' : typeof source}; it must be bytes, text, a Blob, a stream or { path }`,
    { field: 'source' },
  )
