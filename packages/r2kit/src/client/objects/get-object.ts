import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { integer } from '../../validation/index.js'
import { bareEtag, etagOfBytes, isMd5 } from '../fields/etag.js'
import { inputOf } from '../fields/input-of.js'
import { type ObjectMetadata, objectMetadataFrom } from '../fields/object-metadata.js'
import { defineOperation } from '../operation.js'
import { checkRead, encodeRead, type ReadObjectInput, readObjectFields } from './read-object.js'

export interface GetObjectInput extends ReadObjectInput {
  /** Longest body that is held in memory; a longer one is `ResponseTooLarge`. @defaultValue 128 MiB */
  readonly maxBytes?: number
}

/** A whole object (or range) in memory. */
export interface GetObjectOutput extends ObjectMetadata {
  readonly body: Uint8Array
  /** The body as UTF-8 text, without a byte order mark at its start (as `fetch` reads text); `body` has it. */
  text(): string
  /** The body parsed as JSON; the type is the caller's claim. @throws R2Error `InvalidJson` with bucket and key */
  json<T = unknown>(): T
}

/** An object (or range) as a stream. Read it or cancel it: until then it holds a connection. */
export interface GetObjectStreamOutput extends ObjectMetadata {
  /** Bytes as R2 stores them, also for objects with a Content-Encoding. */
  readonly body: ReadableStream<Uint8Array>
}

const maxBytesDefault = 128 * 1024 * 1024

/** GetObject with the body in memory: the short way for small objects, since no stream is built. */
export const getObject = defineOperation<GetObjectInput, GetObjectOutput>({
  name: 'GetObject',
  idempotent: true,
  timeoutClass: 'small',
  returnsObject: true,
  input: inputOf<GetObjectInput>('GetObject', { ...readObjectFields, maxBytes: integer(0) }),
  validate: (input, { rules }) => checkRead(input, rules),
  encode: (input) => encodeRead('GET', input, 'bytes', input.maxBytes ?? maxBytesDefault),
  decode(response, input) {
    const bytes = response.body as Uint8Array
    const metadata = objectMetadataFrom(
      response.headers,
      isWhole(response.headers, bytes) ? bytes.byteLength : undefined,
    )
    checkReturnedRange(input, response.status, metadata)
    const expected = metadata.contentRange?.length ?? metadata.size
    if (bytes.byteLength !== expected) {
      throw new R2Error(
        'InvalidResponse',
        `the response has ${bytes.byteLength} bytes instead of the ${expected} announced`,
      )
    }
    const text = () => new TextDecoder().decode(bytes)
    const { bucket, key } = input
    // Not spread: copying so many fields costs more than reading them from the headers did.
    return Object.assign(metadata, { body: bytes, text, json: <T>() => jsonOf(text(), { bucket, key }) as T })
  },
})

/**
 * Whether a body of no announced length has all its bytes. Chunked bodies say where they end, and the transport fails where
 * they do not; one that ends with its connection may have been cut short, unless its bytes make the ETag.
 */
const isWhole = (headers: HeaderFields, bytes: Uint8Array): boolean => {
  if (headerOf(headers, 'content-length') !== undefined) return false
  if (/\bchunked\b/i.test(headerOf(headers, 'transfer-encoding') ?? '')) return true
  const etag = bareEtag(headerOf(headers, 'etag') ?? '')
  return isMd5(etag) && etag === etagOfBytes(bytes)
}

/** Content that is not JSON fails with the object's name: a bare SyntaxError would not say which of many objects it is. */
const jsonOf = (text: string, object: { readonly bucket: string; readonly key: string }): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new R2Error('InvalidJson', `the object is not JSON: ${(cause as Error).message}`, {
      operation: 'GetObject',
      ...object,
      cause,
    })
  }
}

/**
 * Compares the bytes that were returned with the bytes that were requested. R2 responds to every range with a 206; a server
 * or cache that ignores the range, or returns one that was not requested, would pass wrong bytes for the object's.
 */
export const checkReturnedRange = (
  { range, partNumber }: ReadObjectInput,
  status: number,
  { contentRange, size }: ObjectMetadata,
): void => {
  if (range === undefined) {
    if (partNumber !== undefined || (status !== 206 && contentRange === undefined)) return
    throw new R2Error('InvalidResponse', `the response is ${named(contentRange)}, but the whole object was requested`)
  }
  const offset = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset
  const length = 'suffix' in range || range.length === undefined ? size - offset : Math.min(range.length, size - offset)
  if (status === 206 && contentRange?.offset === offset && contentRange.length === length) return
  throw new R2Error(
    'InvalidResponse',
    `the response is ${named(contentRange)}, but ${length} bytes from ${offset} were requested`,
  )
}

const named = (range: ObjectMetadata['contentRange']): string =>
  range === undefined
    ? 'the whole object, or a part without Content-Range'
    : `${range.length} bytes from ${range.offset}`
