/** Requests designed to exhaust memory, file descriptors or the time of other requests. */
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import { RequestSigner } from 'r2kit/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startLimitedServer } from '#test/support/limited-server.js'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { temporaryFolder } from '#test/support/storage-fixtures.js'
import { defaultCredentials } from '../index.js'

interface Address {
  readonly port: number
}

const signedHead = (
  { port }: Address,
  method: string,
  path: string,
  { query = '', fields = {}, payloadHash = 'UNSIGNED-PAYLOAD' } = {},
) => {
  const headers: Record<string, string> = { host: `127.0.0.1:${port}`, ...fields }
  new RequestSigner().sign({ method, path, query, headers }, defaultCredentials, payloadHash, Date.now())
  const lines = Object.entries(headers).map((field) => field.join(': '))
  return `${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

describe('pipelined requests', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let r2: RawR2
  beforeEach(async () => {
    folder = await temporaryFolder()
    r2 = await openRawR2({ dataDir: folder.path })
    await r2.send('PUT', '/bucket')
  })
  afterEach(async () => {
    await r2[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  /** Sends all requests in one write. Resolves with their responses when all have arrived. */
  const pipeline = async (requests: readonly string[]): Promise<string[]> => {
    const socket = net.connect(r2.port, '127.0.0.1')
    let received = ''
    const complete = new Promise<void>((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1')
        if (received.split('HTTP/1.1 ').length > requests.length && received.endsWith('last')) resolve()
      })
      socket.once('close', () => reject(new Error(`closed after ${received.length} bytes`)))
    })
    socket.write(requests.join(''))
    await complete
    socket.destroy()
    return received.split('HTTP/1.1 ').slice(1)
  }

  test('are handled in order, so that a read sees the preceding write', async () => {
    const [put, get, other, last] = await pipeline([
      `${signedHead(r2, 'PUT', '/bucket/key', { fields: { 'content-length': '5' } })}first`,
      signedHead(r2, 'GET', '/bucket/key'),
      `${signedHead(r2, 'PUT', '/bucket/key', { fields: { 'content-length': '4' } })}last`,
      signedHead(r2, 'GET', '/bucket/key'),
    ])
    expect([put, other].map((response) => response?.slice(0, 3))).toEqual(['200', '200'])
    expect(get).toMatch(/first$/)
    expect(last).toMatch(/last$/)
  })

  test('are all handled, even if there are more than are read ahead', async () => {
    await r2.send('PUT', '/bucket/key', { body: 'last' })
    const responses = await pipeline(Array.from({ length: 300 }, () => signedHead(r2, 'GET', '/bucket/key')))
    expect(responses.filter((response) => response.startsWith('200'))).toHaveLength(300)
  })

  test('of a client that disconnects keep no file open and delay no later request', async () => {
    await r2.send('PUT', '/bucket/large', { body: Buffer.alloc(3_000_000) })
    for (let count = 0; count < 5; count++) {
      const socket = net.connect(r2.port, '127.0.0.1')
      socket.write(signedHead(r2, 'GET', '/bucket/large').repeat(100))
      await once(socket, 'readable')
      socket.destroy()
    }
    expect((await r2.send('GET', '/bucket/large')).status).toBe(200)
    // The file is removed when its last reader has finished.
    await r2.send('DELETE', '/bucket/large')
    await expect.poll(() => readdir(join(folder.path, 'blobs'))).toEqual([])
  })

  test('after one with connection: close are not handled', async () => {
    const socket = net.connect(r2.port, '127.0.0.1')
    const get = signedHead(r2, 'GET', '/bucket/none', { fields: { connection: 'close' } })
    socket.write(`${get}${signedHead(r2, 'PUT', '/bucket/late', { fields: { 'content-length': '0' } })}`)
    socket.resume()
    await once(socket, 'close')
    expect((await r2.send('HEAD', '/bucket/late')).status).toBe(404)
  })
})

const chunkCount = 1_500_000

/** Writes pieces at the server's pace. @returns The status and error code of the response. */
const exchange = async ({ port }: Address, pieces: Iterable<string | Uint8Array>): Promise<string> => {
  const socket = net.connect(port, '127.0.0.1')
  socket.setMaxListeners(0)
  let received = ''
  const responded = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      if (received.includes('\r\n\r\n')) resolve()
    })
    socket.once('close', resolve)
  })
  for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain')
  await responded
  socket.destroy()
  return `${received.slice(9, 12)} ${/<Code>(\w+)/.exec(received)?.[1] ?? ''}`.trim()
}

function* repeated(first: string, piece: string, count: number, last: string) {
  yield first
  const block = Buffer.from(piece.repeat(10_000))
  for (let sent = 0; sent < count; sent += 10_000) yield block
  yield last
}

test.runIf(process.platform !== 'win32')(
  'bodies in one-byte chunks fit into a small heap, which an object per chunk would exhaust',
  async () => {
    await using folder = await temporaryFolder()
    await using server = await startLimitedServer('export NODE_OPTIONS=--max-old-space-size=64', folder.path)
    expect(await exchange(server, [signedHead(server, 'PUT', '/bucket')])).toBe('200')
    const document = signedHead(server, 'POST', '/bucket', {
      query: 'delete=',
      fields: { 'transfer-encoding': 'chunked' },
    })
    expect(await exchange(server, repeated(document, '1\r\na\r\n', chunkCount, '0\r\n\r\n'))).toBe('400 MalformedXML')
    const fields = {
      'content-length': String(chunkCount * 6 + 5),
      'x-amz-decoded-content-length': String(chunkCount),
    }
    const put = signedHead(server, 'PUT', '/bucket/key', { fields, payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' })
    expect(await exchange(server, repeated(put, '1\r\na\r\n', chunkCount, '0\r\n\r\n'))).toBe('200')
    expect(await server.stop()).toBe(0)
  },
  60_000,
)
