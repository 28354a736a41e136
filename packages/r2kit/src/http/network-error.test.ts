import { describe, expect, test } from 'vitest'
import { R2Error } from '../errors/index.js'
import { networkError } from './network-error.js'
import { networkError as networkErrorOfWeb } from './network-error-web.js'

const origin = 'https://storage.example.com:8443'
const r2 = 'https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com'

const failure = (fields: Record<string, unknown>, message = 'm') => Object.assign(new Error(message), fields)
const dump = (reason: string) =>
  `80ACC1743E7F0000:error:0A000410:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1601:SSL alert number 40\n`
const openssl = (code: string, reason: string) => failure({ code, reason, library: 'SSL routines' }, dump(reason))

describe('networkError: a connection that cannot be made', () => {
  test.each([
    ['ECONNREFUSED', 'the connection was refused', 'running'],
    ['ENOTFOUND', 'DNS has no address for storage.example.com', 'spelling'],
    ['EAI_AGAIN', 'the DNS lookup of storage.example.com failed', 'DNS'],
    ['EHOSTUNREACH', 'the host cannot be reached', 'Proxies are not supported'],
    ['ENETUNREACH', 'the network cannot be reached', 'network'],
    ['EMFILE', 'this process has too many open files', 'ulimit'],
    ['EACCES', 'the system forbids it', 'firewall'],
    ['ConnectionRefused', 'the connection was refused', 'running'],
  ])('%s becomes ConnectionFailed with a cause in words and a hint', (code, what, hint) => {
    const error = networkError(failure({ code }), origin, false)
    expect(error).toMatchObject({ code: 'ConnectionFailed', retryable: true, hint: expect.stringContaining(hint) })
    expect(error.message).toBe(`cannot connect to ${origin}: ${what}`)
  })

  test('a host whose addresses all fail is described by the error of the first one', () => {
    const cause = new AggregateError([failure({ code: 'ECONNREFUSED' }), failure({ code: 'ENETUNREACH' })])
    expect(networkError(cause, origin, false).message).toContain('refused')
  })

  test.each(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])('%s becomes Timeout', (code) => {
    expect(networkError(failure({ code }), origin, false)).toMatchObject({ code: 'Timeout', retryable: true })
  })
})

describe('networkError: a TLS failure', () => {
  test.each([
    ['CERT_HAS_EXPIRED', 'its certificate has expired', 'clock'],
    ['CERT_NOT_YET_VALID', 'its certificate is not valid yet', 'clock'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed', 'connections.ca'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate comes from an authority that is not trusted', 'inspects TLS'],
    [
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'its certificate comes from an authority that is not trusted',
      'connections.ca',
    ],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate cannot be traced to a trusted authority', 'intermediate'],
    ['CERT_REVOKED', 'its certificate has been revoked', 'Renew'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name', 'host of the endpoint'],
  ])('a certificate error (%s) becomes TlsFailed with one line and a hint', (code, what, hint) => {
    const error = networkError(failure({ code }, 'raw text of the library\nand more'), origin, false)
    expect(error).toMatchObject({ code: 'TlsFailed', retryable: false, hint: expect.stringContaining(hint) })
    expect(error.message).toBe(`TLS to storage.example.com:8443 failed: ${what}`)
  })

  test.each([
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number', 'does not speak TLS', 'http://storage.example.com:8443'],
    [
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
      'sslv3 alert handshake failure',
      'refused the handshake',
      'Check the host',
    ],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'ssl/tls alert handshake failure', 'refused the handshake', 'Check'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'tlsv1 unrecognized name', 'refused the handshake', 'certificate'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tlsv1 alert protocol version', 'no TLS version', 'TLS 1.2'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'unsupported protocol', 'no TLS version', 'TLS 1.2'],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'tlsv13 alert certificate required',
      'client certificate',
      'not supported',
    ],
    ['ERR_SSL_DECRYPTION_FAILED', 'decryption failed or bad record mac', 'bad record mac', 'endpoint'],
  ])(
    'a handshake error (%s) becomes TlsFailed with one line, without OpenSSL’s file names',
    (code, reason, what, hint) => {
      for (const cause of [openssl(code, reason), failure({ code: 'EPROTO' }, `write EPROTO ${dump(reason)}`)]) {
        const error = networkError(cause, origin, false)
        expect(error).toMatchObject({ code: 'TlsFailed', retryable: false, hint: expect.stringContaining(hint) })
        expect(error.message).toContain(what)
        expect(error.message).not.toMatch(/openssl|:error:|\.c:|\n/)
      }
    },
  )

  test('a handshake error at a host of R2 has a hint about the account ID', () => {
    const cause = openssl('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'sslv3 alert handshake failure')
    for (const host of [r2, r2.replace('.r2.', '.eu.r2.'), r2.replace('://', '://bucket.')]) {
      expect(networkError(cause, host, false).hint).toMatch(/account ID.*spelling.*new account/)
    }
    expect(networkError(cause, 'https://r2.cloudflarestorage.com.example.com', false).hint).not.toContain('account')
  })
})

describe('networkError: a connection that breaks', () => {
  test.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'ERR_HTTP2_STREAM_ERROR', 'something new'])(
    '%s becomes ConnectionReset before the head of the response and StreamInterrupted after it',
    (code) => {
      expect(networkError(failure({ code }), origin, false)).toMatchObject({ code: 'ConnectionReset', retryable: true })
      expect(networkError(failure({ code }), origin, true)).toMatchObject({
        code: 'StreamInterrupted',
        retryable: true,
      })
    },
  )

  test('the text of a foreign error is cut after 200 characters, and its control characters are escaped', () => {
    const { message } = networkError(
      failure({ code: 'ECONNRESET' }, `\u001b[2J${'x'.repeat(10_000)}\u202e`),
      origin,
      false,
    )
    expect(message.length).toBeLessThan(300)
    expect(message).toContain('\\u001b[2J')
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  test('an R2Error is returned unchanged', () => {
    const ours = new R2Error('InvalidConfig', 'x')
    expect(networkError(ours, origin, false)).toBe(ours)
  })
})

test('a failed fetch without a reason counts as ConnectionReset, since the request may have reached the server', () => {
  const cause = new TypeError('Failed to fetch\u0007')
  expect(networkErrorOfWeb(cause, origin, false)).toMatchObject({
    code: 'ConnectionReset',
    message: `the request to ${origin} failed: Failed to fetch\\u0007`,
    hint: expect.stringContaining('CORS'),
    cause,
  })
  expect(networkErrorOfWeb(cause, origin, true)).toMatchObject({ code: 'StreamInterrupted' })
})
