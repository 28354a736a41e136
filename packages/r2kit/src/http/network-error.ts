/** Failures of sockets as errors with advice: of undici, Node's `fetch` (which is undici too), `node:http`, and the sockets of Bun. */
import { printable } from '../base/shown.js'
import { clientError, isR2Error, R2Error } from '../errors/index.js'
import { isTlsCode, tlsError } from './tls-error.js'

/** Fields that errors of Node, undici, Bun and Deno have in common. */
interface SystemError {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  /** OpenSSL's text, without the file and line that its message contains. */
  readonly reason?: string
  /** The bytes that the HTTP parser rejected: of undici, and of `node:http`. */
  readonly data?: string
  readonly rawPacket?: Uint8Array
}

interface Problem {
  /** Follows "cannot connect to <origin>: ". */
  readonly what: (hostname: string) => string
  readonly hint?: string
}

/** Codes of failures before the request has reached a server. Bun's names are mapped to Node's. */
const notConnected: Readonly<Record<string, Problem>> = {
  ECONNREFUSED: {
    what: () => 'the connection was refused',
    hint: 'Check the host and port of the endpoint, and that the server is running.',
  },
  ENOTFOUND: {
    what: (hostname) => `DNS has no address for ${hostname}`,
    hint: "Check the spelling of the endpoint, and this machine's DNS.",
  },
  EAI_AGAIN: {
    what: (hostname) => `the DNS lookup of ${hostname} failed`,
    hint: "Check this machine's network and DNS.",
  },
  EHOSTUNREACH: { what: () => 'the host cannot be reached' },
  ENETUNREACH: { what: () => 'the network cannot be reached', hint: "Check this machine's network." },
  EADDRNOTAVAIL: { what: () => 'this machine has no free address or port for the connection' },
  EMFILE: {
    what: () => 'this process has too many open files',
    hint: 'Raise the limit of open files (ulimit -n), or lower connections.maxConnections.',
  },
  ENFILE: { what: () => 'this machine has too many open files' },
  EACCES: { what: () => 'the system forbids it', hint: 'Check the firewall and the sandbox of this process.' },
  EPERM: { what: () => 'the system forbids it', hint: 'Check the firewall and the sandbox of this process.' },
}
const aliases: Readonly<Record<string, string>> = { ConnectionRefused: 'ECONNREFUSED' }

const timeouts: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])

/**
 * The R2Error for a failure of undici or of a socket.
 *
 * @param bodyStarted whether the head of the response had arrived
 */
export const networkError = (cause: unknown, origin: string, bodyStarted: boolean): R2Error => {
  if (isR2Error(cause)) return cause
  const error = firstOf(cause)
  const code = aliases[error.code ?? ''] ?? error.code ?? ''
  const text = textOf(error)
  // Undici checks its input before it opens a connection; nothing has been sent.
  if (code === 'UND_ERR_INVALID_ARG')
    return clientError('InvalidInput', `the request cannot be sent: ${text}`, {
      hint: 'Check the key, the headers that layers add, and the length and type of the body.',
      cause,
    })
  if (bodyStarted) return clientError('StreamInterrupted', `the response from ${origin} broke off: ${text}`, { cause })
  // By its name too: some versions of undici leave out the code.
  const isProtocol = error.name === 'HTTPParserError' || code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW'
  if (isProtocol) return notHttp(error, origin, text, cause)
  // Before the head, this is undici's error for several lengths: different ones, or one beside chunks (RFC 9112, section 6.3).
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH')
    return notHttp(error, origin, 'the head of the response has more than one length', cause)
  if (isTlsCode(code)) return tlsError(cause, code, origin, text)
  const problem = notConnected[code]
  if (problem !== undefined) {
    const what = problem.what(new URL(origin).hostname)
    return new R2Error('ConnectionFailed', `cannot connect to ${origin}: ${what}`, { hint: problem.hint, cause })
  }
  if (timeouts.has(code)) return clientError('Timeout', `cannot connect to ${origin} in time: ${text}`, { cause })
  return clientError('ConnectionReset', `the connection to ${origin} broke: ${text}`, {
    hint: hintOfReset(origin),
    cause,
  })
}

/** A host with several addresses fails with an error for each of them. */
const firstOf = (cause: unknown): SystemError => {
  const error = cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause
  return typeof error === 'object' && error !== null ? error : { message: String(error) }
}

const textLength = 200

/** One printable line, without the addresses, files and lines of OpenSSL's dumps. */
const textOf = ({ reason, message = '', code = '' }: SystemError): string => {
  const description = reason ?? opensslDump.exec(message)?.[1] ?? message.trim()
  return printable(description === '' ? code : description).slice(0, textLength)
}

/** Thread, "error", number, library, function, reason, file, line. Only the reason helps a reader. */
const opensslDump = /:error:[^:]*:[^:]*:[^:]*:([^:]*)/

/** The first bytes of a TLS server's reply to plain HTTP: a record of the type "alert" (RFC 8446, section 5.1). */
const tlsAlert = '\u0015\u0003'

const notHttp = ({ data, rawPacket }: SystemError, origin: string, text: string, cause: unknown): R2Error =>
  (data ?? String.fromCharCode(...(rawPacket?.subarray(0, 2) ?? []))).startsWith(tlsAlert)
    ? clientError('InvalidResponse', `${origin} speaks TLS, not plain HTTP`, { hint: `Use ${withTls(origin)}.`, cause })
    : clientError('InvalidResponse', `${origin} does not speak valid HTTP: ${text}`, { cause })

/** Most TLS servers only close a connection that begins with plain HTTP. */
const hintOfReset = (origin: string): string | undefined =>
  origin.startsWith('http:') ? `If this port serves TLS, use ${withTls(origin)}.` : undefined

const withTls = (origin: string): string => origin.replace('http:', 'https:')
