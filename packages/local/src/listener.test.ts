import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RequestSigner } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { defaultCredentials, startLocalR2 } from './index.js'

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

describe('hostile requests get a response or a closed connection, and do no harm', () => {
  test('a body that ends early is incomplete, and leaves nothing', async () => {
    for (const length of [100, 1_000_000]) {
      const reply = await r2.raw(`${signedHead('PUT', '/bucket/short', { 'content-length': String(length) })}only this`)
      expect(reply).toMatch(/^HTTP\/1\.1 400 /)
      expect(reply).toContain('<Code>IncompleteBody</Code>')
    }
    expect((await r2.send('HEAD', '/bucket/short')).status).toBe(404)
  })

  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1\.1 400 .*<Code>InvalidRequest<\/Code>/s],
    [
      'headers without an end',
      `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(70_000)}\r\n\r\n`,
      /<Code>RequestHeaderSectionTooLarge<\/Code>/,
    ],
    [
      'a length that is no number',
      'PUT /bucket/key HTTP/1.1\r\nhost: a\r\ncontent-length: many\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      'PUT /bucket/key HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'two lengths',
      'PUT /bucket/key HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc',
      /^HTTP\/1\.1 400 /,
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a star', 'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', /<Code>RouteNotFound<\/Code>/],
  ])('%s', async (_what, bytes, reply) => {
    expect(await r2.raw(bytes)).toMatch(reply)
  })

  test('a document that never ends is cut', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, 'a')
    expect((await r2.send('POST', '/bucket', { query: 'delete=', body })).code).toBe('MaxMessageLengthExceeded')
  })

  test('documents that are bombs, nested or broken are malformed', async () => {
    const nested = `<Delete>${'<a>'.repeat(10_000)}`
    const bomb =
      '<!DOCTYPE Delete [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>'
    const attributes = `<Delete${' a="b"'.repeat(1_000_000)}></Delete>`
    for (const body of [nested, bomb, attributes, '<Delete>', '<Delete></Other>', '\u0000', '<html>', 'Delete', '']) {
      expect((await r2.send('POST', '/bucket', { query: 'delete=', body })).code).toBe('MalformedXML')
    }
  })

  test('nothing of this was an error of the server', async () => {
    expect(r2.internalErrors).toEqual([])
    expect((await r2.send('HEAD', '/bucket')).status).toBe(200)
  })
})

test('a client that waits for 100 Continue gets it', async () => {
  const socket = net.connect(r2.port, '127.0.0.1')
  socket.write(signedHead('PUT', '/bucket/expected', { 'content-length': '4', expect: '100-continue' }))
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 100 Continue\r\n/)
  socket.write('text')
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  socket.destroy()
})

test('a request whose body was refused does not spoil the next one on its connection', async () => {
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

test('input that is no HTTP behind a request breaks the connection, and no refusal is written into the response', async () => {
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

test('a body that was left half-way does not stall the next request on its connection', async () => {
  const body = `${'4000\r\n'}${'x'.repeat(0x4000)}\r\n`.repeat(100)
  const payloadHash = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  // The decoded length is passed long before the end of the body.
  const headers = { 'x-amz-decoded-content-length': '20000' }
  expect((await r2.send('PUT', '/bucket/left', { body, headers, payloadHash })).code).toBe('IncompleteBody')
  expect((await r2.send('PUT', '/bucket/next', { body: 'text' })).status).toBe(200)
})

test('data in a folder outlives the server, and a folder serves one at a time', async () => {
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

describe('the end', () => {
  test('waits for requests under way and ends idle connections', async () => {
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

  test('comes by itself where the server is used', async () => {
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

describe('options that cannot be are refused before anything is opened', () => {
  const own = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
  test.each(['0.0.0.0', '::', 'example.test', '192.168.1.1'])('the default credentials on %s', async (host) => {
    await expect(startLocalR2({ host })).rejects.toMatchObject({ code: 'InvalidConfig', field: 'host' })
  })

  test('credentials that R2 would not take', async () => {
    await expect(startLocalR2({ credentials: { ...own, accessKeyId: 'short' } })).rejects.toMatchObject({
      code: 'InvalidConfig',
    })
  })

  test('memory and a folder at once', async () => {
    await expect(startLocalR2({ memory: true, dataDir: '/nowhere' })).rejects.toMatchObject({
      code: 'InvalidConfig',
      field: 'dataDir',
    })
  })

  test('a path that is a file, or below one', async () => {
    for (const dataDir of ['package.json', 'package.json/data']) {
      await expect(startLocalR2({ dataDir })).rejects.toMatchObject({
        code: 'InvalidConfig',
        field: 'dataDir',
        message: expect.stringMatching(/^data folder package\.json.* cannot be opened: (EEXIST|ENOTDIR): /),
      })
    }
  })

  test("but any address is fine with credentials of one's own", async () => {
    await using local = await startLocalR2({ host: '0.0.0.0', credentials: own })
    expect(local.credentials).toEqual(own)
  })
})
