import fc from 'fast-check'
import { canonicalPathFromRaw, encodeKeyPath, utf8Length } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'

let r2: RawR2
beforeAll(async () => {
  r2 = await openRawR2()
  await r2.send('PUT', '/bucket')
  await r2.send('PUT', '/other')
})
afterAll(() => r2[Symbol.asyncDispose]())

const listed = async (bucket = 'bucket') => {
  const { text } = await r2.send('GET', `/${bucket}`, { query: 'list-type=2&encoding-type=url' })
  return elementsOf(text, 'Key').map(decodeURIComponent)
}
const clear = async () => {
  for (const key of await listed()) await r2.send('DELETE', `/bucket/${encodeKeyPath(key)}`)
}

describe('dot segments and doubled slashes are part of the key', () => {
  test.each([
    ['/bucket/../other/x', '../other/x'],
    ['/bucket/%2e%2e/other/x', '../other/x'],
    ['/bucket/..%2f..%2fetc%2fpasswd', '../../etc/passwd'],
    ['/bucket/..', '..'],
    ['/bucket/.', '.'],
    ['/bucket//', '/'],
    ['/bucket//a//b/', '/a//b/'],
    ['/bucket/a/./b', 'a/./b'],
    ['/bucket/..%5c..%5cx', '..\\..\\x'],
    ['/bucket/%252e%252e', '%2e%2e'],
    ['/bucket/a+b', 'a+b'],
    ['/bucket/a%2Bb%20c', 'a+b c'],
    ['/bucket/%3Fquery', '?query'],
    ["/bucket/!*'()", "!*'()"],
    ['/bucket/%01%09%0d%0a%7f', '\u0001\t\r\n\u007f'],
    ['/bucket/%F0%9F%98%80', '\u{1f600}'],
  ])('path %s addresses the key %j', async (sentPath, key) => {
    await clear()
    const path = canonicalPathFromRaw(sentPath)
    expect((await r2.send('PUT', path, { body: key, sentPath })).status).toBe(200)
    expect(await listed()).toEqual([key])
    expect(await listed('other')).toEqual([])
    expect((await r2.send('GET', path, { sentPath })).text).toBe(key)
    expect((await r2.send('GET', `/bucket/${encodeKeyPath(key)}`)).text).toBe(key)
  })
})

test('lists return every key as it was put, and each key addresses its own object only', async () => {
  const key = fc
    .oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      fc
        .array(fc.constantFrom('.', '..', '/', '%', '%2F', '+', ' ', '\\', '?', '#', '&', '"', 'a', 'é', '\u{1f600}'), {
          minLength: 1,
          maxLength: 12,
        })
        .map((parts) => parts.join('')),
    )
    .filter((text) => !/\p{Cs}/u.test(text) && !text.includes('\0') && utf8Length(text) <= 1024)
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { minLength: 1, maxLength: 6, selector: (text) => text.normalize('NFC') }),
      async (keys) => {
        await clear()
        for (const each of keys)
          expect((await r2.send('PUT', `/bucket/${encodeKeyPath(each)}`, { body: `of ${each}` })).status).toBe(200)
        expect((await listed()).sort()).toEqual([...keys].sort())
        for (const each of keys)
          expect((await r2.send('GET', `/bucket/${encodeKeyPath(each)}`)).text).toBe(`of ${each}`)
      },
    ),
    { numRuns: 60 },
  )
})

test('Unicode forms of the same text are one key, and lists show the form that was put last', async () => {
  await clear()
  const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301']
  await r2.send('PUT', `/bucket/${encodeURIComponent(composed)}`, { body: 'first' })
  await r2.send('PUT', `/bucket/${encodeURIComponent(decomposed)}`, { body: 'second' })
  expect(await listed()).toEqual([decomposed])
  expect((await r2.send('GET', `/bucket/${encodeURIComponent(composed)}`)).text).toBe('second')
})

test.each([
  ['of 1,025 bytes', 'a'.repeat(1025)],
  ['of 1,026 bytes in 342 characters', encodeURIComponent('\u20ac'.repeat(342))],
  ['with NUL', 'a%00b'],
])('rejects a key %s', async (_what, path) => {
  const reply = await r2.send('PUT', `/bucket/${path}`)
  expect([reply.status, reply.code, reply.message]).toEqual([
    400,
    'InvalidObjectName',
    'The specified object name is not valid.',
  ])
})

test('accepts a key of 1,024 bytes', async () => {
  expect((await r2.send('PUT', `/bucket/${'a'.repeat(1024)}`)).status).toBe(200)
})

test.each(['%', '%2', '%zz', '%ff', '%c3', '%ed%a0%80'])(
  'rejects the path "%s", which cannot be decoded',
  async (path) => {
    const reply = await r2.send('GET', `/bucket/${path}`)
    expect([reply.status, reply.code]).toEqual([400, 'InvalidURI'])
  },
)

test('reads the bucket from a subdomain of localhost', async () => {
  const send = (method: string, path: string, host: string, body = '') =>
    r2.send(method, path, { headers: { host: `${host}:${r2.port}` }, body })
  await clear()
  expect((await send('PUT', '/a/b', 'bucket.localhost', 'text')).status).toBe(200)
  expect((await r2.send('GET', '/bucket/a/b')).text).toBe('text')
  expect(elementsOf((await send('GET', '/', 'bucket.localhost')).text, 'Name')).toEqual(['bucket'])
  expect((await send('GET', '/bucket/a/b', 'localhost')).text).toBe('text')
  expect((await send('GET', '/a', 'none.localhost')).code).toBe('NoSuchBucket')
  expect((await send('GET', '/a', 'a.b.localhost')).code).toBe('InvalidBucketName')
})

test('accepts a target in absolute form, as proxies send it', async () => {
  await r2.send('PUT', '/bucket/absolute', { body: 'text' })
  const reply = await r2.raw(
    `GET http://127.0.0.1:${r2.port}/bucket/absolute HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
  )
  expect(reply).toContain('<Message>Authorization</Message>')
})

test('a path without a bucket name is RouteNotFound', async () => {
  expect((await r2.send('GET', '//key')).code).toBe('RouteNotFound')
})
