/**
 * Signatures made by third parties: AWS's published suite, requests signed by botocore, and the examples of the S3 manual.
 * Each test compares canonical request, string to sign and signature in this order: the first difference shows the mistake.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '#hash'
import { parsePresignedQuery } from '#test/support/presigned-pieces.js'
import { encodeKeyPath } from '../base/encode.js'
import {
  canonicalQueryFromRaw,
  parseAmzDate,
  parseAuthorization,
  parseCredential,
  parseSignedHeaders,
  type RawRequest,
  RequestSigner,
  SignatureVerifier,
} from './index.js'
import { presignWithSigner } from './presigning.js'

interface SuiteStages {
  canonical: string
  string_to_sign: string
  signature: string
  signed_request: string
}
interface SuiteCase {
  name: string
  s3_uri: boolean
  context: { credentials: { secret_access_key: string }; omit_session_token?: boolean }
  request: { body: string }
  header: SuiteStages
  query: SuiteStages
}
interface S3Case {
  name: string
  mode: 'header' | 'query'
  method: string
  url: string
  headers: Record<string, string>
  body_b64: string
  access_key_id: string
  secret_access_key: string
  session_token: string | null
  date: string
  expires: number | null
  canonical: string
  string_to_sign: string
  content_sha256: string | null
  authorization: string | null
  signed_url: string | null
}
interface Vectors {
  suite: SuiteCase[]
  s3: S3Case[]
}

const file = new URL('../../../../../shared/data/sigv4-vectors.json', import.meta.url)
const present = existsSync(file)
const vectors: Vectors = present ? JSON.parse(readFileSync(file, 'utf8')) : { suite: [], s3: [] }

const defined = <Value>(value: Value | undefined | null): Value => {
  if (value === undefined || value === null) throw new Error('the vector has no such part')
  return value
}

/** Reads a request of the suite, whose paths are not encoded, and whose header values may be folded. */
const readRequest = (text: string): RawRequest => {
  const [head = ''] = text.split('\n\n')
  const [requestLine = '', ...lines] = head.replace(/\n[ \t]+/g, ' ').split('\n')
  const [, method = '', path = '', query = ''] = /^(\S+) ([^?]*)\??(.*) HTTP\/1\.1$/.exec(requestLine) ?? []
  const headers: Record<string, string[]> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers[name] = [...(headers[name] ?? []), line.slice(colon + 1)]
  }
  return { method, path: encodeKeyPath(path), query, headers }
}

const pathAndQuery = (url: string): { origin: string; path: string; query: string } => {
  const [, origin = '', path = '', query = ''] = /^(https:\/\/[^/]+)([^?]*)\??(.*)$/.exec(url) ?? []
  return { origin, path, query }
}

test.skipIf(!present)(
  present
    ? 'the file with the vectors of AWS and botocore is complete'
    : 'SKIPPED: no ../shared/data/sigv4-vectors.json beside the repository',
  () => {
    expect(vectors.suite.filter((each) => each.s3_uri)).toHaveLength(32)
    expect(vectors.s3).toHaveLength(142)
  },
)

describe.skipIf(!present)("AWS's published suite", () => {
  for (const { name, context, request, header, query } of vectors.suite.filter((each) => each.s3_uri)) {
    const secret = context.credentials.secret_access_key

    test(`header signature: ${name}`, () => {
      const raw = readRequest(header.signed_request)
      const authorization = parseAuthorization(String(raw.headers.authorization))
      const credential = parseCredential(defined(authorization.credential))
      if (typeof credential === 'number') throw new Error('the credential has too few parts')
      const expected = new SignatureVerifier().expectedSignature(
        raw,
        {
          credential,
          amzDate: String(raw.headers['x-amz-date']),
          signedHeaders: parseSignedHeaders(defined(authorization.signedHeaders)),
          payloadHash: sha256Hex(request.body),
        },
        secret,
      )
      expect(expected.canonicalRequest).toBe(header.canonical)
      expect(expected.stringToSign).toBe(header.string_to_sign)
      expect(expected.signature).toBe(header.signature)
      expect(authorization.signature).toBe(header.signature)
    })

    test(`query signature: ${name}`, () => {
      const sent = readRequest(query.signed_request)
      // Two cases add the token after signing, which S3 does not do.
      const raw = context.omit_session_token
        ? { ...sent, query: sent.query.replace(/&X-Amz-Security-Token=[^&]*/, '') }
        : sent
      const pieces = parsePresignedQuery(raw.query)
      const credential = parseCredential(defined(pieces.credential))
      if (typeof credential === 'number') throw new Error('the credential has too few parts')
      const expected = new SignatureVerifier().expectedSignature(
        raw,
        {
          credential,
          amzDate: defined(pieces.date),
          signedHeaders: parseSignedHeaders(defined(pieces.signedHeaders)),
          payloadHash: sha256Hex(request.body),
        },
        secret,
      )
      expect(expected.canonicalRequest).toBe(query.canonical)
      expect(expected.stringToSign).toBe(query.string_to_sign)
      expect(expected.signature).toBe(query.signature)
      expect(pieces.signature).toBe(query.signature)
    })
  }
})

describe.skipIf(!present)('requests signed by botocore for R2', () => {
  const verifier = new SignatureVerifier()
  for (const [index, vector] of vectors.s3.entries()) {
    const credentials = {
      accessKeyId: vector.access_key_id,
      secretAccessKey: vector.secret_access_key,
      sessionToken: vector.session_token ?? undefined,
    }
    const { origin, path, query } = pathAndQuery(vector.url)
    const host = origin.slice('https://'.length)
    const nowMs = defined(parseAmzDate(vector.date))

    test(`${index} ${vector.mode}: ${vector.name}`, () => {
      // The verifier's texts are compared first, because they show where a difference arises.
      const signed = vector.mode === 'header' ? vector.authorization : pathAndQuery(defined(vector.signed_url)).query
      const pieces =
        vector.mode === 'header' ? parseAuthorization(defined(signed)) : parsePresignedQuery(defined(signed))
      const credential = parseCredential(defined(pieces.credential))
      if (typeof credential === 'number') throw new Error('the credential has too few parts')
      const headers: Record<string, string> = { ...vector.headers, host }
      if (vector.mode === 'header') {
        headers['x-amz-date'] = vector.date
        headers['x-amz-content-sha256'] = defined(vector.content_sha256)
        if (vector.session_token !== null) headers['x-amz-security-token'] = vector.session_token
      }
      const expected = verifier.expectedSignature(
        { method: vector.method, path, query: vector.mode === 'header' ? query : defined(signed), headers },
        {
          credential,
          amzDate: vector.date,
          signedHeaders: parseSignedHeaders(defined(pieces.signedHeaders)),
          payloadHash: vector.content_sha256 ?? 'UNSIGNED-PAYLOAD',
        },
        vector.secret_access_key,
      )
      expect(expected.canonicalRequest).toBe(vector.canonical)
      expect(expected.stringToSign).toBe(vector.string_to_sign)
      expect(expected.signature).toBe(pieces.signature)

      const signer = new RequestSigner()
      if (vector.mode === 'header') {
        const request = {
          method: vector.method,
          path,
          query: canonicalQueryFromRaw(query),
          headers: { ...vector.headers, host } as Record<string, string>,
        }
        const payloadHash = sha256Hex(Buffer.from(vector.body_b64, 'base64'))
        signer.sign(request, credentials, payloadHash, nowMs)
        expect(request.headers.authorization).toBe(vector.authorization)
      } else {
        const parameters = [...new URLSearchParams(query)]
        const url = presignWithSigner(
          signer,
          { method: vector.method, origin, path, query: parameters, headers: vector.headers },
          credentials,
          { expiresInSeconds: defined(vector.expires), nowMs },
        )
        // Parameters may have any order in a URL.
        expect(pathAndQuery(url).path).toBe(path)
        expect(pathAndQuery(url).query.split('&').sort()).toEqual(defined(signed).split('&').sort())
      }
    })
  }
})

/** Amazon S3 API reference, "Authenticating Requests: Using the Authorization Header" and "Using Query Parameters". */
describe('the examples of the S3 manual', () => {
  const credentials = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  }
  const host = 'examplebucket.s3.amazonaws.com'
  const nowMs = Date.UTC(2013, 4, 24)
  const examples = [
    {
      title: 'a GET of the first ten bytes',
      path: '/test.txt',
      query: '',
      headers: { range: 'bytes=0-9' },
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
    {
      title: 'a GET of a sub-resource without a value',
      path: '/',
      query: 'lifecycle=',
      headers: {},
      signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    },
    {
      title: 'a list',
      path: '/',
      query: 'max-keys=2&prefix=J',
      headers: {},
      signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    },
  ]
  for (const { title, path, query, headers, signature } of examples) {
    test(`the signature of ${title} is that of the manual`, () => {
      const request = { method: 'GET', path, query, headers: { ...headers, host } as Record<string, string> }
      new RequestSigner({ region: 'us-east-1' }).sign(request, credentials, sha256Hex(''), nowMs)
      expect(parseAuthorization(request.headers.authorization ?? '').signature).toBe(signature)
    })
  }

  test('the signature of a presigned GET is that of the manual', () => {
    const url = presignWithSigner(
      new RequestSigner({ region: 'us-east-1' }),
      { method: 'GET', origin: `https://${host}`, path: '/test.txt' },
      credentials,
      { expiresInSeconds: 86_400, nowMs },
    )
    expect(new URL(url).searchParams.get('X-Amz-Signature')).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    )
  })
})
