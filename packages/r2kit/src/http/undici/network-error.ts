import { isR2Error, R2Error } from '../../errors/index.js'

/** Codes of Node and undici that tell what happened to a connection. */
const codeOf: Readonly<
  Record<string, 'ConnectionFailed' | 'ConnectionReset' | 'Timeout' | 'TlsFailed' | 'InvalidResponse'>
> = {
  UND_ERR_CONNECT_TIMEOUT: 'Timeout',
  ETIMEDOUT: 'Timeout',
  ECONNREFUSED: 'ConnectionFailed',
  ENOTFOUND: 'ConnectionFailed',
  EAI_AGAIN: 'ConnectionFailed',
  EHOSTUNREACH: 'ConnectionFailed',
  ENETUNREACH: 'ConnectionFailed',
  EADDRNOTAVAIL: 'ConnectionFailed',
  ECONNRESET: 'ConnectionReset',
  ECONNABORTED: 'ConnectionReset',
  EPIPE: 'ConnectionReset',
  UND_ERR_SOCKET: 'ConnectionReset',
  EPROTO: 'TlsFailed',
  CERT_HAS_EXPIRED: 'TlsFailed',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TlsFailed',
  SELF_SIGNED_CERT_IN_CHAIN: 'TlsFailed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TlsFailed',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TlsFailed',
  UND_ERR_HEADERS_OVERFLOW: 'InvalidResponse',
}

/** llhttp's codes, and OpenSSL's with Node's own for TLS. */
const familyOf = (code: string) => {
  if (code.startsWith('HPE_')) return 'InvalidResponse'
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? 'TlsFailed' : undefined
}

/** What a failure of undici or of the socket means to us. `bodyStarted`: the answer's head had arrived. */
export const networkError = (cause: unknown, origin: string, bodyStarted: boolean): R2Error => {
  if (isR2Error(cause)) return cause
  const error = cause instanceof AggregateError ? cause.errors[0] : cause
  const { code = '', message = String(cause) } = (error ?? {}) as { code?: string; message?: string }
  // Undici checks what it is given before it opens a connection; nothing has been sent.
  if (code === 'UND_ERR_INVALID_ARG') return new R2Error('InvalidInput', `it cannot be sent: ${message}`, { cause })
  const known = familyOf(code) ?? codeOf[code]
  if (known === 'InvalidResponse') {
    return new R2Error('InvalidResponse', `${origin} does not speak proper HTTP: ${message}`, { cause })
  }
  if (bodyStarted) return new R2Error('StreamInterrupted', `the answer broke off: ${message}`, { cause })
  if (known === undefined) return new R2Error('ConnectionReset', `the request failed: ${message}`, { cause })
  const what = {
    Timeout: 'no connection in the time allowed',
    ConnectionFailed: 'no connection',
    ConnectionReset: 'the connection broke',
    TlsFailed: 'TLS failed',
  }[known]
  return new R2Error(known, `${what} to ${origin}: ${message}`, { cause })
}
