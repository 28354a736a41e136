/**
 * What an upload reads. A sliced source can be read anywhere, in parallel and again; a sequential one once, in order, into
 * buffers that hold it until it has arrived.
 */
import { openFileSource } from '#transfer-files'
import { isR2Error, R2Error } from '../../errors/index.js'
import { byteSourceOf, chunksOf, claimed, notASource, openedAnew, requireUnread } from '../../http/index.js'
import { integer, path, refuseInput } from '../../validation/index.js'
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
  /** Whether another upload of the same source starts at its first byte again. */
  readonly canOpenAgain: boolean
  readonly chunks: AsyncIterator<Uint8Array>
  /** Cancels the source, unless it has been read to its end. Does not wait for it. */
  close(): Promise<void>
}

/** Chunk of bytes in memory, so that hashing, sending and progress take turns. */
const chunkBytes = 512 * 1024

/**
 * Takes possession of the source; nothing is read yet. Whatever becomes of the upload, it is to be closed.
 *
 * @throws R2Error `InvalidInput` for a value that is no source, and for a stream that was read before or has another reader
 */
export const openSource = async (source: UploadSource): Promise<SlicedSource | SequentialSource> => {
  const found = byteSourceOf(source, 'source')
  switch (found?.kind) {
    case 'bytes':
      return bytesSource(found.bytes)
    case 'blob':
      return ofBlob(found.blob)
    case 'stream':
      return sequential(() => found.stream, undefined, false)
    case 'reopenable': {
      const size = integer(0).read(found.size, 'source.size', refuseInput)
      return sequential(() => openedAnew(found, 'source', 'InvalidInput'), size, true)
    }
    case 'file':
      return openFileSource(path.read(found.path, 'source.path', refuseInput))
    case undefined:
      throw notASource(source, 'source', 'bytes, a Blob, a stream or { path }')
  }
}

const sequential = (
  open: () => ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number | undefined,
  canOpenAgain: boolean,
): SequentialSource => {
  const chunks = begin(open)
  return {
    kind: 'sequential',
    size,
    canOpenAgain,
    chunks,
    async close() {
      chunks.return?.().catch(() => {
        // The upload has its outcome; a source that fails to close does not change it.
      })
    },
  }
}

const begin = (open: () => ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> => {
  try {
    const stream = open()
    requireUnread(stream, 'source')
    return claimed(stream)[Symbol.asyncIterator]()
  } catch (cause) {
    if (isR2Error(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : cause
    throw new R2Error('InvalidInput', `the source cannot be read: ${reason}`, { field: 'source', cause })
  }
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
