import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePresignedQuery } from '#test/support/presigned-pieces.js'
import { encodeKeyPath } from '../base/encode.js'
import {
  canonicalPathFromRaw,
  parseAuthorization,
  parseCredential,
  parseSignedHeaders,
  RequestSigner,
  SignatureVerifier,
} from './index.js'
import { presignWithSigner } from './presigning.js'

const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
const host = 'localhost:9000'
const nowMs = Date.UTC(2026, 0, 1)

describe('canonicalPathFromRaw', () => {
  test.each([
    ['a path of unreserved characters', '/bucket/a-b_c.d~e/F9', '/bucket/a-b_c.d~e/F9'],
    ['the five characters that many signers leave raw', "/b/!'()*", '/b/%21%27%28%29%2A'],
    ['other reserved characters', '/b/@:,;=+$&', '/b/%40%3A%2C%3B%3D%2B%24%26'],
    ['escapes in lower case', '/b/%c3%bc%2b', '/b/%C3%BC%2B'],
    ['escapes of unreserved characters', '/b/%41%2d%2E%5f%7e', '/b/A-._~'],
    ['an escaped slash', '/b/a%2Fc', '/b/a/c'],
    ['an escaped percent sign, which is decoded once', '/b/%252E', '/b/%252E'],
    ['a percent sign that begins no escape', '/b/100%/%zz%2', '/b/100%25/%25zz%252'],
    ['raw bytes above 0x7F', '/b/\u00c3\u00bc', '/b/%C3%BC'],
    ['dots and doubled slashes', '/b/.././/c', '/b/.././/c'],
  ])('encodes %s', (_what, raw, canonical) => {
    expect(canonicalPathFromRaw(raw)).toBe(canonical)
    expect(canonicalPathFromRaw(canonical)).toBe(canonical)
  })
})

const keys = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...Array.from("!'()*@+=:,;$& %~ü/.")), minLength: 1, maxLength: 12 }),
)

/** Whether a byte may be unencoded in the path of a request line without changing its meaning. */
const mayBeRaw = (byte: number) => byte > 0x20 && byte !== 0x7f && !'%?#'.includes(String.fromCharCode(byte))

/** A path as a client might write it: every byte unencoded if permitted, or escaped in upper or lower case. */
const spelledPath = keys.chain((key) => {
  const bytes = [...Buffer.from(key)]
  const choices = bytes.map((byte) => fc.constantFrom(...(mayBeRaw(byte) ? ['raw'] : []), 'upper', 'lower'))
  return fc.tuple(...choices).map((chosen) => {
    const spelled = bytes.map((byte, index) => {
      if (chosen[index] === 'raw') return String.fromCharCode(byte)
      const escaped = `%${byte.toString(16).padStart(2, '0')}`
      return chosen[index] === 'upper' ? escaped.toUpperCase() : escaped
    })
    return { strict: `/bucket/${encodeKeyPath(key)}`, spelled: `/bucket/${spelled.join('')}` }
  })
})

const verifier = new SignatureVerifier()

/** Whether the signature made for `signedPath` holds for a request that arrives with `sentPath`. */
const holds = (signedPath: string, sentPath: string, presigned: boolean): boolean => {
  const headers: Record<string, string> = { host }
  let query = ''
  if (presigned) {
    const request = { method: 'GET', origin: `http://${host}`, path: signedPath, query: [], headers: {} }
    const url = presignWithSigner(new RequestSigner(), request, credentials, { expiresInSeconds: 60, nowMs })
    query = url.slice(url.indexOf('?') + 1)
  } else {
    const request = { method: 'GET', path: signedPath, query, headers }
    new RequestSigner().sign(request, credentials, 'UNSIGNED-PAYLOAD', nowMs)
  }
  const pieces = presigned ? parsePresignedQuery(query) : parseAuthorization(headers.authorization ?? '')
  const credential = parseCredential(pieces.credential ?? '')
  if (typeof credential === 'number') throw new Error('the credential has too few parts')
  const expected = verifier.expectedSignature(
    { method: 'GET', path: sentPath, query, headers },
    {
      credential,
      amzDate: headers['x-amz-date'] ?? parsePresignedQuery(query).date ?? '',
      signedHeaders: parseSignedHeaders(pieces.signedHeaders ?? ''),
      payloadHash: 'UNSIGNED-PAYLOAD',
    },
    credentials.secretAccessKey,
  )
  return expected.signature === pieces.signature
}

test('the verifier accepts a signature of our signer for every spelling of the path on the wire', () => {
  fc.assert(
    fc.property(spelledPath, fc.boolean(), ({ strict, spelled }, presigned) => {
      expect(canonicalPathFromRaw(spelled)).toBe(strict)
      expect(holds(strict, spelled, presigned)).toBe(true)
    }),
  )
})

test('the verifier rejects a signature over a path that is not strictly encoded, even for that path', () => {
  fc.assert(
    fc.property(spelledPath, fc.boolean(), ({ strict, spelled }, presigned) => {
      fc.pre(spelled !== strict)
      expect(holds(spelled, spelled, presigned)).toBe(false)
      expect(holds(spelled, strict, presigned)).toBe(false)
    }),
  )
})
