/** The bodies that are neither text nor bytes: streams, Blobs, files and sources that can be opened again. */

import { isDisturbed } from '#disturbed'
import { fileBody } from '#files'
import { typeNameOf } from '../../base/shown.js'
import { clientError, type R2Error } from '../../errors/calls.js'
import { integer } from '../../validation/numbers.js'
import { path } from '../../validation/path-field.js'
import { refuseInput } from '../../validation/refuse.js'
import type { RequestBody } from '../transport.js'
import { blobChunks } from './blob-chunks.js'
import { type ByteStream, chunksOf } from './chunks.js'
import { isHeld, released, suppressUnhandledError } from './holding.js'
import { notASource } from './not-a-source.js'
import { reading } from './reading.js'
import { checkedLength, empty, ofBytes } from './sized-body.js'
import { type ByteSource, byteSourceOf, isStream } from './source-kind.js'

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
      throw notASource(body, 'body', 'text, bytes, a Blob, a stream or { path }')
  }
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
    throw clientError(
      'InvalidInput',
      `contentLength is 0, but the body has at least ${chunk.byteLength} byte${chunk.byteLength === 1 ? '' : 's'}`,
      {
        field: 'contentLength',
        hint: 'Pass the exact length of the stream, or use r2.transfers.upload.',
      },
    )
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
  chunksOf(typeof blob.stream === 'function' ? blob.stream() : blobChunks(blob))

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
