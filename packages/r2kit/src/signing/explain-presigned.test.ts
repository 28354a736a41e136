import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explainPresignedUrl, type PresignedUrlReason, presignUrl } from '../presign.js'

const nowMs = Date.UTC(2026, 2, 4, 5, 6, 7)
const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
const made = presignUrl({
  accountId: '0123456789abcdef0123456789abcdef',
  credentials,
  method: 'PUT',
  bucket: 'photos',
  key: 'a b/ü.jpg',
  expiresInSeconds: 600,
  contentType: 'image/png',
  nowMs,
})
const plain = presignUrl({
  endpoint: 'http://localhost:9000',
  credentials,
  method: 'GET',
  bucket: 'photos',
  key: '100%.jpg',
  expiresInSeconds: 600,
  nowMs,
})
const put = { url: made.url, method: 'PUT', headers: { 'Content-Type': 'image/png' }, credentials, nowMs }
const get = { url: plain.url, method: 'GET', credentials, nowMs }

test('a URL that works has no problem, and is described', () => {
  expect(explainPresignedUrl(put)).toEqual({
    problems: [],
    isSignatureChecked: true,
    method: 'PUT',
    signedHeaders: ['content-type'],
    signedAt: new Date(nowMs),
    expiresAt: new Date(nowMs + 600_000),
  })
  expect(explainPresignedUrl({ url: plain.url, credentials, nowMs })).toMatchObject({ problems: [], method: 'GET' })
})

test.each<[string, object, PresignedUrlReason, RegExp]>([
  ['in the second of its end', { ...get, nowMs: nowMs + 600_000 }, 'expired', /0 seconds ago/],
  ['two hours after its end', { ...get, nowMs: nowMs + 7_800_000 }, 'expired', /2 hours ago/],
  [
    'that was signed by a clock ahead of time',
    { ...get, nowMs: nowMs - 1_200_000 },
    'clock',
    /20 minutes in the future/,
  ],
  ['of another method', { ...get, method: 'DELETE' }, 'wrong-method', /permits GET, but the request is a DELETE/],
  ['without a signed header', { ...put, headers: {} }, 'header-missing', /content-type/],
  [
    'with another value of a signed header',
    { ...put, headers: { 'content-type': 'text/html' } },
    'altered',
    /content-type/,
  ],
  [
    'of another access key',
    { ...get, credentials: { ...credentials, accessKeyId: 'c' } },
    'other-credentials',
    /access key/,
  ],
  [
    'of another session',
    { ...get, credentials: { ...credentials, sessionToken: 't' } },
    'other-credentials',
    /session token/,
  ],
  [
    'with another secret',
    { ...get, credentials: { ...credentials, secretAccessKey: 'c' } },
    'altered',
    /secret access key/,
  ],
  ['with an added parameter', { ...get, url: `${plain.url}&utm_source=mail` }, 'altered', /utm_source was added/],
  ['with a slash after its path', { ...get, url: plain.url.replace('.jpg?', '.jpg/?') }, 'altered', /slash was added/],
  [
    'that was encoded twice',
    { ...get, url: plain.url.replace('100%25', '100%2525') },
    'altered',
    /percent-encoded once more/,
  ],
  ['with another key', { ...get, url: plain.url.replace('.jpg', '.png') }, 'altered', /the path/],
  ['with another host', { ...get, url: plain.url.replace('localhost', 'cdn.example.com') }, 'altered', /the host/],
  ['on r2.dev', { ...get, url: plain.url.replace('localhost:9000', 'pub-1.r2.dev') }, 'wrong-host', /public address/],
  ['with a longer validity', { ...get, url: plain.url.replace('Expires=600', 'Expires=601') }, 'altered', /the query/],
])('a URL %s', (_, input, reason, message) => {
  const { problems } = explainPresignedUrl(input as Parameters<typeof explainPresignedUrl>[0])
  expect(problems.map((one) => one.reason)).toContain(reason)
  expect(problems.find((one) => one.reason === reason)).toMatchObject({
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/^[A-Z].*\.$/),
  })
})

describe('a text that is no presigned URL', () => {
  test.each<[string, string, RegExp]>([
    ['nothing', '', /no URL/],
    ['a URL without a query', 'https://h/b/k', /no URL with a query/],
    ['a URL that a shell has cut at the first &', plain.url.split('&')[0] ?? '', /X-Amz-Credential is missing/],
    ['a URL without its signature', plain.url.replace(/&X-Amz-Signature=.*/, ''), /X-Amz-Signature is missing/],
    ['a signature that was cut', plain.url.slice(0, -1), /64 hex digits/],
    ['a validity of more than a week', plain.url.replace('Expires=600', 'Expires=604801'), /604800/],
    ['a date of another day', plain.url.replace('Date=20260304', 'Date=20260305'), /of the day 20260304/],
    ['a parameter that occurs twice', `${plain.url}&X-Amz-Expires=5`, /occurs 2 times/],
    ['another algorithm', plain.url.replace('AWS4-HMAC-SHA256', 'AWS4-X'), /X-Amz-Algorithm must be/],
  ])('such as %s is malformed', (_, url, message) => {
    const { problems, isSignatureChecked } = explainPresignedUrl({ url, credentials, nowMs })
    expect(problems[0]).toMatchObject({ reason: 'malformed', message: expect.stringMatching(message) })
    expect(isSignatureChecked).toBe(false)
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => void explainPresignedUrl({ url: `https://h/p?${text}`, credentials, nowMs })),
    )
  })
})

test('without credentials, the signature is not checked', () => {
  expect(explainPresignedUrl({ url: plain.url.replace('.jpg', '.png'), nowMs })).toMatchObject({
    problems: [],
    isSignatureChecked: false,
    method: undefined,
  })
})

test('every change of one character of a URL is found', () => {
  const { url } = plain
  // Not in the scheme, which is not signed.
  fc.assert(
    fc.property(
      fc.integer({ min: 'http://'.length, max: url.length - 1 }),
      fc.constantFrom('0', 'z', 'Z', '-'),
      (at, other) => {
        fc.pre(url[at] !== other)
        const changed = url.slice(0, at) + other + url.slice(at + 1)
        // Host names and hex digits of escapes have no case; a name that is spelt otherwise is a parameter of its own.
        expect(explainPresignedUrl({ ...get, url: changed }).problems).not.toEqual([])
      },
    ),
    { numRuns: 300 },
  )
})

test('an explanation shows neither signature nor session token', () => {
  const token = 'secret-session-token'
  const withToken = presignUrl({
    endpoint: 'http://localhost:9000',
    credentials: { ...credentials, sessionToken: token },
    method: 'GET',
    bucket: 'photos',
    key: 'k',
    expiresInSeconds: 60,
    nowMs,
  })
  const signature = /Signature=(\w+)/.exec(withToken.url)?.[1] ?? 'none'
  for (const input of [
    { ...get, url: withToken.url },
    { ...get, url: `${withToken.url}0` },
    { ...get, url: withToken.url, nowMs: nowMs + 1e9 },
  ]) {
    const shown = JSON.stringify(explainPresignedUrl(input))
    for (const secret of [token, signature, credentials.secretAccessKey]) expect(shown).not.toContain(secret)
  }
})

test.each<[string, string, string]>([
  ['a line break', `${plain.url.slice(0, 90)}\n${plain.url.slice(90)}`, 'line break'],
  ['HTML entities', plain.url.replaceAll('&', '&amp;'), '&amp;'],
  ['backslashes', plain.url.replaceAll('&', '\\&'), 'backslashes'],
  ['percent-encoding of the whole URL', encodeURIComponent(plain.url), 'percent-encoded as a whole'],
  ['quotes', `"${plain.url}"`, 'quotes'],
])('names the damage of %s in one problem', (_, url, message) => {
  const { problems } = explainPresignedUrl({ ...get, url })
  expect(problems).toEqual([
    expect.objectContaining({ reason: 'malformed', message: expect.stringContaining(message) }),
  ])
})

test('names all parameters that were appended', () => {
  const { problems } = explainPresignedUrl({ ...get, url: `${plain.url}&utm_source=a&utm_medium=b` })
  expect(problems).toEqual([
    expect.objectContaining({
      reason: 'altered',
      message: 'the parameters utm_source, utm_medium were added after it was signed',
    }),
  ])
})

test('accepts a host in upper case and the default port, which clients do not send', () => {
  const url = made.url.replace(/\/\/([^/]+)/, (_, host: string) => `//${host.toUpperCase()}:443`)
  expect(explainPresignedUrl({ ...put, url }).problems).toEqual([])
})

test('states that no signature was compared if a signed header or the access key is missing', () => {
  const other = { ...credentials, accessKeyId: 'c'.repeat(32) }
  for (const input of [
    { ...put, headers: {} },
    { ...put, credentials: other },
  ])
    expect(explainPresignedUrl(input)).toMatchObject({ isSignatureChecked: false, problems: [expect.anything()] })
})
