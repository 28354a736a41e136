import { isDisturbed } from '#disturbed'
import { fileBody } from '#files'
import { utf8Bytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import type { RequestBody } from '../message.js'
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
  | { readonly kind: 'reopenable'; readonly source: ReopenableBody }
  | { readonly kind: 'file'; readonly path: string }

const empty: RequestBody = { kind: 'empty' }

/** Tells sources apart by what they can do; undefined for what is none. Text is not among them: callers decide what a string means. */
export const byteSourceOf = (source: unknown): ByteSource | undefined => {
  const bytes = bytesOf(source)
  if (bytes !== undefined) return { kind: 'bytes', bytes }
  if (typeof source !== 'object' || source === null) return undefined
  if (isBlob(source)) return { kind: 'blob', blob: source }
  // Streams first: Node's file streams have a path and an open() too.
  if (isStream(source)) return { kind: 'stream', stream: source }
  if ('open' in source && typeof source.open === 'function')
    return { kind: 'reopenable', source: source as ReopenableBody }
  if ('path' in source && typeof source.path === 'string') return { kind: 'file', path: source.path }
  return undefined
}

/** Turns what the caller gave into what a transport sends. Synchronous unless a file has to be looked at. */
export const toRequestBody = (body: Body, contentLength?: number): RequestBody | Promise<RequestBody> => {
  if (typeof body === 'string') return ofBytes(utf8Bytes(body), contentLength)
  const source = byteSourceOf(body)
  switch (source?.kind) {
    case 'bytes':
      return ofBytes(source.bytes, contentLength)
    case 'blob':
      return ofBlob(source.blob, contentLength)
    case 'stream':
      return ofStream(source.stream, contentLength)
    case 'reopenable':
      return ofReopenable(source.source, contentLength)
    case 'file':
      return fileBody(source.path).then((file) => checkedLength(file, contentLength))
    case undefined:
      throw notABody(body)
  }
}

const ofStream = (stream: ByteStream, contentLength: number | undefined): RequestBody | Promise<RequestBody> => {
  if (contentLength === undefined)
    throw new R2Error('LengthRequired', 'a stream needs a contentLength', { field: 'contentLength' })
  checkLength(contentLength, 'contentLength')
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
  return chunksOf(stream)
}

/**
 * Refuses a stream that was read, is being read, or is over: its bytes would be missing from what is stored. A generator
 * tells nothing about itself; one that this library has read before is recognised.
 *
 * @throws R2Error `InvalidInput` naming `field`; nothing has been sent then
 */
export const requireUnread = (stream: object, field: string): void => {
  if ('locked' in stream && stream.locked === true) {
    throw new R2Error('InvalidInput', `${field} is a stream that another reader has locked`, {
      field,
      hint: 'Pass a stream without a reader, or one of the two that its tee() returns.',
    })
  }
  const isOver = 'readable' in stream && stream.readable === false
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
  if (typeof source === 'object' && source !== null && 'on' in source && typeof source.on === 'function')
    source.on('error', () => undefined)
}

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

export const isStream = (body: object): body is ByteStream => Symbol.asyncIterator in body || 'getReader' in body

const ofReopenable = (body: ReopenableBody, contentLength: number | undefined): RequestBody => {
  const { size } = body
  checkLength(size, 'body.size')
  return checkedLength(
    size === 0
      ? empty
      : { kind: 'stream', contentLength: size, canOpen: always, open: () => chunksOf(openedAnew(body, 'body')) },
    contentLength,
  )
}

/** @throws R2Error `SourceFailed` where `open` returns the stream that it has returned before: bytes may have been sent */
const openedAnew = (source: ReopenableBody, field: string): ByteStream => {
  const stream = source.open()
  try {
    requireUnread(stream, `what ${field}.open() returns`)
  } catch (cause) {
    throw new R2Error('SourceFailed', (cause as Error).message, {
      field,
      hint: 'Return a new stream from each call of open().',
      cause,
    })
  }
  return stream
}

const checkLength = (length: unknown, field: string): void => {
  if (Number.isSafeInteger(length) && (length as number) >= 0) return
  throw new R2Error('InvalidInput', `${field} must be a whole number from 0, but it is ${JSON.stringify(length)}`, {
    field,
    hint: 'Pass the length in bytes, as a number.',
  })
}

/** A length that the caller gives beside a body of known length has to agree with it. */
const checkedLength = (body: RequestBody, contentLength: number | undefined): RequestBody => {
  const actual = body.kind === 'empty' ? 0 : body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  if (contentLength !== undefined && contentLength !== actual) {
    throw new R2Error('InvalidInput', `contentLength is ${contentLength}, but the body has ${actual} bytes`, {
      field: 'contentLength',
      hint: 'Leave out contentLength: the length of this body is known.',
    })
  }
  return body
}

const notABody = (body: unknown): R2Error => {
  const isResponse = typeof body === 'object' && body !== null && 'body' in body
  return new R2Error(
    'InvalidInput',
    `body must be text, bytes, a Blob, a stream or { path }, but it is ${kindOf(body)}`,
    {
      field: 'body',
      hint: isResponse ? 'Pass the body of the Response or Request.' : 'Encode an object first, for example as JSON.',
    },
  )
}

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`
}

/** The error for a body that is not as long as was declared, which shows only while it is sent. */
export const wrongLength = (sent: number, contentLength: number): R2Error =>
  new R2Error(
    'SourceFailed',
    `the body has ${sent < contentLength ? `only ${sent} of` : 'more than'} its ${contentLength} declared bytes`,
    {
      field: 'contentLength',
      hint: 'Pass the exact length of the stream, or use r2.transfers.upload.',
    },
  )
