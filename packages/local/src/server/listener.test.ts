import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RequestSigner } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { defaultCredentials, startLocalR2 } from '../index.js'

let r2: RawR2
beforeAll(async () => {
  r2 = await openRawR2()
  await r2.send('PUT', '/bucket')
})
afterAll(() => r2[Symbol.asyncDispose]())

const signedHead = (method: string, path: string, fields: Record<string, string> = {}, port = r2.port) => {
  const headers: Record<string, string> = { host: `127.0.0.1:${port}`, ...fields }
  new RequestSigner().sign({ method, path, query: '', headers }, defaultCredentials, 'UNSIGNED-PAYLOAD', Date.now())
  return `${method} ${path} HTTP/1.1\r\n${Object.entries(headers)
    .map((field) => field.join(': '))
    .join('\r\n')}\r\n\r\n`
}

describe('the server responds to a malformed request or closes the connection:', () => {
  test('a body that ends early is IncompleteBody, and nothing is stored', async () => {
    for (const length of [100, 1_000_000]) {
      const reply = await r2.raw(`${signedHead('PUT', '/bucket/short', { 'content-length': String(length) })}only this`)
      expect(reply).toMatch(/^HTTP\/1\.1 400 /)
      expect(reply).toContain('<Code>IncompleteBody</Code>')
    }
    expect((await r2.send('HEAD', '/bucket/short')).status).toBe(404)
  })

  test.each([
    ['text that is not HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 .*<Code>InvalidRequest<\/Code>/s],
    [
      'headers over 64 KiB',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(70_000)}\r\n\r\n`,
      /<Code>RequestHeaderSectionTooLarge<\/Code>/,
    ],
    [
      'a content length that is not a number',
      'PUT /bucket/key HTTP/1.1\r\nhost: a\r\ncontent-length: many\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a content length together with chunked transfer coding',
      'PUT /bucket/key HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'two different content lengths',
      'PUT /bucket/key HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc',
      /^HTTP\/1\.1 400 /,
    ],
    ['a missing Host field', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'the request target *',
      'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      /<Code>RouteNotFound<\/Code>/,
    ],
  ])('%s', async (_what, bytes, reply) => {
    expect(await r2.raw(bytes)).toMatch(reply)
  })

  test('an XML document over 8 MiB is MaxMessageLengthExceeded', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, 'a')
    expect((await r2.send('POST', '/bucket', { query: 'delete=', body })).code).toBe('MaxMessageLengthExceeded')
  })

  test('XML documents that are entity bombs, deeply nested or broken are MalformedXML', async () => {
    const nested = `<Delete>${'<a>'.repeat(10_000)}`
    const bomb =
      '<!DOCTYPE Delete [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>'
    const attributes = `<Delete${' a="b"'.repeat(1_000_000)}></Delete>`
    for (const body of [nested, bomb, attributes, '<Delete>', '<Delete></Other>', '\u0000', '<html>', 'Delete', '']) {
      expect((await r2.send('POST', '/bucket', { query: 'delete=', body })).code).toBe('MalformedXML')
    }
  })

  test('malformed requests are not reported as errors of the server', async () => {
    expect(r2.internalErrors).toEqual([])
    expect((await r2.send('HEAD', '/bucket')).status).toBe(200)
  })
})

test('the server sends 100 Continue to a client that expects it', async () => {
  const socket = net.connect(r2.port, '127.0.0.1')
  socket.write(signedHead('PUT', '/bucket/expected', { 'content-length': '4', expect: '100-continue' }))
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 100 Continue\r\n/)
  socket.write('text')
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  socket.destroy()
})

test('a request is handled after another one on the connection was rejected before its body was read', async () => {
  const socket = net.connect(r2.port, '127.0.0.1')
  let received = ''
  const replies = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk
      if (received.split('HTTP/1.1 ').length === 3 && received.includes('keep-alive')) resolve()
    })
  })
  const body = 'x'.repeat(500_000)
  socket.write(`PUT /bucket/key HTTP/1.1\r\nhost: a\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  socket.write(signedHead('HEAD', '/bucket'))
  await replies
  expect(received).toMatch(/^HTTP\/1\.1 400 [\s\S]*HTTP\/1\.1 200 /)
  socket.destroy()
})

test('malformed HTTP behind a request closes the connection without writing an error into the response', async () => {
  await r2.send('PUT', '/bucket/streamed', { body: Buffer.alloc(5_000_000, 'a') })
  const socket = net.connect(r2.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('error', () => undefined)
  socket.write(signedHead('GET', '/bucket/streamed'))
  socket.once('data', () => socket.write('no HTTP\r\n\r\n'))
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  const received = Buffer.concat(chunks).toString('latin1')
  expect(received.split('HTTP/1.1 ')).toHaveLength(2)
  expect(received.slice(received.indexOf('\r\n\r\n') + 4)).toMatch(/^a*$/)
})

test('a partially read body does not block the next request on the connection', async () => {
  const body = `${'4000\r\n'}${'x'.repeat(0x4000)}\r\n`.repeat(100)
  const payloadHash = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  // The declared decoded length is exceeded long before the body ends.
  const headers = { 'x-amz-decoded-content-length': '20000' }
  expect((await r2.send('PUT', '/bucket/left', { body, headers, payloadHash })).code).toBe('IncompleteBody')
  expect((await r2.send('PUT', '/bucket/next', { body: 'text' })).status).toBe(200)
})

test('a data folder keeps its data after close, and can be opened once at a time', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'r2kit-local-'))
  try {
    {
      await using first = await openRawR2({ dataDir })
      await first.send('PUT', '/bucket')
      await first.send('PUT', '/bucket/small', { body: 'text' })
      await first.send('PUT', '/bucket/large', { body: Buffer.alloc(3_000_000, 7) })
      await expect(startLocalR2({ dataDir })).rejects.toMatchObject({ code: 'InvalidConfig', field: 'dataDir' })
    }
    await using second = await openRawR2({ dataDir })
    expect((await second.send('GET', '/bucket/small')).text).toBe('text')
    expect((await second.send('GET', '/bucket/large')).body.equals(Buffer.alloc(3_000_000, 7))).toBe(true)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})

describe('closing a server', () => {
  test('completes pending requests and closes idle connections', async () => {
    const local = await startLocalR2()
    const idle = net.connect(local.port, '127.0.0.1')
    idle.write(signedHead('GET', '/', {}, local.port))
    await once(idle, 'data')
    const busy = net.connect(local.port, '127.0.0.1')
    const fields = { 'content-length': '4', 'cf-create-bucket-if-missing': 'true', expect: '100-continue' }
    busy.write(signedHead('PUT', '/bucket/late', fields, local.port))
    await once(busy, 'data')
    const closed = local.close()
    await once(idle, 'close')
    busy.write('text')
    const [reply] = await once(busy, 'data')
    expect(String(reply)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close/)
    await closed
    await expect(local.close()).resolves.toBeUndefined()
  })

  test('happens at the end of an await using block', async () => {
    let port = 0
    {
      await using local = await startLocalR2()
      port = local.port
    }
    const socket = net.connect(port, '127.0.0.1')
    const [error] = await once(socket, 'error')
    expect(error.code).toBe('ECONNREFUSED')
  })
})
