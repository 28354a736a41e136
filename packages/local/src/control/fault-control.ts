/**
 * The control port: a small HTTP API to read, replace and clear the fault rules of a running server, for tests in any language.
 * It listens on loopback only. Web pages cannot use it: it rejects requests with an `Origin`, and hosts other than loopback.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isR2Error, R2Error } from 'r2kit/protocol'
import { type FaultRule, parseFaultRule, printFaultRule } from 'r2kit/simulation'
import type { InjectedFaults } from '../faults/fault-switch.js'

/** A server whose faults can be controlled: a `LocalR2`, or a proxy. */
export interface FaultControlled {
  readonly injectedFaults: readonly InjectedFaults[]
  setFaults(rules: readonly FaultRule[]): void
}

/** A running control port. */
export interface FaultControl extends AsyncDisposable {
  /** Address of the rules: `http://127.0.0.1:9001/faults`. */
  readonly url: string
  /** The TCP port. */
  readonly port: number
  close(): Promise<void>
}

const host = '127.0.0.1'
const maxBodyBytes = 1024 * 1024

/**
 * Opens a control port for the fault rules of `server`.
 *
 * - `GET /faults` returns `{ "faults": [{ "rule": {…}, "text": "kind=…", "count": 3 }] }`.
 * - `PUT /faults` replaces the rules by a JSON array, whose elements are rules or their text. Returns the same as GET.
 * - `DELETE /faults` clears them: 204.
 *
 * Errors are `{ "error": { "code", "message", "field", "hint" } }`.
 *
 * @param port TCP port; 0 for a free one
 * @throws Error The system's error if the port cannot be opened.
 */
export const openFaultControl = async (server: FaultControlled, port: number): Promise<FaultControl> => {
  const http = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (incoming, outgoing) => {
    void respond(server, incoming, outgoing)
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => resolve())
  })
  const address = http.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      http.close(() => resolve())
      http.closeAllConnections()
    })
    return closed
  }
  return { url: `http://${host}:${bound}/faults`, port: bound, close, [Symbol.asyncDispose]: close }
}

/** An error that the client receives. */
class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | undefined

  constructor(status: number, code: string, message: string, hint?: string) {
    super(message)
    this.status = status
    this.code = code
    this.hint = hint
  }
}

const respond = async (server: FaultControlled, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  try {
    requireLocal(incoming)
    requirePath(incoming)
    if (incoming.method === 'PUT') {
      server.setFaults(parseRules(await textOf(incoming)))
    } else if (incoming.method === 'DELETE') {
      server.setFaults([])
      return void outgoing.writeHead(204).end()
    } else if (incoming.method !== 'GET') {
      throw new Refusal(
        405,
        'MethodNotAllowed',
        `${incoming.method} is not a method of /faults.`,
        'Use GET, PUT or DELETE.',
      )
    }
    sendJson(outgoing, 200, {
      faults: server.injectedFaults.map(({ rule, count }) => ({ rule, text: printFaultRule(rule), count })),
    })
  } catch (error) {
    // The rest of a rejected body is not read.
    outgoing.setHeader('connection', 'close')
    if (error instanceof Refusal) sendError(outgoing, error.status, error.code, error.message, error.hint)
    else if (isR2Error(error)) sendError(outgoing, 400, error.code, `${error.message}.`, error.hint, error.field)
    else sendError(outgoing, 500, 'InternalError', String(error))
  }
}

const localHost = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?$/i

/** A web page that rebinds its name to 127.0.0.1 sends its own name as host; one that is not rebound sends its origin. */
const requireLocal = ({ headers }: IncomingMessage): void => {
  if (!localHost.test(headers.host ?? '')) {
    throw new Refusal(
      403,
      'ForbiddenHost',
      'The Host header does not name this machine.',
      'Use http://127.0.0.1 or localhost.',
    )
  }
  const site = headers['sec-fetch-site']
  if (headers.origin !== undefined || (site !== undefined && site !== 'none')) {
    throw new Refusal(
      403,
      'ForbiddenOrigin',
      'Requests from web pages are rejected.',
      'Use curl, or the HTTP client of a test.',
    )
  }
}

const requirePath = ({ url }: IncomingMessage): void => {
  if (url === '/faults') return
  throw new Refusal(404, 'NotFound', 'The control port has no such path.', 'Use /faults.')
}

const textOf = async (incoming: IncomingMessage): Promise<string> => {
  const type = incoming.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    throw new Refusal(415, 'UnsupportedMediaType', 'The body must be JSON.', 'Send content-type: application/json.')
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).byteLength
    if (bytes > maxBodyBytes) throw new Refusal(413, 'BodyTooLarge', `The body exceeds ${maxBodyBytes} bytes.`)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The rules of a body. Rules as text are parsed; `setFaults` checks all others. */
const parseRules = (text: string): FaultRule[] => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal(400, 'InvalidJson', 'The body is not JSON.', 'Send an array of rules.')
  }
  if (!Array.isArray(value))
    throw new R2Error('InvalidConfig', 'faults must be an array', { field: 'faults', hint: 'Send an array of rules.' })
  return value.map((rule) => (typeof rule === 'string' ? parseFaultRule(rule) : rule))
}

const sendError = (
  outgoing: ServerResponse,
  status: number,
  code: string,
  message: string,
  hint?: string,
  field?: string,
): void => sendJson(outgoing, status, { error: { code, message, field, hint } })

const sendJson = (outgoing: ServerResponse, status: number, value: unknown): void => {
  outgoing.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  outgoing.end(`${JSON.stringify(value)}\n`)
}
