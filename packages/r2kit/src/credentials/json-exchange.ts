/** Requests to the JSON APIs that providers call: Vault and Cloudflare. Errors have status and reason, and never a secret. */
import { createDefaultTransport } from '#transport'
import { utf8Bytes } from '../base/bytes.js'
import { type Clock, sleep } from '../base/clock.js'
import { printable, shortened } from '../base/shown.js'
import { isR2Error } from '../errors/index.js'
import { type HttpRequest, headerOf, type Transport } from '../http/index.js'
import { mask } from '../security/index.js'

/** Where requests go, and their limits. */
export interface JsonServer {
  /** Scheme and host, without a trailing slash. */
  readonly origin: string
  /** Path before that of each request, without a trailing slash. */
  readonly basePath: string
  /** Certificate authorities to trust instead of the platform's, in PEM. Node only. */
  readonly ca: string | readonly string[] | undefined
  /** Time limit of each request, in milliseconds. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal | undefined
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST'
  /** Percent-encoded path. */
  readonly path: string
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: object
}

export interface JsonResponse {
  readonly status: number
  /** The parsed body; undefined where it is not JSON. */
  readonly json: unknown
  /** Address of a redirect, which is not followed: the request has secrets. */
  readonly location: string | undefined
}

const attemptsMax = 3
const firstDelayMs = 200
const responseBytesMax = 1024 * 1024

/** Sends JSON requests over connections of their own, which `close` ends: no provider keeps a socket open between its calls. */
export class JsonExchange {
  readonly #server: JsonServer
  readonly #transport: Transport

  constructor(server: JsonServer) {
    this.#server = server
    const { clock, ca, timeoutMs } = server
    this.#transport = createDefaultTransport({
      clock,
      connections: { connectTimeoutMs: timeoutMs, closeTimeoutMs: 1, ...(ca !== undefined && { ca }) },
    })
  }

  /**
   * Sends a request, up to three times if the network fails or the server is overloaded.
   *
   * @param isRetryable whether the status may be temporary
   * @throws R2Error of the transport if there is no response
   */
  async send(request: JsonRequest, isRetryable: (status: number) => boolean): Promise<JsonResponse> {
    const { clock, signal } = this.#server
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === attemptsMax
      try {
        const response = await this.#sendOnce(request)
        if (isLast || !isRetryable(response.status)) return response
      } catch (error) {
        if (isLast || !isR2Error(error) || !error.retryable) throw error
      }
      await sleep(clock, firstDelayMs * 2 ** (attempt - 1), signal)
    }
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #sendOnce({ method, path, query = '', headers, body }: JsonRequest): Promise<JsonResponse> {
    const { origin, basePath, timeoutMs, signal } = this.#server
    const request: HttpRequest = {
      method,
      origin,
      path: `${basePath}${path}`,
      query,
      headers: {
        host: origin.slice(origin.indexOf('//') + 2),
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body ? { kind: 'bytes', bytes: utf8Bytes(JSON.stringify(body)) } : { kind: 'empty' },
      responseBody: 'bytes',
      bounds: { maxResponseBytes: responseBytesMax, timeoutMs, stallTimeoutMs: timeoutMs },
      signal,
    }
    const response = await this.#transport.send(request)
    if (!(response.body instanceof Uint8Array)) throw new TypeError('the transport returned a stream')
    return { status: response.status, json: parsed(response.body), location: headerOf(response.headers, 'location') }
  }
}

const parsed = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    // A proxy's page, or an empty body.
    return undefined
  }
}

/** A text of the server for a message: one short printable line, without the secrets that were sent. */
export const quoted = (text: string, secrets: readonly string[]): string => {
  let safe = text
  for (const secret of secrets) if (secret.length >= 8) safe = safe.replaceAll(secret, mask)
  return shortened(printable(safe.replace(/\s+/g, ' ').trim()), 200)
}

/** The property of a JSON value; undefined where it has none. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
