/** Distinguishes the sources of bytes. Nothing is read. */
import { isBlob } from './blob.js'
import { bytesOf } from './byte-views.js'
import type { ByteStream } from './chunks.js'
import { reading } from './reading.js'

/** A source that can be read again from its start, so that a request can be retried: a slice of a file, a generator function. */
export interface ReopenableBody {
  /** Exact length in bytes. */
  readonly size: number
  /** A stream or iterable that starts at the first byte; a new one for each call. */
  open(): AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array | string>
}

/** The kinds of sources, of any realm. */
export type ByteSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'stream'; readonly stream: ByteStream }
  | { readonly kind: 'reopenable'; readonly size: unknown; open(): unknown }
  | { readonly kind: 'file'; readonly path: unknown }

/**
 * Distinguishes sources by their methods, and returns undefined for any other value. Text is not a source: callers decide what
 * a string means.
 *
 * @throws R2Error `InvalidInput` naming `field` where the source throws when it is inspected
 */
export const byteSourceOf = (source: unknown, field: string): ByteSource | undefined =>
  reading(field, () => kindOf(source))

const kindOf = (source: unknown): ByteSource | undefined => {
  const bytes = bytesOf(source)
  if (bytes !== undefined) return { kind: 'bytes', bytes }
  if (typeof source !== 'object' || source === null) return undefined
  if (isBlob(source)) return { kind: 'blob', blob: source }
  // Streams first: Node's file streams have a path and an open() too.
  if (isStream(source)) return { kind: 'stream', stream: source }
  const { open, size } = source as Partial<ReopenableBody>
  if (typeof open === 'function') return { kind: 'reopenable', size, open: () => open.call(source) }
  if ('path' in source) return { kind: 'file', path: source.path }
  return undefined
}

/** Whether a value is a Web stream or an async iterable. */
export const isStream = (body: object): body is ByteStream =>
  (Symbol.asyncIterator in body && typeof body[Symbol.asyncIterator] === 'function') ||
  ('getReader' in body && typeof body.getReader === 'function')
