import { isDisturbed } from '#disturbed'
import { fileBody } from '#files'
import { utf8Bytes } from '../../base/bytes.js'
import { noop } from '../../base/noop.js'
import { classNameOf, typeNameOf } from '../../base/shown.js'
import { clientError, type R2Error } from '../../errors/calls.js'
import { integer, path, refuseInput, text, unreadable } from '../../validation/index.js'
import type { RequestBody } from '../transport.js'
import { bytesOf } from './byte-views.js'
import { type ByteStream, chunksOf } from './chunks.js'

/**
 * A body to upload: text, bytes in any view, a Blob or File, a Web or Node stream, an iterable, or a file by its path (on platforms
 * with files). Streams of text are encoded as UTF-8. Streams need a `contentLength` in bytes, because R2 rejects a PUT without
 * one. Bytes in shared or resizable memory are copied.
 */
export type Body =
  | string
  | ArrayBufferView
  | ArrayBufferLike
  | Blob
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | { readonly path: string }
  | ReopenableBody

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

const empty: RequestBody = { kind: 'empty' }

/**
 * Distinguishes sources by their methods, and returns undefined for any other value. Text is not a source: callers decide what
 * a string means.
 *
 * @throws R2Error `InvalidInput` naming `field` where the source throws when it is inspected
 */
export const byteSourceOf = (source: unknown, field: string): ByteSource | undefined =>
  reading(field, () => kindOf(source))

/** Inspects a value of the caller's, which may have getters or be a Proxy. */
const reading = <T>(field: string, read: () => T): T => {
  try {
    return read()
  } catch (cause) {
    throw unreadable(cause, field, refuseInput)
  }
}

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

/** Makes the body of a request. Synchronous, unless a file has to be inspected. */
export const toRequestBody = (body: Body, contentLength?: number): RequestBody | Promise<RequestBody> => {
  if (typeof body === 'string') return ofBytes(utf8Bytes(text.read(body, 'body', refuseInput)), contentLength)
  const source = byteSourceOf(body, 'body')
  switch (source?.kind) {
    case 'bytes':
      return ofBytes(source.bytes, contentLength)
    case 'blob':
      return ofBlob(source.blob, contentLength)
    case 'stream':
      return ofStream(source.stream, contentLength)
    case 'reopenable':
      return ofReopenable(source, contentLength)
    case 'file':
      return fileBody(path.read(source.path, 'body.path', refuseInput)).then((file) =>
        checkedLength(file, contentLength),
      )
    case undefined:
      return rejectBody(body)
  }
}

/** The advice for values of other types is loaded by the first of them. */
const rejectBody = async (body: unknown): Promise<never> => {
  const { notASource } = await import('./not-a-source.js')
  throw notASource(body, 'body', 'text, bytes, a Blob, a stream or { path }')
}

const ofStream = (stream: ByteStream, contentLength: number | undefined): RequestBody | Promise<RequestBody> => {
  if (contentLength === undefined)
    throw clientError('LengthRequired', 'a stream needs a contentLength', { field: 'contentLength' })
  integer(0).read(contentLength, 'contentLength', refuseInput)
  requireUnread(stream, 'body')
  suppressUnhandledError(stream)
  if (contentLength === 0) return requireEmpty(stream)
  let isOpened = false
  return {
    kind: 'stream',
    contentLength,
    canOpen: () => !isOpened,
    open() {
      if (isOpened) throw alreadyRead('body')
      isOpened = true
      return claim(stream)
    },
  }
}

/**
 * Iterators that this library has read. Nothing else shows that they have ended: a generator that is read again yields no
 * chunks, and would be stored as an empty object.
 */
const readIterators = new WeakSet<object>()

/** Whether the source is its own iterator, which can be read once. */
const isOwnIterator = (source: object): boolean => 'next' in source && typeof source.next === 'function'

/** The chunks of a source, which counts as read from now on. */
export const claim = (stream: ByteStream): AsyncIterable<Uint8Array> => {
  if (isOwnIterator(stream)) readIterators.add(stream)
  heldStreams.delete(stream)
  return chunksOf(stream)
}

/**
 * Rejects a stream that was read, is being read, or has ended: its bytes would be missing from the object. Of generators, only
 * those that this library has read are recognised.
 *
 * @throws R2Error `InvalidInput` naming `field`, before anything is sent
 */
export const requireUnread = (stream: object, field: string): void => reading(field, () => checkUnread(stream, field))

const checkUnread = (stream: object, field: string): void => {
  if ('locked' in stream && stream.locked === true) {
    throw clientError('InvalidInput', `${field} is a stream that another reader has locked`, {
      field,
      hint: 'Pass a stream without a reader, or one of the two that its tee() returns.',
    })
  }
  const isOver = 'readable' in stream && stream.readable === false && !heldStreams.has(stream)
  if (isOver || readIterators.has(stream) || isDisturbed(stream)) throw alreadyRead(field)
}

const alreadyRead = (field: string): R2Error =>
  clientError('InvalidInput', `${field} is a stream that has already been read, at least in part`, {
    field,
    hint: 'Open a new stream for each call. Bytes, Blobs and { path } can be sent again.',
  })

/**
 * Keeps a Node stream that fails before the transport reads it (a missing file, while a connection is made) from ending the
 * process with an unhandled error. To be called before anything asynchronous. The reader still receives the error.
 */
export const suppressUnhandledError = (source: unknown): void => {
  try {
    if (typeof source === 'object' && source !== null && 'on' in source && typeof source.on === 'function')
      source.on('error', () => undefined)
  } catch {
    // A getter that throws: the error is reported where the source is inspected.
  }
}

/**
 * Keeps a Node stream from losing bytes before its reader begins: when a child process exits, Node discards output that nothing
 * reads, and an empty stream would be over. A listener for `readable` makes the stream keep both.
 *
 * @returns removes the listener
 */
export const holdUntilRead = (source: unknown): (() => void) => {
  try {
    if (!isNodeReadable(source) || source.readable !== true || isDisturbed(source)) return noop
    heldStreams.add(source)
    source.on('readable', noop)
    return () => {
      heldStreams.delete(source)
      source.removeListener('readable', noop)
    }
  } catch {
    // A getter that throws: the error is reported where the source is inspected.
    return noop
  }
}

/** Streams that were unread when a call took them. One that is empty may have ended since. */
const heldStreams = new WeakSet<object>()

interface NodeReadable {
  readonly readable?: unknown
  on(event: 'readable', listener: () => void): unknown
  removeListener(event: 'readable', listener: () => void): unknown
}

const isNodeReadable = (source: unknown): source is NodeReadable =>
  typeof source === 'object' &&
  source !== null &&
  'readable' in source &&
  'on' in source &&
  typeof source.on === 'function' &&
  'removeListener' in source &&
  typeof source.removeListener === 'function' &&
  Symbol.asyncIterator in source

/** Reads a stream that is declared empty, whose bytes would be lost silently. */
const requireEmpty = async (stream: ByteStream): Promise<RequestBody> => {
  for await (const chunk of claim(stream)) {
    throw clientError('InvalidInput', `the body has at least ${chunk.byteLength} bytes, but contentLength is 0`, {
      field: 'contentLength',
      hint: 'Pass the exact length of the stream, or use r2.transfers.upload.',
    })
  }
  return empty
}

const ofBytes = (bytes: Uint8Array, contentLength: number | undefined): RequestBody =>
  checkedLength(bytes.byteLength === 0 ? empty : { kind: 'bytes', bytes }, contentLength)

const always = (): boolean => true

const ofBlob = (blob: Blob, contentLength: number | undefined): RequestBody =>
  checkedLength(
    blob.size === 0
      ? empty
      : { kind: 'stream', contentLength: blob.size, canOpen: always, blob, open: () => chunksOfBlob(blob) },
    contentLength,
  )

/** By its shape: a Blob of another realm, of a polyfill or of jsdom is not an instance of this realm's class. */
const isBlob = (source: object): source is Blob =>
  'size' in source &&
  typeof source.size === 'number' &&
  'slice' in source &&
  typeof source.slice === 'function' &&
  ('stream' in source || 'arrayBuffer' in source || /^(Blob|File)$/.test(classNameOf(source)))

/** The bytes of a Blob. */
export const chunksOfBlob = (blob: Blob): AsyncIterable<Uint8Array> =>
  chunksOf(typeof blob.stream === 'function' ? blob.stream() : lazyBlobChunks(blob))

async function* lazyBlobChunks(blob: Blob): AsyncGenerator<Uint8Array> {
  yield* (await import('./blob-chunks.js')).blobChunks(blob)
}

/** The media type of a Blob or File, which becomes that of the object; undefined for other bodies, and where there is none. */
export const mediaTypeOf = (body: unknown, field = 'body'): string | undefined => {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return undefined
  // Polyfills do not check the type.
  return reading(field, () => (isBlob(body) && /^[\x21-\x7e][\x20-\x7e]*$/.test(body.type) ? body.type : undefined))
}

/** Whether a value is a Web stream or an async iterable. */
export const isStream = (body: object): body is ByteStream =>
  (Symbol.asyncIterator in body && typeof body[Symbol.asyncIterator] === 'function') ||
  ('getReader' in body && typeof body.getReader === 'function')

type Reopenable = Extract<ByteSource, { readonly kind: 'reopenable' }>

const ofReopenable = (body: Reopenable, contentLength: number | undefined): RequestBody => {
  const size = integer(0).read(body.size, 'body.size', refuseInput)
  return checkedLength(
    size === 0
      ? empty
      : { kind: 'stream', contentLength: size, canOpen: always, open: () => chunksOf(reopen(body, 'body')) },
    contentLength,
  )
}

/**
 * Opens a source again.
 *
 * @param code `SourceFailed` where bytes may have been sent, `InvalidInput` before
 * @throws R2Error where `open` fails, or does not return an unread stream
 */
export const reopen = (
  source: Reopenable,
  field: string,
  code: 'SourceFailed' | 'InvalidInput' = 'SourceFailed',
): ByteStream => {
  const hint = 'Return a new stream from each call of open().'
  const failed = (problem: string, cause?: unknown) => clientError(code, problem, { field, hint, cause })
  let stream: unknown
  try {
    stream = source.open()
  } catch (cause) {
    throw failed(`${field}.open() failed: ${cause instanceof Error ? cause.message : cause}`, cause)
  }
  if (typeof stream !== 'object' || stream === null || !isStream(stream)) {
    throw failed(`${field}.open() must return a stream or an async iterable, but it returns ${typeNameOf(stream)}`)
  }
  try {
    requireUnread(stream, `the value that ${field}.open() returns`)
  } catch (cause) {
    throw failed((cause as Error).message, cause)
  }
  return stream
}

/** A `contentLength` beside a body of known length must be that length. */
const checkedLength = (body: RequestBody, contentLength: number | undefined): RequestBody => {
  const actual = body.kind === 'empty' ? 0 : body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  if (contentLength !== undefined && contentLength !== actual) {
    throw clientError(
      'InvalidInput',
      `contentLength is ${contentLength}, but the body has ${actual} byte${actual === 1 ? '' : 's'}`,
      {
        field: 'contentLength',
        hint: 'Leave out contentLength: the length of this body is known.',
      },
    )
  }
  return body
}
