/** A request to the model, and the parts that its operations share: headers of objects, conditions, responses. */
import { md5 } from '#md5'
import { copyOf, hexFromBytes, utf8Bytes } from '../../base/bytes.js'
import type { HeaderFields, HttpResponse } from '../../http/index.js'
import { Refusal } from './refusal.js'
import type { SimulatedChecksum } from './simulated-checksum.js'
import type { SimulatedObject, SimulatedStore } from './simulated-store.js'

/** A request, with its body in memory. */
export interface SimulatedCall {
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: HeaderFields
  /** Without framing. */
  readonly body: Uint8Array
  /** The checksum that came with the body, which it has passed. */
  readonly checksum: SimulatedChecksum | undefined
  readonly wantsStream: boolean
}

/** S3's names of operations, and their functions. A function throws `Refusal` for a request that R2 would reject. */
export type SimulatedOperations = Readonly<Record<string, (call: SimulatedCall) => HttpResponse>>

/** Header fields that are stored with an object. */
const described =
  /^(?:content-(?:type|encoding|language|disposition)|cache-control|expires|x-amz-(?:meta-.*|storage-class))$/

export const descriptionOf = (headers: HeaderFields): HeaderFields => {
  const { 'content-encoding': coding, ...fields } = Object.fromEntries(
    Object.entries(headers).filter(([name]) => described.test(name)),
  )
  const stored = storedCoding(coding)
  return stored === undefined ? fields : { ...fields, 'content-encoding': stored }
}

/** Without `aws-chunked`, the form of a request's body and not of the object. */
const storedCoding = (coding: string | undefined): string | undefined =>
  coding?.includes('aws-chunked')
    ? coding
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== 'aws-chunked')
        .join(',') || undefined
    : coding

/** The MD5 in hex: the ETag of an object that was stored by one request. */
export const hexMd5 = (bytes: Uint8Array): string => hexFromBytes(md5(bytes))

/** @throws Refusal where the object that a write would replace does not meet the conditions of the write */
export const requireWriteConditions = (store: SimulatedStore, { bucket, key, headers }: SimulatedCall): void => {
  const current = store.objectsOf(bucket).get(key)
  const ifMatch = headers['if-match'] ?? headers['cf-copy-destination-if-match']
  const ifNoneMatch = headers['if-none-match'] ?? headers['cf-copy-destination-if-none-match']
  if (ifMatch !== undefined && (current === undefined || !matchesEtag(ifMatch, current.etag)))
    throw new Refusal(412, 'PreconditionFailed')
  if (ifNoneMatch !== undefined && current !== undefined && matchesEtag(ifNoneMatch, current.etag))
    throw new Refusal(412, 'PreconditionFailed')
}

/** Whether a read finds the object unchanged (304). @throws Refusal where a condition fails */
export const requireReadConditions = (headers: HeaderFields, { etag }: SimulatedObject): boolean => {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined && !matchesEtag(ifMatch, etag)) throw new Refusal(412, 'PreconditionFailed')
  return ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, etag)
}

const matchesEtag = (condition: string, etag: string): boolean =>
  condition.trim() === '*' || condition.split(',').some((one) => one.trim().replaceAll('"', '') === etag)

/** The object that `x-amz-copy-source` names. @throws Refusal where it does not exist, or does not meet the conditions */
export const copySource = (store: SimulatedStore, headers: HeaderFields): SimulatedObject => {
  const [bucket = '', ...path] = decodeURIComponent(headers['x-amz-copy-source'] ?? '')
    .replace(/^\//, '')
    .split('/')
  const source = store.object(bucket, path.join('/'))
  const { 'x-amz-copy-source-if-match': ifMatch, 'x-amz-copy-source-if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined && !matchesEtag(ifMatch, source.etag)) throw new Refusal(412, 'PreconditionFailed')
  if (ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, source.etag)) throw new Refusal(412, 'PreconditionFailed')
  return source
}

/** Start and end (exclusive) of a `Range`. @returns undefined for the whole object */
export const rangeOf = (header: string | undefined, size: number): { start: number; end: number } | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  if (start >= end) throw new Refusal(416, 'InvalidRange')
  return { start, end }
}

export const emptyResponse = (status: number, headers: HeaderFields = {}): HttpResponse => ({
  status,
  headers,
  body: new Uint8Array(0),
})

export const xmlResponse = (document: string): HttpResponse => {
  const body = utf8Bytes(document)
  return { status: 200, headers: { 'content-type': 'application/xml', 'content-length': String(body.length) }, body }
}

/** In chunks, as a socket delivers them. */
export const chunked = (bytes: Uint8Array): ReadableStream<Uint8Array> => {
  const chunkBytes = 16_384
  let start = 0
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (start >= bytes.length) return controller.close()
        controller.enqueue(copyOf(bytes.subarray(start, start + chunkBytes)))
        start += chunkBytes
      },
    },
    { highWaterMark: 0 },
  )
}
