import { R2Error } from '../../errors/index.js'
import type { HttpResponse } from '../../http/index.js'
import { type ObjectMetadata, objectMetadataFrom } from '../fields/object-metadata.js'
import { defineOperation } from '../operation.js'
import { checkRead, encodeRead, type ReadObjectInput } from './read-object.js'

export interface GetObjectInput extends ReadObjectInput {
  /** Longest body that is held in memory; a longer one is `ResponseTooLarge`. @defaultValue 128 MiB */
  readonly maxBytes?: number
}

/** A whole object (or range) in memory. */
export interface GetObjectOutput extends ObjectMetadata {
  readonly body: Uint8Array
  /** The body as UTF-8 text, without a byte order mark at its start (as `fetch` reads text); `body` has it. */
  text(): string
  /** The body parsed as JSON; the type is the caller's claim. */
  json<T = unknown>(): T
}

/** An object (or range) that flows. Read it or cancel it: until then it holds a connection. */
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
  validate: (input, { rules }) => checkRead(input, rules),
  encode: (input) => encodeRead('GET', input, 'bytes', input.maxBytes ?? maxBytesDefault),
  decode({ headers, body }, input) {
    const bytes = body as Uint8Array
    const metadata = objectMetadataFrom(headers)
    checkAnsweredRange(input, metadata)
    const expected = metadata.contentRange?.length ?? metadata.size
    if (bytes.byteLength !== expected) {
      throw new R2Error('InvalidResponse', `the answer has ${bytes.byteLength} bytes where ${expected} were announced`)
    }
    const text = () => new TextDecoder().decode(bytes)
    // Not spread: copying so many fields costs more than reading them from the headers did.
    return Object.assign(metadata, { body: bytes, text, json: <T>() => JSON.parse(text()) as T })
  },
})

/** GetObject with the body as a stream. */
export const getObjectStream = defineOperation<ReadObjectInput, GetObjectStreamOutput>({
  name: 'GetObject',
  idempotent: true,
  timeoutClass: 'small',
  validate: (input, { rules }) => checkRead(input, rules),
  encode: (input) => encodeRead('GET', input, 'stream'),
  decode({ headers, body }, input) {
    const metadata = objectMetadataFrom(headers)
    checkAnsweredRange(input, metadata)
    return Object.assign(metadata, { body: streamOf(body) })
  },
})

/** R2 answers every range with a 206; what ignores it would pass for the bytes that were asked for. */
const checkAnsweredRange = ({ range }: ReadObjectInput, { contentRange, size }: ObjectMetadata): void => {
  if (range === undefined) return
  const offset = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset
  const length = 'suffix' in range || range.length === undefined ? size - offset : Math.min(range.length, size - offset)
  if (contentRange?.offset === offset && contentRange.length === length) return
  const answered =
    contentRange === undefined ? 'the whole object' : `${contentRange.length} bytes from ${contentRange.offset}`
  throw new R2Error('InvalidResponse', `the answer is ${answered}, where ${length} bytes from ${offset} were asked for`)
}

const streamOf = (body: HttpResponse['body']): ReadableStream<Uint8Array> =>
  body instanceof Uint8Array ? (new Response(body as Uint8Array<ArrayBuffer>).body ?? new ReadableStream()) : body
