/** TLS failures: the problem with the server, its name or its certificate, with advice. */
import { R2Error } from '../errors/index.js'

interface Problem {
  /** Follows "TLS to <host> failed: ". */
  readonly what: string
  readonly hint?: string
}

const renew = "Renew the server's certificate. If the server is R2, set this machine's clock (NTP)."
const trust =
  'Pass the certificate of its authority as connections.ca. A proxy that inspects TLS causes this error too.'
const untrusted: Problem = { what: 'its certificate comes from an authority that is not trusted', hint: trust }

/** Node's codes: nodejs.org/api/tls.html, "X509 certificate error codes". */
const certificateProblems: Readonly<Record<string, Problem>> = {
  CERT_HAS_EXPIRED: { what: 'its certificate has expired', hint: renew },
  CERT_NOT_YET_VALID: { what: 'its certificate is not valid yet', hint: renew },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    what: 'its certificate is self-signed',
    hint: 'If the server is yours, pass its certificate as connections.ca.',
  },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    what: 'its certificate cannot be traced to a trusted authority',
    hint: `Configure the server to send its intermediate certificates. ${trust}`,
  },
  CERT_REVOKED: { what: 'its certificate has been revoked', hint: "Renew the server's certificate." },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    what: 'its certificate is for another name',
    hint: 'Check the host of the endpoint. A wildcard certificate covers one level of subdomains.',
  },
}

/** OpenSSL's text for a failed handshake → the problem. The peer's alerts are in RFC 8446, section 6.2. */
const handshakeProblems: readonly (readonly [reason: RegExp, problem: (endpoint: URL) => Problem])[] = [
  [
    /wrong version number|packet length too long|http request|unknown protocol/,
    ({ host }) => ({
      what: 'the server does not speak TLS on this port',
      hint: `Use http://${host} if it is a plain HTTP server, or the port that serves TLS.`,
    }),
  ],
  [
    /handshake failure|unrecognized name/,
    ({ hostname }) => ({
      what: 'the server refused the handshake',
      hint: isR2(hostname)
        ? noSuchAccount
        : 'Check the host of the endpoint: the server may have no certificate for it.',
    }),
  ],
  [
    /protocol version|unsupported protocol|version too low|insufficient security/,
    () => ({
      what: 'the server has no TLS version or cipher that is safe',
      hint: 'Enable TLS 1.2 or 1.3 on the server.',
    }),
  ],
  [
    /certificate required|alert bad certificate|alert certificate|alert unknown ca/,
    () => ({
      what: 'the server requires a client certificate',
      hint: 'Client certificates are not supported. Use an endpoint that requires none.',
    }),
  ],
]

const isR2 = (hostname: string): boolean => hostname.endsWith('.r2.cloudflarestorage.com')

/** R2 has a certificate for each account, and ends the handshake for any other name. */
const noSuchAccount =
  'R2 has no certificate for this host. Check the account ID and the spelling of the endpoint; a new account gets its certificate some minutes after it was created.'

/** Whether a system error's code belongs to TLS: a certificate, OpenSSL or Node's `tls`. */
export const isTlsCode = (code: string): boolean =>
  code === 'EPROTO' ||
  Object.hasOwn(certificateProblems, code) ||
  /^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT|CRL|UNABLE_TO|INVALID|ERROR_IN|PATH_LENGTH|HOSTNAME)_/.test(code)

/** @param reason OpenSSL's text for the failure, one printable line */
export const tlsError = (cause: unknown, code: string, origin: string, reason: string): R2Error => {
  const endpoint = new URL(origin)
  // BoringSSL, which Bun has, writes WRONG_VERSION_NUMBER.
  const words = reason.toLowerCase().replaceAll('_', ' ')
  const handshake = handshakeProblems.find(([pattern]) => pattern.test(words))?.[1]
  const { what, hint } = certificateProblems[code] ?? handshake?.(endpoint) ?? { what: reason }
  return new R2Error('TlsFailed', `TLS to ${endpoint.host} failed: ${what}`, { hint, cause })
}
