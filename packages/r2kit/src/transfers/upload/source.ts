/**
 * The source of an upload. A sliced source can be read at any position, in parallel and repeatedly. A sequential one is read
 * once, in order, into buffers that hold the bytes until they have arrived.
 */

import { openFileSource } from '#transfer-files'
import type { Clock } from '../../base/clock.js'
import { visitChunks } from '../../client/visit-chunks.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { notASource } from '../../http/body/not-a-source.js'
import { byteSourceOf, chunksOfBlob, claim, reopen, requireUnread } from '../../http/sources.js'
import { integer, refuseInput } from '../../validation/index.js'
import { path } from '../../validation/path-field.js'
import type { UploadSource } from './options.js'

export interface SlicedSource {
  readonly kind: 'sliced'
  /** Length in bytes. */
  readonly size: number
  /** Identifies the source in the ID of its journal: the path of a file, empty for bytes in memory. */
  readonly name: string
  /** Identifies this state of the source, as far as that is possible without reading it. */
  readonly fingerprint: Readonly<Record<string, string>>
  /** Memory in bytes that one slice takes while it is read. */
  readonly bytesPerSlice: number
  /** All bytes, where they are in memory. */
  readonly bytes: Uint8Array | undefined
  slice(offset: number, length: number): AsyncIterable<Uint8Array>
  /**
   * Reads bytes without sending them. A chunk is valid only until `visit` returns.
   *
   * @throws R2Error `Aborted` when the signal aborts; `SourceChanged` for a source that ends earlier
   */
  scan(offset: number, length: number, visit: (chunk: Uint8Array) => void, signal: AbortSignal): Promise<void>
  /** @throws R2Error `SourceChanged` when the source has changed since it was opened */
  requireUnchanged(): Promise<void>
  close(): Promise<void>
}

export interface SequentialSource {
  readonly kind: 'sequential'
  /** Length in bytes, where it is known. */
  readonly size: number | undefined
  /** Whether another upload of the same source begins at its first byte again. */
  readonly canOpenAgain: boolean
  readonly chunks: AsyncIterator<Uint8Array>
  /** Cancels the source unless it has ended. Does not wait for it. */
  close(): Promise<void>
}

/** Chunk size for bytes in memory, so that hashing, sending and progress callbacks alternate. */
const chunkBytes = 512 * 1024

/**
 * Takes possession of the source without reading it. The caller must close it, whatever the outcome of the upload.
 *
 * @throws R2Error `InvalidInput` for a value that is no source, and for a stream that was read before or has another reader
 */
export const openSource = async (
  source: UploadSource,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<SlicedSource | SequentialSource> => {
  const found = byteSourceOf(source, 'source')
  switch (found?.kind) {
    case 'bytes':
      return bytesSource(found.bytes)
    case 'blob':
      return blobSource(found.blob)
    case 'stream':
      return sequentialSource(() => found.stream, undefined, false)
    case 'reopenable': {
      const size = integer(0).read(found.size, 'source.size', refuseInput)
      return sequentialSource(() => reopen(found, 'source', 'InvalidInput'), size, true)
    }
    case 'file':
      return openFileSource(path.read(found.path, 'source.path', refuseInput), clock)
    case undefined:
      throw notASource(source, 'source', 'bytes, a Blob, a stream or { path }')
  }
}

const sequentialSource = (
  open: () => Parameters<typeof claim>[0],
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

const begin = (open: () => Parameters<typeof claim>[0]): AsyncIterator<Uint8Array> => {
  try {
    const stream = open()
    requireUnread(stream, 'source')
    return claim(stream)[Symbol.asyncIterator]()
  } catch (cause) {
    if (isR2Error(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : cause
    throw new R2Error('InvalidInput', `the source cannot be read: ${reason}`, {
      field: 'source',
      hint: 'Pass a stream that nothing else reads, or an object whose open() returns a new stream for each call.',
      cause,
    })
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
  async scan(offset, length, visit) {
    visit(bytes.subarray(offset, offset + length))
  },
})

const blobSource = (blob: Blob): SlicedSource => ({
  ...inMemory,
  size: blob.size,
  fingerprint: { size: String(blob.size), type: blob.type },
  bytesPerSlice: 2 * chunkBytes,
  bytes: undefined,
  slice: (offset, length) => chunksOfBlob(blob.slice(offset, offset + length)),
  scan: (offset, length, visit, signal) =>
    visitChunks(chunksOfBlob(blob.slice(offset, offset + length)), visit, signal),
})
