/** One object on a server without a network, whose responses break off, lie or change where a test says so. */
import { createHash } from 'node:crypto'
import { type HeaderFields, R2Error } from 'r2kit'
import { type FakeResponse, FakeTransport, objectHeaders, type SentRequest, streamOf } from './fake-transport.js'

export interface StoredObject {
  readonly bytes: Uint8Array
  readonly etag: string
  /** Where it was made of parts. */
  readonly partSizeBytes?: number
  readonly headers?: HeaderFields
}

/** An object as R2 keeps it: with the MD5 as its ETag, or with that of its parts. */
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

/** What happens to a response. */
export type ResponseFault =
  /** So many bytes of the body arrive; then the connection breaks, or the body just ends. */
  | { readonly cutAfter: number; readonly quietly?: boolean }
  /** There is none. */
  | Error
  /** It is another one. */
  | ((response: PlainResponse) => PlainResponse)

export interface ReadRequest {
  readonly method: string
  readonly headers: HeaderFields
  readonly query: string
  /** The `range` header. */
  readonly range: string | undefined
  /** From 0, of the GETs. */
  readonly index: number
}

export class ObjectServer {
  object: StoredObject | undefined
  readonly seen: ReadRequest[] = []
  readonly transport: FakeTransport
  /** Decides over each response; a promise delays it. */
  faultOf: (request: ReadRequest) => ResponseFault | undefined | Promise<ResponseFault | undefined> = () => undefined
  /** The same for HEAD, of which there are few. */
  faultOfHead: (request: ReadRequest) => ResponseFault | undefined | Promise<ResponseFault | undefined> = () =>
    undefined
  /** What is waited for before each chunk of this response; a body that is given up ends the wait. */
  paceOf: (request: ReadRequest) => ((signal: AbortSignal) => Promise<void>) | undefined = () => undefined
  /** Bodies come in chunks of so many bytes. */
  chunkBytes = 7

  constructor(object?: StoredObject) {
    this.object = object
    this.transport = new FakeTransport((request) => this.#response(request))
  }

  /** What was asked for with GET, in order. */
  get ranges(): (string | undefined)[] {
    return this.seen.filter(({ method }) => method === 'GET').map(({ range }) => range)
  }

  async #response({ method, headers, query }: SentRequest): Promise<FakeResponse | Error> {
    const request = { method, headers, query, range: headers.range, index: this.ranges.length }
    this.seen.push(request)
    const fault = await (method === 'HEAD' ? this.faultOfHead(request) : this.faultOf(request))
    if (fault instanceof Error) return fault
    const right = this.#right(request)
    const response = typeof fault === 'function' ? fault(right) : right
    if (method === 'HEAD') return { status: response.status, headers: response.headers }
    const cut = typeof fault === 'object' && response.status < 300 ? fault : undefined
    const bytes = response.bytes.subarray(0, cut?.cutAfter)
    const pieces: (Uint8Array | Error)[] = []
    for (let at = 0; at < bytes.byteLength; at += this.chunkBytes) pieces.push(bytes.slice(at, at + this.chunkBytes))
    if (cut !== undefined && cut.quietly !== true) pieces.push(new R2Error('StreamInterrupted', 'the test cut it'))
    const pace = this.paceOf(request)
    return {
      status: response.status,
      headers: response.headers,
      body: pace ? paced(pieces, pace) : streamOf(...pieces),
    }
  }

  #right({ headers, query, range }: ReadRequest): PlainResponse {
    const { object } = this
    if (object === undefined) return refusal(404, 'NoSuchKey')
    const { bytes, etag, partSizeBytes } = object
    const condition = headers['if-match']
    if (condition !== undefined && condition !== `"${etag}"`) return refusal(412, 'PreconditionFailed')
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
    if (range !== undefined && !isPartial) return refusal(416, 'InvalidRange')
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
  const given = new AbortController()
  return new ReadableStream({
    async pull(controller) {
      const piece = left.shift()
      if (piece !== undefined) await pace(given.signal)
      if (given.signal.aborted) return
      if (piece === undefined) controller.close()
      else if (piece instanceof Error) controller.error(piece)
      else controller.enqueue(piece)
    },
    cancel: () => given.abort(),
  })
}

const bounds = (range: string, size: number): [start: number, end: number] => {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (first === '') return [Math.max(0, size - Number(last)), size]
  return [Number(first), last === '' ? size : Math.min(size, Number(last) + 1)]
}

const refusal = (status: number, code: string): PlainResponse => ({
  status,
  headers: { 'content-type': 'application/xml' },
  bytes: new TextEncoder().encode(`<Error><Code>${code}</Code><Message>refused</Message></Error>`),
})
