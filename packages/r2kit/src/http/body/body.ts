/** The bodies that are neither text nor bytes: streams, Blobs, files and sources that can be opened again. */

import { isDisturbed } from '#disturbed'
import { fileBody } from '#files'
import { typeNameOf } from '../../base/shown.js'
import { clientError, type R2Error } from '../../errors/calls.js'
import { integer, refuseInput } from '../../validation/index.js'
import { path } from '../../validation/path-field.js'
import type { RequestBody } from '../transport.js'
import { isBlob, reading } from './blob.js'
import { bytesOf } from './byte-views.js'
import { type ByteStream, chunksOf } from './chunks.js'
import { isHeld, released, suppressUnhandledError } from './holding.js'
import { checkedLength, empty, ofBytes } from './sized-body.js'

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

/** Makes the body of a request from anything but text: `toRequestBody` does the same with this code loaded on demand. */
export const sourceBody = (body: unknown, contentLength?: number): RequestBody | Promise<RequestBody> => {
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
  released(stream)
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
  const isOver = 'readable' in stream && stream.readable === false && !isHeld(stream)
  if (isOver || readIterators.has(stream) || isDisturbed(stream)) throw alreadyRead(field)
}

const alreadyRead = (field: string): R2Error =>
  clientError('InvalidInput', `${field} is a stream that has already been read, at least in part`, {
    field,
    hint: 'Open a new stream for each call. Bytes, Blobs and { path } can be sent again.',
  })

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

const always = (): boolean => true

const ofBlob = (blob: Blob, contentLength: number | undefined): RequestBody =>
  checkedLength(
    blob.size === 0
      ? empty
      : {
          kind: 'stream',
          contentLength: blob.size,
          canOpen: always,
          source: 'stored',
          blob,
          open: () => chunksOfBlob(blob),
        },
    contentLength,
  )

/** The bytes of a Blob. */
export const chunksOfBlob = (blob: Blob): AsyncIterable<Uint8Array> =>
  chunksOf(typeof blob.stream === 'function' ? blob.stream() : lazyBlobChunks(blob))

async function* lazyBlobChunks(blob: Blob): AsyncGenerator<Uint8Array> {
  yield* (await import('./blob-chunks.js')).blobChunks(blob)
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
      : {
          kind: 'stream',
          contentLength: size,
          canOpen: always,
          source: 'reopenable',
          open: () => chunksOf(reopen(body, 'body')),
        },
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
