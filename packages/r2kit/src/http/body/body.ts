import { isDisturbed } from '#disturbed'
import { fileBody } from '#files'
import { utf8Bytes } from '../../base/bytes.js'
import { noop } from '../../base/noop.js'
import { typeNameOf } from '../../base/shown.js'
import { R2Error } from '../../errors/index.js'
import { integer, path, refuseInput, text, unreadable } from '../../validation/index.js'
import type { RequestBody } from '../transport.js'
import { bytesOf, chunksOf } from './chunks.js'

/**
 * What can be sent: text, bytes, a Blob, a Web or Node stream, anything that yields bytes, or a file by its path (where the
 * platform has files). Streams need a `contentLength`, since R2 refuses a PUT without one.
 */
export type Body =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | { readonly path: string }
  | ReopenableBody

/** A source that can be read from its start again, so that a request may be repeated: a slice of a file, a generator function. */
export interface ReopenableBody {
  /** Exact length in bytes. */
  readonly size: number
  /** A stream or iterable that starts at the first byte; a new one for each call. */
  open(): AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>
}

type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>

/** What a source turns out to be, whatever its realm. */
export type ByteSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'stream'; readonly stream: ByteStream }
  | { readonly kind: 'reopenable'; readonly size: unknown; open(): unknown }
  | { readonly kind: 'file'; readonly path: unknown }

const empty: RequestBody = { kind: 'empty' }

/**
 * Tells sources apart by what they can do; undefined for what is none. Text is not among them: callers decide what a string
 * means.
 *
 * @throws R2Error `InvalidInput` naming `field` where the source cannot be looked at
 */
export const byteSourceOf = (source: unknown, field: string): ByteSource | undefined =>
  reading(field, () => kindOf(source))

/** Reads what a caller passed, which may have getters or be a Proxy. */
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

/** Turns what the caller gave into what a transport sends. Synchronous unless a file has to be looked at. */
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

/** Loads the advice for values that are no source by the first one. */
const rejectBody = async (body: unknown): Promise<never> => {
  const { notASource } = await import('./not-a-source.js')
  throw notASource(body, 'body', 'text, bytes, a Blob, a stream or { path }')
}

const ofStream = (stream: ByteStream, contentLength: number | undefined): RequestBody | Promise<RequestBody> => {
  if (contentLength === undefined)
    throw new R2Error('LengthRequired', 'a stream needs a contentLength', { field: 'contentLength' })
  integer(0).read(contentLength, 'contentLength', refuseInput)
  requireUnread(stream, 'body')
  suppressUnhandledError(stream)
  if (contentLength === 0) return nothingIn(stream)
  let isOpened = false
  return {
    kind: 'stream',
    contentLength,
    canOpen: () => !isOpened,
    open() {
      if (isOpened) throw spent('body')
      isOpened = true
      return claimed(stream)
    },
  }
}

/**
 * Iterators that this library has read, of which nothing else tells that they are at their end: a generator that is
 * read again yields nothing, and would be stored as an empty object.
 */
const readIterators = new WeakSet<object>()

/** Whether the source is its own iterator, so that it can be read once. */
const isOwnIterator = (source: object): boolean => 'next' in source && typeof source.next === 'function'

/** The chunks of a source that no one else is to read from now on. */
export const claimed = (stream: ByteStream): AsyncIterable<Uint8Array> => {
  if (isOwnIterator(stream)) readIterators.add(stream)
  heldStreams.delete(stream)
  return chunksOf(stream)
}

/**
 * Refuses a stream that was read, is being read, or is over: its bytes would be missing from what is stored. A generator
 * tells nothing about itself; one that this library has read before is recognised.
 *
 * @throws R2Error `InvalidInput` naming `field`; nothing has been sent then
 */
export const requireUnread = (stream: object, field: string): void => reading(field, () => checkUnread(stream, field))

const checkUnread = (stream: object, field: string): void => {
  if ('locked' in stream && stream.locked === true) {
    throw new R2Error('InvalidInput', `${field} is a stream that another reader has locked`, {
      field,
      hint: 'Pass a stream without a reader, or one of the two that its tee() returns.',
    })
  }
  const isOver = 'readable' in stream && stream.readable === false && !heldStreams.has(stream)
  if (isOver || readIterators.has(stream) || isDisturbed(stream)) throw spent(field)
}

const spent = (field: string): R2Error =>
  new R2Error('InvalidInput', `${field} is a stream that has been read already, in part or to its end`, {
    field,
    hint: 'Open a new stream for each call. Bytes, Blobs and { path } can be sent again.',
  })

/**
 * A Node stream that fails before the transport reads it (a missing file, while a connection is made) would end the process
 * as an unhandled error, so this comes before anything that waits. The reader still receives the error.
 */
export const suppressUnhandledError = (source: unknown): void => {
  try {
    if (typeof source === 'object' && source !== null && 'on' in source && typeof source.on === 'function')
      source.on('error', () => undefined)
  } catch {
    // A getter that throws: the error is reported where the source is looked at.
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
    // A getter that throws: the error is reported where the source is looked at.
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

/** A stream that is declared empty is read to see that it is: its bytes would be lost silently. */
const nothingIn = async (stream: ByteStream): Promise<RequestBody> => {
  for await (const chunk of claimed(stream)) {
    throw new R2Error('InvalidInput', `the body has at least ${chunk.byteLength} bytes, but contentLength is 0`, {
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
      : { kind: 'stream', contentLength: blob.size, canOpen: always, open: () => chunksOf(blob.stream()) },
    contentLength,
  )

/** By what it can do: a Blob of another implementation is no instance of this realm's. */
const isBlob = (source: object): source is Blob =>
  source instanceof Blob ||
  ('arrayBuffer' in source &&
    'stream' in source &&
    typeof source.stream === 'function' &&
    'slice' in source &&
    'size' in source &&
    typeof source.size === 'number')

export const isStream = (body: object): body is ByteStream =>
  (Symbol.asyncIterator in body && typeof body[Symbol.asyncIterator] === 'function') ||
  ('getReader' in body && typeof body.getReader === 'function')

type Reopenable = Extract<ByteSource, { readonly kind: 'reopenable' }>

const ofReopenable = (body: Reopenable, contentLength: number | undefined): RequestBody => {
  const size = integer(0).read(body.size, 'body.size', refuseInput)
  return checkedLength(
    size === 0
      ? empty
      : { kind: 'stream', contentLength: size, canOpen: always, open: () => chunksOf(openedAnew(body, 'body')) },
    contentLength,
  )
}

/**
 * @param code `SourceFailed` where bytes may have been sent, `InvalidInput` before
 * @throws R2Error where `open` fails, or returns no stream or one that was read
 */
export const openedAnew = (
  source: Reopenable,
  field: string,
  code: 'SourceFailed' | 'InvalidInput' = 'SourceFailed',
): ByteStream => {
  const hint = 'Return a new stream from each call of open().'
  const failed = (problem: string, cause?: unknown) => new R2Error(code, problem, { field, hint, cause })
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
    requireUnread(stream, `what ${field}.open() returns`)
  } catch (cause) {
    throw failed((cause as Error).message, cause)
  }
  return stream
}

/** A length that the caller gives beside a body of known length has to agree with it. */
const checkedLength = (body: RequestBody, contentLength: number | undefined): RequestBody => {
  const actual = body.kind === 'empty' ? 0 : body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  if (contentLength !== undefined && contentLength !== actual) {
    throw new R2Error(
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
