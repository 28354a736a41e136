import { fileBody } from '#files'
import { utf8Bytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import type { RequestBody } from '../message.js'
import { chunksOf } from './chunks.js'

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

/** A source that can be read from its start again, so that a request may be repeated: a slice of a file, a generator. */
export interface ReopenableBody {
  /** Exact length in bytes. */
  readonly size: number
  open(): AsyncIterable<Uint8Array>
}

const empty: RequestBody = { kind: 'empty' }

/** Turns what the caller gave into what a transport sends. Synchronous unless a file has to be looked at. */
export const toRequestBody = (body: Body, contentLength?: number): RequestBody | Promise<RequestBody> => {
  if (typeof body === 'string') return ofBytes(utf8Bytes(body), contentLength)
  if (body instanceof Uint8Array) return ofBytes(body, contentLength)
  if (body instanceof ArrayBuffer) return ofBytes(new Uint8Array(body), contentLength)
  if (typeof body !== 'object' || body === null) throw notABody(body)
  if (body instanceof Blob) return ofBlob(body, contentLength)
  // Streams first: Node's file streams have a path and an open() too.
  if (isStream(body)) return ofStream(body, contentLength)
  if ('open' in body) return ofReopenable(body, contentLength)
  if ('path' in body && typeof body.path === 'string') {
    return fileBody(body.path).then((file) => checkedLength(file, contentLength))
  }
  throw notABody(body)
}

const ofStream = (
  body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  contentLength: number | undefined,
): RequestBody | Promise<RequestBody> => {
  if (contentLength === undefined)
    throw new R2Error('LengthRequired', 'a stream needs a contentLength', { field: 'contentLength' })
  if (!Number.isSafeInteger(contentLength) || contentLength < 0) {
    throw new R2Error('InvalidInput', `contentLength is ${contentLength}; it must be a whole number from 0`, {
      field: 'contentLength',
    })
  }
  hearErrors(body)
  if (contentLength === 0) return nothingIn(body)
  let spent = false
  return {
    kind: 'stream',
    contentLength,
    repeatable: false,
    open() {
      if (spent)
        throw new R2Error('InvalidInput', 'the stream has been read already and cannot be sent again', {
          field: 'body',
        })
      spent = true
      return chunksOf(body)
    },
  }
}

/**
 * A Node stream that fails before the transport reads it (a file that is not there, while a connection is made) would end the
 * process, because nobody listens; so this comes before anything that waits. Who reads it is told of the failure all the same.
 */
export const hearErrors = (source: unknown): void => {
  if (typeof source === 'object' && source !== null && 'on' in source && typeof source.on === 'function')
    source.on('error', () => undefined)
}

/** A stream that is said to be empty is read to see that it is: its bytes would be lost without a word. */
const nothingIn = async (body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): Promise<RequestBody> => {
  for await (const chunk of chunksOf(body)) throw wrongLength(chunk.byteLength, 0)
  return empty
}

const ofBytes = (bytes: Uint8Array, contentLength: number | undefined): RequestBody =>
  checkedLength(bytes.byteLength === 0 ? empty : { kind: 'bytes', bytes }, contentLength)

const ofBlob = (blob: Blob, contentLength: number | undefined): RequestBody =>
  checkedLength(
    blob.size === 0
      ? empty
      : { kind: 'stream', contentLength: blob.size, repeatable: true, open: () => chunksOf(blob.stream()) },
    contentLength,
  )

export const isStream = (body: object): body is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> =>
  Symbol.asyncIterator in body || 'getReader' in body

const ofReopenable = (body: ReopenableBody, contentLength: number | undefined): RequestBody => {
  const { size } = body
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new R2Error('InvalidInput', `body.size is ${size}; it must be a whole number from 0`, { field: 'body.size' })
  }
  const open = () => chunksOf(body.open())
  return checkedLength(
    size === 0 ? empty : { kind: 'stream', contentLength: size, repeatable: true, open },
    contentLength,
  )
}

/** A length that the caller gives beside a body of known length has to agree with it. */
const checkedLength = (body: RequestBody, contentLength: number | undefined): RequestBody => {
  const actual = body.kind === 'empty' ? 0 : body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
  if (contentLength !== undefined && contentLength !== actual) {
    throw new R2Error('InvalidInput', `contentLength is ${contentLength}, but the body has ${actual} bytes`, {
      field: 'contentLength',
    })
  }
  return body
}

const notABody = (body: unknown): R2Error =>
  new R2Error(
    'InvalidInput',
    `body is ${body === null ? 'null' : typeof body}; it must be text, bytes, a Blob, a stream or { path }`,
    { field: 'body' },
  )

/** The error for a body that is not as long as was said. */
export const wrongLength = (sent: number, contentLength: number): R2Error =>
  new R2Error(
    'InvalidInput',
    `the body has ${sent < contentLength ? `only ${sent} of` : 'more than'} its ${contentLength} declared bytes`,
    {
      field: 'contentLength',
      hint: 'Pass the exact length of the stream, or use r2.transfers.upload.',
    },
  )
