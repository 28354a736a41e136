/**
 * R2 as a few maps behind a Transport: no socket, no disk, and time from a clock. For tests and simulations, which look into
 * it to compare what is stored with what was acknowledged. It takes every signature, and has the operations that objects,
 * multipart uploads and lists are made of; `@r2kit/local` is the faithful server.
 */
import { md5, sha256Hex } from '#hash'
import { base64FromBytes, concatBytes, hexFromBytes, utf8Bytes } from '../../base/bytes.js'
import type { Clock } from '../../base/clock.js'
import type { HeaderFields, HttpRequest, HttpResponse, RequestBody, Transport } from '../../http/index.js'
import { childOf, childrenOf, readTree } from '../../xml/index.js'
import { xmlDocument, xmlElement, xmlValue } from '../../xml/writer.js'
import { errorResponse } from '../faults/error-response.js'
import { targetOf } from '../request-target.js'

/** An object as it is stored. */
export interface SimulatedObject {
  readonly bytes: Uint8Array
  /** Without quotes. */
  readonly etag: string
  readonly modifiedMs: number
  /** Header fields that describe it, by lower-case name: `content-type`, `x-amz-meta-…`. */
  readonly description: HeaderFields
}

interface SimulatedPart {
  readonly bytes: Uint8Array
  readonly etag: string
}

export interface SimulatedUpload {
  readonly bucket: string
  readonly key: string
  readonly description: HeaderFields
  readonly parts: Map<number, SimulatedPart>
}

/** A change of what is stored, in the order in which changes happened. */
export type SimulatedChange = {
  readonly bucket: string
  readonly key: string
  /** The object that was stored, or undefined for one that was deleted. */
  readonly object: SimulatedObject | undefined
}

/** A refusal: status and S3 code. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code)
  }
}

/** A request, with all that operations ask of it. */
interface Call {
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: HeaderFields
  readonly body: Uint8Array
  readonly wantsStream: boolean
}

const described =
  /^(?:content-(?:type|encoding|language|disposition)|cache-control|expires|x-amz-(?:meta-.*|storage-class))$/

export class SimulatedR2 implements Transport {
  readonly name = 'simulated R2'
  /** Bucket → key → object. */
  readonly buckets = new Map<string, Map<string, SimulatedObject>>()
  /** Upload ID → multipart upload that has been neither completed nor aborted. */
  readonly uploads = new Map<string, SimulatedUpload>()
  /** Called with each change, in the asynchronous context of the request that made it. @defaultValue no-op */
  onChange: (change: SimulatedChange) => void = () => undefined
  readonly #clock: Clock
  #lastUpload = 0
  #lastRequest = 0

  /** @param clock dates objects and responses; pass the client's */
  constructor(clock: Clock, buckets: readonly string[] = []) {
    this.#clock = clock
    for (const bucket of buckets) this.buckets.set(bucket, new Map())
  }

  /** The object, or undefined where there is none. */
  object(bucket: string, key: string): SimulatedObject | undefined {
    return this.buckets.get(bucket)?.get(key)
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { method, query, headers } = request
    const { operation, bucket = '', key = '' } = targetOf(request)
    const body = await bytesOf(request.body)
    const parameters = new URLSearchParams(query.replaceAll('+', '%2B'))
    const call = { bucket, key, query: parameters, headers, body, wantsStream: request.responseBody === 'stream' }
    let response: HttpResponse
    try {
      const act = this.#operations[operation]
      if (act === undefined) throw new Refusal(501, 'NotImplemented')
      requireDigests(headers, body)
      response = act(call)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      response = errorResponse(method, { status: error.status, code: error.code, dateMs: this.#clock.now() })
    }
    const common = { date: new Date(this.#clock.now()).toUTCString(), 'cf-ray': `simulated-${++this.#lastRequest}` }
    return { ...response, headers: { ...common, ...response.headers } }
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  readonly #operations: Readonly<Record<string, (call: Call) => HttpResponse>> = {
    ListBuckets: () =>
      xml(
        xmlDocument(
          'ListAllMyBucketsResult',
          xmlElement(
            'Buckets',
            [...this.buckets.keys()]
              .map((name) =>
                xmlElement('Bucket', xmlValue('Name', name) + xmlValue('CreationDate', new Date(0).toISOString())),
              )
              .join(''),
          ),
        ),
      ),
    CreateBucket: ({ bucket }) => {
      if (this.buckets.has(bucket)) throw new Refusal(409, 'BucketAlreadyOwnedByYou')
      this.buckets.set(bucket, new Map())
      return empty(200)
    },
    HeadBucket: ({ bucket }) => {
      this.#objectsOf(bucket)
      return empty(200)
    },
    DeleteBucket: ({ bucket }) => {
      if (this.#objectsOf(bucket).size > 0) throw new Refusal(409, 'BucketNotEmpty')
      this.buckets.delete(bucket)
      return empty(204)
    },
    PutObject: (call) => {
      const { bucket, key, body, headers } = call
      this.#requireConditions(call)
      const etag = hexMd5(body)
      this.#store(bucket, key, {
        bytes: body,
        etag,
        modifiedMs: this.#clock.now(),
        description: descriptionOf(headers),
      })
      return empty(200, { etag: `"${etag}"` })
    },
    CopyObject: (call) => {
      const { bucket, key, headers } = call
      const [sourceBucket = '', ...path] = decodeURIComponent(headers['x-amz-copy-source'] ?? '')
        .replace(/^\//, '')
        .split('/')
      const source = this.#object(sourceBucket, path.join('/'))
      this.#requireConditions(call)
      const isReplaced = headers['x-amz-metadata-directive'] === 'REPLACE'
      const modifiedMs = this.#clock.now()
      this.#store(bucket, key, {
        ...source,
        modifiedMs,
        ...(isReplaced ? { description: descriptionOf(headers) } : {}),
      })
      return xml(
        xmlDocument(
          'CopyObjectResult',
          xmlValue('ETag', `"${source.etag}"`) + xmlValue('LastModified', new Date(modifiedMs).toISOString()),
        ),
      )
    },
    GetObject: (call) => {
      const object = this.#object(call.bucket, call.key)
      const unchanged = requireReadConditions(call.headers, object)
      if (unchanged) return empty(304, objectHeaders(object))
      const { bytes } = object
      const range = rangeOf(call.headers.range, bytes.length)
      const part = range === undefined ? bytes : bytes.subarray(range.start, range.end)
      const headers = {
        ...objectHeaders(object),
        'content-length': String(part.length),
        ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${bytes.length}` }),
      }
      return {
        status: range === undefined ? 200 : 206,
        headers,
        body: call.wantsStream ? streamOf(part) : part.slice(),
      }
    },
    HeadObject: ({ bucket, key, headers }) => {
      const object = this.#object(bucket, key)
      return empty(requireReadConditions(headers, object) ? 304 : 200, objectHeaders(object))
    },
    DeleteObject: ({ bucket, key }) => {
      this.#delete(bucket, key)
      return empty(204)
    },
    DeleteObjects: ({ bucket, body }) => {
      const keys = childrenOf(readTree(body, ['Delete']), 'Object').map((node) => childOf(node, 'Key')?.text ?? '')
      for (const key of keys) this.#delete(bucket, key)
      return xml(xmlDocument('DeleteResult', keys.map((key) => xmlElement('Deleted', xmlValue('Key', key))).join('')))
    },
    ListObjectsV2: (call) => this.#list(call),
    CreateMultipartUpload: ({ bucket, key, headers }) => {
      this.#objectsOf(bucket)
      const uploadId = `upload-${++this.#lastUpload}`
      this.uploads.set(uploadId, { bucket, key, description: descriptionOf(headers), parts: new Map() })
      return xml(
        xmlDocument(
          'InitiateMultipartUploadResult',
          xmlValue('Bucket', bucket) + xmlValue('Key', key) + xmlValue('UploadId', uploadId),
        ),
      )
    },
    UploadPart: (call) => {
      const etag = hexMd5(call.body)
      this.#upload(call).parts.set(Number(call.query.get('partNumber')), { bytes: call.body, etag })
      return empty(200, { etag: `"${etag}"` })
    },
    ListParts: (call) => {
      const after = Number(call.query.get('part-number-marker') ?? 0)
      const limit = Number(call.query.get('max-parts') ?? 1_000)
      const all = [...this.#upload(call).parts]
        .filter(([number]) => number > after)
        .sort(([left], [right]) => left - right)
      const page = all.slice(0, limit)
      const parts = page.map(([number, { bytes, etag }]) =>
        xmlElement(
          'Part',
          xmlValue('PartNumber', number) +
            xmlValue('ETag', `"${etag}"`) +
            xmlValue('Size', bytes.length) +
            xmlValue('LastModified', new Date(this.#clock.now()).toISOString()),
        ),
      )
      const next =
        xmlValue('IsTruncated', all.length > page.length) + xmlValue('NextPartNumberMarker', page.at(-1)?.[0] ?? 0)
      const names =
        xmlValue('Bucket', call.bucket) +
        xmlValue('Key', call.key) +
        xmlValue('UploadId', call.query.get('uploadId') ?? '')
      return xml(xmlDocument('ListPartsResult', names + next + xmlValue('MaxParts', limit) + parts.join('')))
    },
    ListMultipartUploads: ({ bucket }) => {
      const uploads = [...this.uploads].filter(([, upload]) => upload.bucket === bucket)
      const markup = uploads.map(([uploadId, { key }]) =>
        xmlElement(
          'Upload',
          xmlValue('Key', key) + xmlValue('UploadId', uploadId) + xmlValue('Initiated', new Date(0).toISOString()),
        ),
      )
      return xml(
        xmlDocument(
          'ListMultipartUploadsResult',
          xmlValue('Bucket', bucket) + xmlValue('IsTruncated', false) + xmlValue('MaxUploads', 1_000) + markup.join(''),
        ),
      )
    },
    CompleteMultipartUpload: (call) => this.#complete(call),
    AbortMultipartUpload: (call) => {
      this.#upload(call)
      this.uploads.delete(call.query.get('uploadId') ?? '')
      return empty(204)
    },
  }

  #complete(call: Call): HttpResponse {
    const { bucket, key, body, query } = call
    const uploadId = query.get('uploadId') ?? ''
    const upload = this.#upload(call)
    const parts = childrenOf(readTree(body, ['CompleteMultipartUpload']), 'Part').map((node) => {
      const part = upload.parts.get(Number(childOf(node, 'PartNumber')?.text))
      if (part === undefined || childOf(node, 'ETag')?.text.replaceAll('"', '') !== part.etag)
        throw new Refusal(400, 'InvalidPart')
      return part
    })
    const size = parts[0]?.bytes.length ?? 0
    if (parts.slice(0, -1).some((part) => part.bytes.length !== size)) throw new Refusal(400, 'InvalidPart')
    try {
      this.#requireConditions(call)
    } catch (error) {
      this.uploads.delete(uploadId) // As R2 does: the failed condition destroys the upload.
      throw error
    }
    const etag = `${hexMd5(concatBytes(parts.map((part) => md5(part.bytes))))}-${parts.length}`
    const modifiedMs = this.#clock.now()
    this.#store(bucket, key, {
      bytes: concatBytes(parts.map(({ bytes }) => bytes)),
      etag,
      modifiedMs,
      description: upload.description,
    })
    this.uploads.delete(uploadId)
    return xml(
      xmlDocument(
        'CompleteMultipartUploadResult',
        xmlValue('Bucket', bucket) + xmlValue('Key', key) + xmlValue('ETag', `"${etag}"`),
      ),
    )
  }

  #list({ bucket, query }: Call): HttpResponse {
    const prefix = query.get('prefix') ?? ''
    const limit = Math.min(1_000, Number(query.get('max-keys') ?? 1_000))
    const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
    const keys = [...this.#objectsOf(bucket).keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
    const page = keys.slice(0, limit)
    const contents = page.map((key) => {
      const { bytes, etag, modifiedMs } = this.#object(bucket, key)
      return xmlElement(
        'Contents',
        xmlValue('Key', encodeURIComponent(key)) +
          xmlValue('Size', bytes.length) +
          xmlValue('LastModified', new Date(modifiedMs).toISOString()) +
          xmlValue('ETag', `"${etag}"`) +
          xmlValue('StorageClass', 'STANDARD'),
      )
    })
    const isTruncated = keys.length > page.length
    const markup =
      xmlValue('Name', bucket) +
      xmlValue('EncodingType', 'url') +
      xmlValue('IsTruncated', isTruncated) +
      xmlValue('KeyCount', page.length) +
      xmlValue('MaxKeys', limit) +
      xmlValue('NextContinuationToken', isTruncated ? page.at(-1) : undefined)
    return xml(xmlDocument('ListBucketResult', markup + contents.join('')))
  }

  #objectsOf(bucket: string): Map<string, SimulatedObject> {
    const objects = this.buckets.get(bucket)
    if (objects === undefined) throw new Refusal(404, 'NoSuchBucket')
    return objects
  }

  #object(bucket: string, key: string): SimulatedObject {
    const object = this.#objectsOf(bucket).get(key)
    if (object === undefined) throw new Refusal(404, 'NoSuchKey')
    return object
  }

  #store(bucket: string, key: string, object: SimulatedObject): void {
    this.#objectsOf(bucket).set(key, object)
    this.onChange({ bucket, key, object })
  }

  #delete(bucket: string, key: string): void {
    if (this.#objectsOf(bucket).delete(key)) this.onChange({ bucket, key, object: undefined })
  }

  #upload({ bucket, key, query }: Call): SimulatedUpload {
    const upload = this.uploads.get(query.get('uploadId') ?? '')
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw new Refusal(404, 'NoSuchUpload')
    return upload
  }

  /** The conditions of a write, on the object that it would replace. */
  #requireConditions({ bucket, key, headers }: Call): void {
    const current = this.#objectsOf(bucket).get(key)
    const ifMatch = headers['if-match'] ?? headers['cf-copy-destination-if-match']
    const ifNoneMatch = headers['if-none-match'] ?? headers['cf-copy-destination-if-none-match']
    if (ifMatch !== undefined && (current === undefined || !matches(ifMatch, current.etag)))
      throw new Refusal(412, 'PreconditionFailed')
    if (ifNoneMatch !== undefined && current !== undefined && matches(ifNoneMatch, current.etag))
      throw new Refusal(412, 'PreconditionFailed')
  }
}

/** The digests that R2 compares with a body before it acts. */
const requireDigests = (headers: HeaderFields, body: Uint8Array): void => {
  const { 'x-amz-content-sha256': signed, 'content-md5': announced } = headers
  if (signed !== undefined && /^[0-9a-f]{64}$/.test(signed) && signed !== sha256Hex(body)) {
    throw new Refusal(400, 'XAmzContentSHA256Mismatch')
  }
  if (announced !== undefined && announced !== base64FromBytes(md5(body))) throw new Refusal(400, 'BadDigest')
}

/** Whether a read finds the object unchanged (304). @throws Refusal where a condition fails */
const requireReadConditions = (headers: HeaderFields, { etag }: SimulatedObject): boolean => {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers
  if (ifMatch !== undefined && !matches(ifMatch, etag)) throw new Refusal(412, 'PreconditionFailed')
  return ifNoneMatch !== undefined && matches(ifNoneMatch, etag)
}

const matches = (condition: string, etag: string): boolean =>
  condition.trim() === '*' || condition.split(',').some((one) => one.trim().replaceAll('"', '') === etag)

const hexMd5 = (bytes: Uint8Array): string => hexFromBytes(md5(bytes))

const descriptionOf = (headers: HeaderFields): HeaderFields =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => described.test(name)))

const objectHeaders = ({ bytes, etag, modifiedMs, description }: SimulatedObject): HeaderFields => ({
  'content-type': 'application/octet-stream',
  ...description,
  'content-length': String(bytes.length),
  etag: `"${etag}"`,
  'last-modified': new Date(modifiedMs).toUTCString(),
  'accept-ranges': 'bytes',
})

const rangeOf = (header: string | undefined, size: number): { start: number; end: number } | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  if (start >= end) throw new Refusal(416, 'InvalidRange')
  return { start, end }
}

const empty = (status: number, headers: HeaderFields = {}): HttpResponse => ({
  status,
  headers,
  body: new Uint8Array(0),
})

const xml = (document: string): HttpResponse => {
  const body = utf8Bytes(document)
  return { status: 200, headers: { 'content-type': 'application/xml', 'content-length': String(body.length) }, body }
}

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> => {
  const chunkBytes = 16_384
  let start = 0
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (start >= bytes.length) return controller.close()
        controller.enqueue(bytes.slice(start, start + chunkBytes))
        start += chunkBytes
      },
    },
    { highWaterMark: 0 },
  )
}

const bytesOf = async (body: RequestBody): Promise<Uint8Array> => {
  if (body.kind === 'empty') return new Uint8Array(0)
  if (body.kind === 'bytes') return body.bytes.slice()
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk.slice())
  return concatBytes(chunks)
}
