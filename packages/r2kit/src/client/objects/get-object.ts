import { clientError } from '../../errors/calls.js'
import { type HttpResponse, headerOf } from '../../http/index.js'
import { integer } from '../../validation/index.js'
import { bareEtag, isMd5 } from '../fields/etag.js'
import { inputOf } from '../fields/input-of.js'
import { type ObjectMetadata, objectMetadataFrom } from '../fields/object-metadata.js'
import { defineOperation } from '../operation.js'
import {
  checkRead,
  encodeRead,
  type GetObjectStreamInput,
  getObjectFields,
  type ReadObjectInput,
} from './read-object.js'
import { isVerified, wholeBody } from './stored-checksum.js'

/** Input of `objects.get`. */
export interface GetObjectInput extends GetObjectStreamInput {
  /** Largest body in bytes that is held in memory; a larger one is `ResponseTooLarge`. @defaultValue 134_217_728, 128 MiB */
  readonly maxBytes?: number | undefined
}

/** Output of `objects.get`: an object, or a range of it, in memory. */
export interface GetObjectOutput extends ObjectMetadata {
  /** The bytes as R2 stores them, also for objects with a `contentEncoding`. */
  readonly body: Uint8Array<ArrayBuffer>
  /** Decodes the body as UTF-8, without a byte order mark at its start. */
  text(): string
  /**
   * Parses the body as JSON. The type is not checked.
   *
   * @throws R2Error `InvalidJson` naming bucket and key
   * @example
   * const { count } = object.json<{ count: number }>()
   */
  json<T = unknown>(): T
}

/** Output of `objects.getStream`. Read the stream until it ends, or cancel it: until then it holds a connection. */
export interface GetObjectStreamOutput extends ObjectMetadata {
  /** The bytes as R2 stores them, also for objects with a `contentEncoding`. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
}

const maxBytesDefault = 128 * 1024 * 1024

/** GetObject with the body in memory. For small objects it is cheaper than a stream. */
export const getObject = defineOperation<GetObjectInput, GetObjectOutput>({
  name: 'GetObject',
  idempotent: true,
  timeoutClass: 'small',
  returnsObject: true,
  input: inputOf<GetObjectInput>('GetObject', { ...getObjectFields, maxBytes: integer(0) }),
  validate: (input, { rules }) => checkRead(input, rules),
  encode(input, context) {
    const request = encodeRead('GET', input, 'bytes', input.maxBytes ?? maxBytesDefault)
    if (isVerified(input, context)) request.verifier = wholeBody
    return request
  },
  decode(response, input) {
    const isComplete = isWhole(response)
    return isComplete instanceof Promise
      ? isComplete.then((isEqual) => outputOf(response, input, isEqual))
      : outputOf(response, input, isComplete)
  },
})

/** @param isComplete whether the body is the whole object although the response does not state its length */
const outputOf = (response: HttpResponse, input: GetObjectInput, isComplete: boolean): GetObjectOutput => {
  const bytes = response.body as Uint8Array<ArrayBuffer>
  const metadata = objectMetadataFrom(response.headers, isComplete ? bytes.byteLength : undefined)
  checkReturnedRange(input, response.status, metadata)
  const expected = metadata.contentRange?.length ?? metadata.size
  if (bytes.byteLength !== expected) {
    throw clientError(
      'InvalidResponse',
      `the response has ${bytes.byteLength} bytes instead of the ${expected} announced`,
    )
  }
  const text = () => new TextDecoder().decode(bytes)
  const { bucket, key } = input
  // Not spread: copying so many fields costs more than reading them from the headers did.
  return Object.assign(metadata, { body: bytes, text, json: <T>() => jsonOf(text(), { bucket, key }) as T })
}

/**
 * Whether a body without Content-Length is complete. The transport fails for a chunked body that breaks off. A body that ends
 * with its connection may have been cut short, unless its MD5 is the ETag.
 */
const isWhole = ({ headers, body }: HttpResponse): boolean | Promise<boolean> => {
  if (headerOf(headers, 'content-length') !== undefined) return false
  if (/\bchunked\b/i.test(headerOf(headers, 'transfer-encoding') ?? '')) return true
  const etag = bareEtag(headerOf(headers, 'etag') ?? '')
  return isMd5(etag) && hasMd5(body as Uint8Array, etag)
}

const hasMd5 = async (bytes: Uint8Array, etag: string): Promise<boolean> =>
  (await import('../fields/md5-checks.js')).etagOfBytes(bytes) === etag

/** A bare SyntaxError would not name the object. */
const jsonOf = (text: string, object: { readonly bucket: string; readonly key: string }): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw clientError('InvalidJson', `the object is not JSON: ${(cause as Error).message}`, {
      operation: 'GetObject',
      ...object,
      cause,
    })
  }
}

/**
 * Compares the returned range with the requested one. R2 responds to every range with 206. A server or cache that ignores the
 * range, or returns another one, would deliver wrong bytes.
 */
export const checkReturnedRange = (
  { range, partNumber }: ReadObjectInput,
  status: number,
  { contentRange, size }: ObjectMetadata,
): void => {
  if (range === undefined) {
    if (partNumber !== undefined || (status !== 206 && contentRange === undefined)) return
    throw clientError('InvalidResponse', `the response is ${named(contentRange)}, but the whole object was requested`)
  }
  const offset = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset
  const length = 'suffix' in range || range.length === undefined ? size - offset : Math.min(range.length, size - offset)
  if (status === 206 && contentRange?.offset === offset && contentRange.length === length) return
  throw clientError(
    'InvalidResponse',
    `the response is ${named(contentRange)}, but ${length} bytes from ${offset} were requested`,
  )
}

const named = (range: ObjectMetadata['contentRange']): string =>
  range === undefined
    ? 'the whole object, or a part without Content-Range'
    : `${range.length} bytes from ${range.offset}`
