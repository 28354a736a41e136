/**
 * A local R2 and raw requests to it, for tests of the wire protocol. The path is sent unchanged, and any header can be set,
 * removed or altered after signing.
 */
import http from 'node:http'
import net from 'node:net'
import { type LocalCredentials, type LocalR2Options, startLocalR2 } from '@r2kit/local'
import { canonicalQueryFromRaw, RequestSigner, sha256Hex } from 'r2kit/protocol'

export interface RawRequestOptions {
  /** Percent-encoded, without the `?`. */
  readonly query?: string
  /** Sent in the request line instead of the signed path. */
  readonly sentPath?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** `x-amz-content-sha256`. @defaultValue the body's hash */
  readonly payloadHash?: string
  /** Headers that are changed after signing; the value `undefined` removes a header. */
  readonly alteredHeaders?: Readonly<Record<string, string | undefined>>
  readonly unsigned?: boolean
  readonly credentials?: LocalCredentials
  readonly signedAtMs?: number
  readonly region?: string
}

interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly text: string
  /** `Code` of an error document. */
  readonly code: string | undefined
  readonly message: string | undefined
}

export interface RawR2 extends AsyncDisposable {
  readonly endpoint: string
  readonly port: number
  /** Errors that the server reported as internal. */
  readonly internalErrors: readonly unknown[]
  /** The log lines of these errors. */
  readonly log: readonly string[]
  send(method: string, path: string, options?: RawRequestOptions): Promise<RawResponse>
  /** Sends the path and query of a presigned URL without signing them. */
  fetchUrl(
    url: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<RawResponse>
  /** Writes bytes to a socket, closes the writing side, and resolves with everything that the server sends. */
  raw(bytes: string): Promise<string>
}

export const openRawR2 = async (options: LocalR2Options = {}): Promise<RawR2> => {
  const internalErrors: unknown[] = []
  const log: string[] = []
  const onInternalError = (error: unknown, line: string) => {
    internalErrors.push(error)
    log.push(line)
  }
  const local = await startLocalR2({ ...options, onInternalError })
  const clock = options.clock
  const agent = new http.Agent({ keepAlive: true })
  const host = `127.0.0.1:${local.port}`

  const send: RawR2['send'] = (method, path, request = {}) => {
    const { query = '', body = '', credentials = local.credentials } = request
    const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
    const headers: Record<string, string> = { host, ...request.headers }
    const carriesBody = bytes.byteLength > 0 || method === 'PUT' || method === 'POST'
    if (carriesBody && headers['transfer-encoding'] === undefined)
      headers['content-length'] ??= String(bytes.byteLength)
    if (!request.unsigned) {
      const nowMs = request.signedAtMs ?? clock?.now() ?? Date.now()
      const signer = new RequestSigner({ region: request.region ?? 'auto' })
      signer.sign(
        { method, path, query: canonicalQueryFromRaw(query), headers },
        credentials,
        request.payloadHash ?? sha256Hex(bytes),
        nowMs,
      )
    }
    const sent = Object.entries({ ...headers, ...request.alteredHeaders }).filter(([, value]) => value !== undefined)
    return exchange(
      {
        method,
        path: `${request.sentPath ?? path}${query === '' ? '' : `?${query}`}`,
        headers: Object.fromEntries(sent),
      },
      bytes,
    )
  }

  const exchange = (request: http.RequestOptions, bytes: Uint8Array): Promise<RawResponse> =>
    new Promise((resolve, reject) => {
      const outgoing = http.request({ ...request, host: '127.0.0.1', port: local.port, agent }, (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => resolve(responseOf(incoming, Buffer.concat(chunks))))
      })
      outgoing.on('error', reject)
      outgoing.end(bytes)
    })

  return {
    endpoint: local.endpoint,
    port: local.port,
    internalErrors,
    log,
    send,
    fetchUrl: (url, { method = 'GET', headers = {}, body = '' } = {}) => {
      const path = url.slice(local.endpoint.length)
      return exchange({ method, path, headers: { host, ...headers } }, Buffer.from(body))
    },
    raw: (bytes) =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = []
        const socket = net.connect({ port: local.port, host: '127.0.0.1', allowHalfOpen: true }, () =>
          socket.end(bytes),
        )
        socket.on('data', (chunk: Buffer) => chunks.push(chunk))
        socket.on('error', reject)
        socket.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')))
      }),
    [Symbol.asyncDispose]: async () => {
      agent.destroy()
      await local.close()
    },
  }
}

const responseOf = (incoming: http.IncomingMessage, body: Buffer): RawResponse => {
  const text = body.toString('utf8')
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value)
  const element = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1]
  const unescaped = (value: string | undefined): string | undefined =>
    value
      ?.replaceAll('&apos;', "'")
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&#10;', '\n')
      .replaceAll('&amp;', '&')
  return {
    status: incoming.statusCode ?? 0,
    headers,
    body,
    text,
    code: unescaped(element('Code')),
    message: unescaped(element('Message')),
  }
}

/** The texts of all elements of this name, in order. */
export const elementsOf = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map((match) => match[1] ?? '')
