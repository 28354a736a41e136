/** A server with one object and without a network. A test can truncate, delay and replace its responses. */
import { createHash } from 'node:crypto'
import { type HeaderFields, R2Error } from 'r2kit'
import { type FakeResponse, FakeTransport, objectHeaders, type SentRequest, streamOf } from './fake-transport.js'

export interface StoredObject {
  readonly bytes: Uint8Array
  readonly etag: string
  /** The part size of a multipart object. */
  readonly partSizeBytes?: number
  readonly headers?: HeaderFields
}

/** An object with R2's ETag: the MD5 of its bytes, or the multipart form. */
export const objectOf = (bytes: Uint8Array, partSizeBytes?: number): StoredObject => {
  if (partSizeBytes === undefined) return { bytes, etag: md5(bytes).toString('hex') }
  const parts: Buffer[] = []
  for (let at = 0; at === 0 || at < bytes.byteLength; at += partSizeBytes) {
    parts.push(md5(bytes.subarray(at, at + partSizeBytes)))
  }
  return { bytes, partSizeBytes, etag: `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}` }
}

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest()

export interface PlainResponse {
  readonly status: number
  readonly headers: HeaderFields
  readonly bytes: Uint8Array
}

/** The fault of a response. */
export type ResponseFault =
  /** The connection breaks after this many bytes of the body. With `quietly` the body ends there without an error. */
  | { readonly cutAfter: number; readonly quietly?: boolean }
  /** The request fails with this error. */
  | Error
  /** The response is replaced. */
  | ((response: PlainResponse) => PlainResponse)

export interface ReadRequest {
  readonly method: string
  readonly headers: HeaderFields
  readonly query: string
  /** The `range` header. */
  readonly range: string | undefined
  /** The number of earlier GETs. */
  readonly index: number
}

export class ObjectServer {
  object: StoredObject | undefined
  readonly seen: ReadRequest[] = []
  readonly transport: FakeTransport
  /** Selects the fault of each response to GET. A promise delays the response. */
  faultOf: (request: ReadRequest) => ResponseFault | undefined | Promise<ResponseFault | undefined> = () => undefined
  /** Selects the fault of each response to HEAD. */
  faultOfHead: (request: ReadRequest) => ResponseFault | undefined | Promise<ResponseFault | undefined> = () =>
    undefined
  /** Returns a function that is awaited before each chunk of a response. Its signal aborts when the body is cancelled. */
  paceOf: (request: ReadRequest) => ((signal: AbortSignal) => Promise<void>) | undefined = () => undefined
  /** The size of the chunks of a body, in bytes. */
  chunkBytes = 7

  constructor(object?: StoredObject) {
    this.object = object
    this.transport = new FakeTransport((request) => this.#response(request))
  }

  /** The ranges of all GETs, in order. */
  get ranges(): (string | undefined)[] {
    return this.seen.filter(({ method }) => method === 'GET').map(({ range }) => range)
  }

  async #response({ method, headers, query }: SentRequest): Promise<FakeResponse | Error> {
    const request = { method, headers, query, range: headers.range, index: this.ranges.length }
    this.seen.push(request)
    const fault = await (method === 'HEAD' ? this.faultOfHead(request) : this.faultOf(request))
    if (fault instanceof Error) return fault
    const correct = this.#correctResponse(request)
    const response = typeof fault === 'function' ? fault(correct) : correct
    if (method === 'HEAD') return { status: response.status, headers: response.headers }
    const cut = typeof fault === 'object' && response.status < 300 ? fault : undefined
    const bytes = response.bytes.subarray(0, cut?.cutAfter)
    const pieces: (Uint8Array | Error)[] = []
    for (let at = 0; at < bytes.byteLength; at += this.chunkBytes) pieces.push(bytes.slice(at, at + this.chunkBytes))
    if (cut !== undefined && cut.quietly !== true)
      pieces.push(new R2Error('StreamInterrupted', 'the test interrupted the body'))
    const pace = this.paceOf(request)
    return {
      status: response.status,
      headers: response.headers,
      body: pace ? paced(pieces, pace) : streamOf(...pieces),
    }
  }

  #correctResponse({ headers, query, range }: ReadRequest): PlainResponse {
    const { object } = this
    if (object === undefined) return errorResponse(404, 'NoSuchKey')
    const { bytes, etag, partSizeBytes } = object
    const condition = headers['if-match']
    if (condition !== undefined && condition !== `"${etag}"`) return errorResponse(412, 'PreconditionFailed')
    const size = bytes.byteLength
    const partNumber = Number(/partNumber=(\d+)/.exec(query)?.[1] ?? 0)
    const partSize = partSizeBytes ?? size
    const [start, end] =
      partNumber > 0
        ? [(partNumber - 1) * partSize, Math.min(size, partNumber * partSize)]
        : range === undefined
          ? [0, size]
          : bounds(range, size)
    const isPartial = (partNumber > 0 || range !== undefined) && end > start
    if (range !== undefined && !isPartial) return errorResponse(416, 'InvalidRange')
    return {
      status: isPartial ? 206 : 200,
      headers: {
        ...objectHeaders(end - start, { etag: `"${etag}"` }),
        ...(isPartial && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
        ...object.headers,
      },
      bytes: bytes.subarray(start, end),
    }
  }
}

const paced = (
  pieces: readonly (Uint8Array | Error)[],
  pace: (signal: AbortSignal) => Promise<void>,
): ReadableStream<Uint8Array> => {
  const left = [...pieces]
  const cancelled = new AbortController()
  return new ReadableStream({
    async pull(controller) {
      const piece = left.shift()
      if (piece !== undefined) await pace(cancelled.signal)
      if (cancelled.signal.aborted) return
      if (piece === undefined) controller.close()
      else if (piece instanceof Error) controller.error(piece)
      else controller.enqueue(piece)
    },
    cancel: () => cancelled.abort(),
  })
}

const bounds = (range: string, size: number): [start: number, end: number] => {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (first === '') return [Math.max(0, size - Number(last)), size]
  return [Number(first), last === '' ? size : Math.min(size, Number(last) + 1)]
}

const errorResponse = (status: number, code: string): PlainResponse => ({
  status,
  headers: { 'content-type': 'application/xml' },
  bytes: new TextEncoder().encode(`<Error><Code>${code}</Code><Message>rejected</Message></Error>`),
})
