/** A Transport without a network: the test supplies the responses and can inspect the requests. */
import {
  type HeaderFields,
  type HttpRequest,
  type HttpResponse,
  R2Client,
  type R2ClientOptions,
  type Transport,
} from 'r2kit'
import { unframe } from './aws-chunked.js'
import { VirtualClock } from './virtual-clock.js'

/** A copy of a request as it was sent: each attempt signs its headers again. */
export interface SentRequest extends HttpRequest {
  /** The body, without the framing of aws-chunked. */
  readonly bodyBytes: Buffer
  /** The fields of its trailer. */
  readonly trailers: Readonly<Record<string, string>>
}

export interface FakeResponse {
  readonly status?: number
  readonly headers?: HeaderFields
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>
}

/** Receives each request and its number, from 1, and returns the response. A returned Error is thrown. */
export type Script = (
  request: SentRequest,
  number: number,
) => FakeResponse | Error | undefined | Promise<FakeResponse | Error | undefined>

export class FakeTransport implements Transport {
  readonly name = 'fake'
  readonly sent: SentRequest[] = []
  closed = false
  /** Whether the server knows no checksums: it stores the bytes, and repeats nothing. */
  ignoresChecksums = false
  readonly #script: Script

  constructor(script: Script = () => ({})) {
    this.#script = script
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const sent = await bytesOf(request)
    const isFramed = request.headers['x-amz-trailer'] !== undefined
    const { bytes: bodyBytes, trailers } = isFramed ? unframe(sent) : { bytes: sent, trailers: {} }
    const seen: SentRequest = { ...request, headers: { ...request.headers }, bodyBytes, trailers }
    this.sent.push(seen)
    const response = (await this.#script(seen, this.sent.length)) ?? {}
    if (response instanceof Error) throw response
    const { status = 200, body = '' } = response
    const headers = status < 300 ? { ...this.#checksumsOf(seen), ...response.headers } : (response.headers ?? {})
    if (body instanceof ReadableStream) return { status, headers, body }
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    return { status, headers, body: request.responseBody === 'bytes' ? bytes : streamOf(bytes) }
  }

  async close(): Promise<void> {
    this.closed = true
  }

  /** R2 repeats the checksum of a write in its response. */
  #checksumsOf({ method, headers, trailers }: SentRequest): HeaderFields {
    if (method !== 'PUT' || this.ignoresChecksums) return {}
    return Object.fromEntries(
      Object.entries({ ...headers, ...trailers }).filter(([name]) => /^x-amz-checksum-/.test(name)),
    )
  }
}

const bytesOf = async ({ body }: HttpRequest): Promise<Buffer> => {
  if (body.kind === 'empty') return Buffer.alloc(0)
  if (body.kind === 'bytes') return Buffer.from(body.bytes)
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A stream of these pieces. An Error among them fails the stream. */
export const streamOf = (...pieces: (string | Uint8Array | Error)[]): ReadableStream<Uint8Array> => {
  const left = [...pieces]
  return new ReadableStream({
    pull(controller) {
      const piece = left.shift()
      if (piece === undefined) controller.close()
      else if (piece instanceof Error) controller.error(piece)
      else controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
    },
  })
}

export const testCredentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: `${'5ec2e7'.repeat(10)}beef` }

/** Options of a client, of which the fake has its own; an `endpoint` replaces the account. */
export type FakeClientOptions = Partial<Omit<R2ClientOptions, 'accountId' | 'endpoint'>> & {
  readonly accountId?: string | undefined
  readonly endpoint?: string | undefined
}

/** A client on virtual time whose server is a script. Without `random` there is no jitter. */
export const fakeClient = (
  script?: Script,
  options: FakeClientOptions = {},
): { r2: R2Client; transport: FakeTransport; clock: VirtualClock } => {
  const transport = new FakeTransport(script)
  const clock = new VirtualClock()
  const r2 = new R2Client({
    accountId: '0123456789abcdef0123456789abcdef',
    credentials: testCredentials,
    transport,
    clock,
    random: () => 0,
    ...options,
  } as R2ClientOptions)
  return { r2, transport, clock }
}

/** The minimal headers of a response with an object. */
export const objectHeaders = (size: number, more: HeaderFields = {}): HeaderFields => ({
  'content-length': String(size),
  etag: '"0123456789abcdef0123456789abcdef"',
  'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
  ...more,
})
