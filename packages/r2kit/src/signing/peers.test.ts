/** Two third-party signers, over generated requests: they must make the same signatures as ours. */
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { AwsV4Signer } from 'aws4fetch'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256Hex } from '#hash'
import { canonicalQuery, encodeKeyPath } from '../base/encode.js'
import { formatAmzDate, RequestSigner, unsignedPayload } from './index.js'
import { presignWithSigner } from './presigning.js'

const host = 'abcdef0123456789abcdef0123456789.r2.cloudflarestorage.com'
const origin = `https://${host}`

type ValueOf<A> = A extends fc.Arbitrary<infer Value> ? Value : never

const token = fc.stringMatching(/^[A-Za-z0-9+/=]{1,60}$/)
const credentials = fc.record(
  {
    accessKeyId: fc.stringMatching(/^[0-9a-f]{32}$/),
    secretAccessKey: fc.stringMatching(/^[0-9A-Za-z+/]{40,64}$/),
    sessionToken: token,
  },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
)
const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 }),
  fc.constantFrom(
    'a/../b',
    './x',
    '..',
    '//',
    'a//b',
    'sp ace',
    'pl+us',
    "!'()*",
    '%2F',
    '🦊',
    'ü',
    '?#&=',
    '\\',
    '\0',
  ),
)
// The peers take a query as an object literal, in which `__proto__` is not a name.
const queryName = text.filter((name) => name !== '__proto__')
const query = fc.uniqueArray(fc.tuple(queryName, fc.oneof(text, fc.constant(''))), {
  selector: ([name]) => name,
  maxLength: 4,
})
const headerValue = fc.stringMatching(/^[ -~]{0,24}$/)
const headers = fc.dictionary(
  fc.constantFrom(
    'x-amz-meta-a',
    'x-amz-meta-b-c',
    'x-amz-storage-class',
    'content-md5',
    'if-match',
    'cf-create-bucket-if-missing',
  ),
  headerValue,
  { maxKeys: 4, noNullPrototype: true },
)
const request = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
  key: text,
  query,
  headers,
  credentials,
  body: fc.string({ unit: 'binary', maxLength: 40 }),
  nowMs: fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }),
})

/** Whether a WHATWG URL parser, which aws4fetch uses, leaves the path unchanged. */
const survivesUrlParsing = (path: string): boolean => new URL(origin + path).pathname === path

const ours = ({
  method,
  key,
  query: parameters,
  headers: fields,
  credentials: who,
  body,
  nowMs,
}: ValueOf<typeof request>) => {
  const path = `/bucket/${encodeKeyPath(key)}`
  const signed = {
    method,
    path,
    query: canonicalQuery(parameters),
    headers: { ...fields, host } as Record<string, string>,
  }
  new RequestSigner().sign(signed, who, sha256Hex(body), nowMs)
  return signed
}

const smithy = (who: ValueOf<typeof credentials>) =>
  new SignatureV4({ service: 's3', region: 'auto', credentials: who, sha256: Sha256, uriEscapePath: false })

describe('header signatures', () => {
  test('equal those of @smithy/signature-v4', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (input) => {
        const signed = ours(input)
        const theirs = await smithy(input.credentials).sign(
          {
            method: input.method,
            protocol: 'https:',
            hostname: host,
            path: signed.path,
            query: Object.fromEntries(input.query),
            headers: { ...input.headers, host },
            body: input.body,
          },
          { signingDate: new Date(input.nowMs) },
        )
        expect(signed.headers.authorization).toBe(theirs.headers.authorization)
      }),
      { numRuns: 200 },
    )
  })

  test('equal those of aws4fetch', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (input) => {
        const signed = ours(input)
        fc.pre(survivesUrlParsing(signed.path))
        const theirs = await new AwsV4Signer({
          ...input.credentials,
          method: input.method,
          url: `${origin}${signed.path}?${signed.query}`,
          headers: { ...input.headers, 'x-amz-content-sha256': sha256Hex(input.body) },
          service: 's3',
          region: 'auto',
          datetime: formatAmzDate(input.nowMs),
          allHeaders: true,
        }).sign()
        expect(signed.headers.authorization).toBe(theirs.headers.get('authorization'))
      }),
      { numRuns: 200 },
    )
  })
})

describe('presigned signatures', () => {
  const expiresInSeconds = fc.integer({ min: 60, max: 604_800 })
  const parametersOf = (url: string) => Object.fromEntries(new URL(url).searchParams)

  test('equal those of @smithy/signature-v4', async () => {
    await fc.assert(
      fc.asyncProperty(request, expiresInSeconds, async (input, expiresIn) => {
        const path = `/bucket/${encodeKeyPath(input.key)}`
        const theirs = await smithy(input.credentials).presign(
          {
            method: input.method,
            protocol: 'https:',
            hostname: host,
            path,
            query: Object.fromEntries(input.query),
            headers: { ...input.headers, host, 'x-amz-content-sha256': unsignedPayload },
          },
          {
            expiresIn,
            signingDate: new Date(input.nowMs),
            unhoistableHeaders: new Set(Object.keys(input.headers)),
          },
        )
        const url = presignWithSigner(
          new RequestSigner(),
          {
            method: input.method,
            origin,
            path,
            // smithy also adds the parameter of an unsigned payload to the query.
            query: [...input.query, ['x-amz-content-sha256', unsignedPayload]],
            headers: input.headers,
          },
          input.credentials,
          { expiresInSeconds: expiresIn, nowMs: input.nowMs },
        )
        expect(parametersOf(url)).toEqual(theirs.query)
      }),
      { numRuns: 200 },
    )
  })

  test('equal those of aws4fetch', async () => {
    await fc.assert(
      fc.asyncProperty(request, expiresInSeconds, async (input, expiresIn) => {
        const path = `/bucket/${encodeKeyPath(input.key)}`
        fc.pre(survivesUrlParsing(path))
        const theirs = await new AwsV4Signer({
          ...input.credentials,
          method: input.method,
          url: `${origin}${path}?${canonicalQuery([...input.query, ['X-Amz-Expires', String(expiresIn)]])}`,
          headers: input.headers,
          service: 's3',
          region: 'auto',
          datetime: formatAmzDate(input.nowMs),
          allHeaders: true,
          signQuery: true,
        }).sign()
        const url = presignWithSigner(
          new RequestSigner(),
          { method: input.method, origin, path, query: input.query, headers: input.headers },
          input.credentials,
          { expiresInSeconds: expiresIn, nowMs: input.nowMs },
        )
        expect(parametersOf(url)).toEqual(parametersOf(String(theirs.url)))
      }),
      { numRuns: 200 },
    )
  })
})
