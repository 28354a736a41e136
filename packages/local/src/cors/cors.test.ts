import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'

let r2: RawR2
beforeAll(async () => {
  r2 = await openRawR2()
  await r2.send('PUT', '/bucket')
  await r2.send('PUT', '/bucket/key', { body: 'text' })
})
afterAll(() => r2[Symbol.asyncDispose]())

const rule = (content: string) => `<CORSConfiguration><CORSRule>${content}</CORSRule></CORSConfiguration>`
const put = (body: string) => r2.send('PUT', '/bucket', { query: 'cors=', body })
const origin = 'https://app.example'
const appRule = rule(
  '<AllowedOrigin>https://app.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>' +
    '<AllowedHeader>Content-Type</AllowedHeader><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds>',
)

describe('the CORS configuration', () => {
  test('can be read after it was put, but not after it was deleted', async () => {
    expect((await put(appRule)).status).toBe(200)
    const { text } = await r2.send('GET', '/bucket', { query: 'cors=' })
    expect(text).toContain('<AllowedOrigin>https://app.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>')
    expect((await r2.send('DELETE', '/bucket', { query: 'cors=' })).status).toBe(204)
    const none = await r2.send('GET', '/bucket', { query: 'cors=' })
    expect([none.status, none.code]).toEqual([404, 'NoSuchCORSConfiguration'])
  })

  const origins = '<AllowedOrigin>*</AllowedOrigin>'
  const methods = '<AllowedMethod>GET</AllowedMethod>'
  test.each([
    ['no rule', '<CORSConfiguration/>', 'MalformedXML'],
    ['a rule without origins', rule(methods), 'MalformedXML'],
    ['a rule without methods', rule(origins), 'MalformedXML'],
    ['an unknown method', rule(`${origins}<AllowedMethod>PATCH</AllowedMethod>`), 'MalformedXML'],
    ['an unknown element', rule(`${origins}${methods}<Junk/>`), 'MalformedXML'],
    [
      'a maximum age that is not a number',
      rule(`${origins}${methods}<MaxAgeSeconds>long</MaxAgeSeconds>`),
      'MalformedXML',
    ],
    ['a maximum age over a day', rule(`${origins}${methods}<MaxAgeSeconds>86401</MaxAgeSeconds>`), 'InvalidArgument'],
    [
      'an origin with a path',
      rule(`<AllowedOrigin>https://a.example/path</AllowedOrigin>${methods}`),
      'InvalidArgument',
    ],
    ['an origin without a scheme', rule(`<AllowedOrigin>a.example</AllowedOrigin>${methods}`), 'InvalidArgument'],
    ['a wildcard port', rule(`<AllowedOrigin>http://localhost:*</AllowedOrigin>${methods}`), 'MalformedXML'],
    [
      'a port that contains a wildcard',
      rule(`<AllowedOrigin>http://a.example:80*</AllowedOrigin>${methods}`),
      'MalformedXML',
    ],
    [
      'a wildcard port of an IPv6 address',
      rule(`<AllowedOrigin>http://[::1]:*</AllowedOrigin>${methods}`),
      'MalformedXML',
    ],
    ['two wildcards', rule(`<AllowedOrigin>https://*.*.example</AllowedOrigin>${methods}`), 'MalformedXML'],
    ['two wildcards as the whole origin', rule(`<AllowedOrigin>**</AllowedOrigin>${methods}`), 'MalformedXML'],
    [
      'a wildcard port beside a valid origin',
      rule(`${origins}<AllowedOrigin>http://localhost:*</AllowedOrigin>${methods}`),
      'MalformedXML',
    ],
    ['an empty allowed header', rule(`${origins}${methods}<AllowedHeader></AllowedHeader>`), 'InvalidArgument'],
  ])('is rejected with %s', async (_what, body, code) => {
    const reply = await put(body)
    expect([reply.status, reply.code]).toEqual([400, code])
  })
})

test('rejects a CORS configuration over 64 KiB, because unsigned preflights evaluate all of it', async () => {
  const headers = '<AllowedHeader>x-amz-meta-a</AllowedHeader>'
  const large = rule(`<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>${headers.repeat(2000)}`)
  expect((await put(large)).code).toBe('MaxMessageLengthExceeded')
})

test.each(['https://*-app.example.dev', 'https://*.example.dev:8443', 'http://*', 'http://[::1]:3000', '*'])(
  'accepts the allowed origin %s',
  async (allowed) => {
    const origins = `<AllowedOrigin>${allowed}</AllowedOrigin><AllowedMethod>GET</AllowedMethod>`
    expect((await put(rule(origins))).status).toBe(200)
  },
)

describe('in a bucket with a CORS rule', () => {
  beforeEach(() => put(appRule))
  const preflight = (headers: Record<string, string>, path = '/bucket/key') =>
    r2.send('OPTIONS', path, {
      unsigned: true,
      headers: { origin, 'access-control-request-method': 'PUT', ...headers },
    })

  test('a preflight needs no signature and receives the allowed methods and headers', async () => {
    const reply = await preflight({ 'access-control-request-headers': 'CONTENT-TYPE, X-Amz-Date' })
    expect(reply.status).toBe(204)
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'content-type, x-amz-date',
      'access-control-max-age': '600',
    })
  })

  test.each<[string, Record<string, string>, string | undefined]>([
    ['another origin', { origin: 'https://other.example' }, undefined],
    ['another method', { 'access-control-request-method': 'DELETE' }, undefined],
    ['another header', { 'access-control-request-headers': 'authorization' }, undefined],
    ['no method', { 'access-control-request-method': '' }, undefined],
    ['a bucket without rules', {}, '/none/key'],
  ])('a preflight with %s is rejected', async (_what, headers, path) => {
    const reply = await preflight(headers, path)
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([403, undefined])
  })

  test('responses to the allowed origin have CORS headers, errors of the operation included', async () => {
    const reply = await r2.send('GET', '/bucket/key', { headers: { origin } })
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'ETag',
      vary: 'Origin',
    })
    expect((await r2.send('GET', '/bucket/none', { headers: { origin } })).headers['access-control-allow-origin']).toBe(
      origin,
    )
  })

  test('responses to other origins, to other methods and without an origin have no CORS headers', async () => {
    const allowed = async (method: string, headers: Record<string, string>) =>
      (await r2.send(method, '/bucket/key', { headers })).headers['access-control-allow-origin']
    expect(await allowed('GET', {})).toBeUndefined()
    expect(await allowed('GET', { origin: 'https://other.example' })).toBeUndefined()
    expect(await allowed('HEAD', { origin })).toBeUndefined()
  })
})

test('a wildcard matches any origin, or any text within an origin', async () => {
  await put(rule('<AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>'))
  const allowed = async (from: string) =>
    (await r2.send('GET', '/bucket/key', { headers: { origin: from } })).headers['access-control-allow-origin']
  expect(await allowed('https://a.b.example')).toBe('https://a.b.example')
  expect(await allowed('https://example')).toBeUndefined()
  await put(rule('<AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>'))
  expect(await allowed('https://anything.test')).toBe('*')
})
