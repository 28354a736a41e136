/** Requests that reach the proxy in forms that our own client does not send. */
import http from 'node:http'
import { type LocalR2, type R2Proxy, startLocalR2, startR2Proxy } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { SimulationRecorder } from 'r2kit/simulation'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const bucket = 'films'
let local: LocalR2
let proxy: R2Proxy
let recorder: SimulationRecorder
let r2: R2Client

beforeAll(async () => {
  local = await startLocalR2()
  recorder = new SimulationRecorder()
  proxy = await startR2Proxy({ target: local.endpoint, credentials: local.credentials, recorder })
  r2 = new R2Client(local)
  await r2.buckets.create({ bucket })
})
beforeEach(() => proxy.setFaults([]))
afterAll(async () => {
  await r2.dispose()
  await proxy.close()
  await local.close()
})

/** The proxy reads the access key ID of a signature, and nothing else. */
const authorization = () =>
  `AWS4-HMAC-SHA256 Credential=${local.credentials.accessKeyId}/20261127/auto/s3/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`

const send = (
  method: string,
  path: string,
  { headers = {}, chunks = [] }: { headers?: Record<string, string>; chunks?: readonly (string | Buffer)[] } = {},
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const all = { authorization: authorization(), ...headers }
    const outgoing = http.request({ host: '127.0.0.1', port: proxy.port, method, path, headers: all, agent: false })
    outgoing.once('error', reject)
    outgoing.once('response', (incoming) => {
      let text = ''
      incoming.on('data', (chunk) => (text += chunk))
      incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
    })
    for (const chunk of chunks) outgoing.write(chunk)
    outgoing.end()
  })

const asHost = (name: string) => ({ host: `${name}:${proxy.port}` })

test('a bucket as subdomain of localhost is forwarded in path style, with keys byte for byte', async () => {
  const headers = { ...asHost('films.localhost'), 'content-length': '4' }
  const chunks = ['text']
  expect(await send('PUT', '/a%20b/../c', { headers, chunks })).toMatchObject({ status: 200 })
  expect((await r2.objects.get({ bucket, key: 'a b/../c' })).text()).toBe('text')
  expect(await send('GET', '/a%20b/../c', { headers: asHost('films.localhost') })).toMatchObject({ text: 'text' })
  const listed = await send('GET', '/?list-type=2&prefix=a', { headers: asHost('FILMS.localhost') })
  expect(listed.text).toContain('<Key>a b/../c</Key>')
  expect(await send('GET', '/a', { headers: asHost('none.localhost') })).toMatchObject({ status: 404 })
  expect(await send('GET', '/films/a%20b/../c', { headers: asHost('localhost') })).toMatchObject({ text: 'text' })
  expect(recorder.export().exchanges[0]?.request).toMatchObject({ operation: 'PutObject', bucket, key: 'a b/../c' })
})

test('fault rules select by the bucket of the subdomain', async () => {
  proxy.setFaults([{ kind: 'status', status: 418, operation: 'GetObject', bucket, key: 'a*' }])
  expect((await send('GET', '/a', { headers: asHost('films.localhost') })).status).toBe(418)
  expect((await send('GET', '/a', { headers: asHost('photos.localhost') })).status).toBe(404)
  expect((await send('GET', '/films/a')).status).toBe(418)
})

test.each(['films.example.com', 'localhost.example.com', 'xlocalhost', '10.0.0.1'])(
  'the host %s, which is not this machine, is refused',
  async (host) => {
    expect((await send('GET', '/films/a', { headers: asHost(host) })).status).toBe(403)
  },
)

test('an aws-chunked body without a Content-Length is forwarded as it is', async () => {
  const headers = {
    'transfer-encoding': 'chunked',
    'content-encoding': 'aws-chunked',
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': '10',
    'x-amz-trailer': 'x-amz-checksum-crc32',
  }
  const trailer = 'x-amz-checksum-crc32:cBEKwQ==\r\n\r\n'
  const wrong = await send('PUT', '/films/chunked', { headers, chunks: ['5\r\nhello\r\n5\r\nworld\r\n0\r\n', trailer] })
  expect(wrong).toMatchObject({ status: 400 })
  expect(wrong.text).toContain('<Code>BadDigest</Code>')
  const { 'x-amz-trailer': _, ...withoutTrailer } = headers
  const sent = await send('PUT', '/films/chunked', {
    headers: withoutTrailer,
    chunks: ['5\r\nhello\r\n5\r\nworld\r\n0\r\n', '\r\n'],
  })
  expect(sent.status).toBe(200)
  expect((await r2.objects.get({ bucket, key: 'chunked' })).text()).toBe('helloworld')
})

test('a document without a Content-Length is forwarded', async () => {
  await r2.objects.put({ bucket, key: 'gone', body: 'x' })
  const headers = { 'transfer-encoding': 'chunked', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  const chunks = ['<Delete><Object><Key>go', 'ne</Key></Object></Delete>']
  expect(await send('POST', '/films?delete', { headers, chunks })).toMatchObject({ status: 200 })
  await expect(r2.objects.head({ bucket, key: 'gone' })).rejects.toMatchObject({ status: 404 })
})

test('an object without a Content-Length is refused with the reason, as R2 refuses it', async () => {
  const headers = { 'transfer-encoding': 'chunked', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  for (const path of ['/films/object', '/films/object?partNumber=1&uploadId=u']) {
    const refused = await send('PUT', path, { headers, chunks: ['content'] })
    expect(refused.status).toBe(411)
    expect(refused.text).toContain('You must provide the Content-Length HTTP header.')
  }
})

test('chunks that are signed one by one are refused with the reason, as R2 refuses them', async () => {
  const hash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  const headers = { 'content-length': '4', 'x-amz-content-sha256': hash, 'x-amz-decoded-content-length': '4' }
  const refused = await send('PUT', '/films/signed', { headers, chunks: ['text'] })
  expect(refused.status).toBe(501)
  expect(refused.text).toContain(`${hash} not implemented`)
})

test('a body without a length that exceeds 64 MiB is refused with the limit', async () => {
  const headers = { 'transfer-encoding': 'chunked', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  const mebibyte = Buffer.alloc(1024 * 1024, ' ')
  const refused = await send('POST', '/films?delete', { headers, chunks: Array.from({ length: 65 }, () => mebibyte) })
  expect(refused.text).toContain('at most 64 MiB without a Content-Length')
})
