import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '#test/support/raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '#test/support/results.js'
import { request } from '#test/support/transport-suite/setup.js'
import { drain } from '../../body/drain.js'
import type { ConnectionOptions } from '../../connection-options.js'
import type { HttpRequest } from '../../transport.js'
import { UndiciTransport } from '../undici-transport.js'

const fixture = (name: string) =>
  readFileSync(new URL(`../../../../../../test/fixtures/loopback/${name}`, import.meta.url), 'utf8')
const [cert, key] = [fixture('certificate.pem'), fixture('key.pem')]

/** No byte is like the one 256 before it, so that bytes in the wrong place are seen. */
const numbered = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 255))

type Serve = (socket: Socket, isFirst: boolean) => void

/** Calls `serve` for each request; the transport and the server go away with the test. */
const serving = async (
  kind: 'TCP' | 'TLS',
  serve: Serve,
  { host = '127.0.0.1', connections = {} }: { host?: string; connections?: ConnectionOptions } = {},
) => {
  const accept = (socket: Socket) => {
    let isFirst = true
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      if (!bytes.includes('\r\n\r\n')) return
      serve(socket, isFirst)
      isFirst = false
    })
  }
  const options = { allowHalfOpen: true }
  const server: Server =
    kind === 'TLS' ? createServer({ cert, key, ...options }, accept) : createPlainServer(options, accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const transport = new UndiciTransport({ connections: { ca: cert, ...connections } })
  onTestFinished(async () => {
    await transport.close()
    server.close()
  })
  const origin = `${kind === 'TLS' ? 'https' : 'http'}://${host}:${address.port}`
  const send = (changes: Partial<HttpRequest> = {}) =>
    transport.send({
      ...request({ origin }, { responseBody: 'stream', ...changes }),
      headers: { host: `${host}:${address.port}` },
    })
  return { transport, send }
}

const head = (length: number) => `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`

/** Turns of the event loop in which nobody reads: the body fills up and the socket is paused. */
const leftAlone = async () => {
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** The read-ahead is full with its last byte, so that the parser is paused with nothing left to parse. */
const readAheadBytes = 256 * 1024

describe.each(['TCP', 'TLS'] as const)('%s: a server that closes while nobody reads', (kind) => {
  test.each([readAheadBytes - 1, readAheadBytes, readAheadBytes + 1, 1_000_000])(
    'loses none of %i bytes',
    async (size) => {
      const body = numbered(size)
      const { send } = await serving(kind, (socket) => {
        socket.write(head(size))
        socket.end(body)
      })
      const response = await send()
      await leftAlone()
      expect(Buffer.compare(await readAll(bodyStreamOf(response)), body)).toBe(0)
    },
  )

  test.each([readAheadBytes - 1, readAheadBytes, readAheadBytes + 1, 1_000_000])(
    'loses none of %i bytes whose end is the end of the connection',
    async (size) => {
      const body = numbered(size)
      const { send } = await serving(kind, (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
        socket.end(body)
      })
      const response = await send()
      await leftAlone()
      expect(Buffer.compare(await readAll(bodyStreamOf(response)), body)).toBe(0)
    },
  )

  test.each([readAheadBytes, 1_000_000])(
    'in the middle of its response, after %i bytes, breaks it off',
    async (size) => {
      const { send } = await serving(kind, (socket) => {
        socket.write(head(size + 1))
        socket.end(numbered(size))
      })
      const response = await send()
      await leftAlone()
      expect(await errorOf(readAll(bodyStreamOf(response)))).toMatchObject({ code: 'StreamInterrupted' })
    },
  )
})

describe('records of TLS that come together', () => {
  test.each([512, 1369, 5000])('of %i bytes are all kept while nobody reads', async (recordBytes) => {
    const body = numbered(1_000_000)
    const { send } = await serving('TLS', (socket) => {
      if (!('setMaxSendFragment' in socket) || typeof socket.setMaxSendFragment !== 'function')
        throw new Error('no TLS')
      socket.setMaxSendFragment(recordBytes)
      socket.write(head(body.length))
      socket.write(body)
    })
    const response = await send()
    await leftAlone()
    expect(Buffer.compare(await readAll(bodyStreamOf(response)), body)).toBe(0)
  })

  test('are all kept while a borrower is busy', async () => {
    const body = numbered(1_000_000)
    const { send } = await serving('TLS', (socket) => {
      if (!('setMaxSendFragment' in socket) || typeof socket.setMaxSendFragment !== 'function')
        throw new Error('no TLS')
      socket.setMaxSendFragment(600)
      socket.write(head(body.length))
      socket.write(body)
    })
    const chunks: Uint8Array[] = []
    await drain(bodyStreamOf(await send()), (lent) => {
      chunks.push(new Uint8Array(lent))
      return chunks.length % 10 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined
    })
    expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0)
  })
})

test('each chunk of a stream has memory of its own, also what came in one read with the head and with others', async () => {
  const body = numbered(30_000)
  const pieces = [body.subarray(0, 10), body.subarray(10, 20_000), body.subarray(20_000)]
  const { send } = await serving('TCP', (socket) => {
    const framed = pieces.flatMap((piece) => [`${piece.length.toString(16)}\r\n`, piece, '\r\n'])
    const all = ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', ...framed, '0\r\n\r\n']
    socket.write(Buffer.concat(all.map((part) => Buffer.from(part))))
  })
  const chunks: Uint8Array[] = []
  for await (const chunk of bodyStreamOf(await send())) chunks.push(chunk)
  expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0)
  expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(chunks.length)
  for (const chunk of chunks) expect(chunk.buffer.byteLength).toBe(chunk.byteLength)
})

test('a borrower who is busy gets all of a body that ends with its connection', async () => {
  const body = numbered(300_000)
  const { send } = await serving('TCP', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
    socket.end(body)
  })
  const chunks: Uint8Array[] = []
  await drain(bodyStreamOf(await send()), (lent) => {
    chunks.push(new Uint8Array(lent))
    return new Promise((resolve) => setImmediate(resolve))
  })
  expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0)
})

test('who is called with bytes of one response may read another that waits', async () => {
  const body = numbered(400_000)
  const sockets: Socket[] = []
  const { send } = await serving('TCP', (socket) => {
    sockets.push(socket)
    socket.write(head(body.length))
  })
  const waiting = await send()
  sockets[0]?.write(body)
  await leftAlone()
  const reader = bodyStreamOf(waiting).getReader()
  const reads: ReturnType<typeof reader.read>[] = []
  const draining = drain(bodyStreamOf(await send()), () => {
    // One at a time: of several only the first asks at once.
    reads.push(reader.read())
    return undefined
  })
  // Comes when the borrower is there, so that he is called by the parser.
  sockets[1]?.write(body)
  await draining
  const chunks = await Promise.all(reads)
  while (chunks.at(-1)?.done === false) chunks.push(await reader.read())
  expect(Buffer.compare(Buffer.concat(chunks.map(({ value }) => value ?? new Uint8Array())), body)).toBe(0)
})

test('a name with addresses of two kinds, of which one answers', async () => {
  const body = numbered(500_000)
  const { send } = await serving('TCP', (socket) => socket.write(Buffer.concat([Buffer.from(head(500_000)), body])), {
    host: 'localhost',
  })
  for (let time = 0; time < 3; time++) {
    expect(Buffer.compare(await readAll(bodyStreamOf(await send())), body)).toBe(0)
  }
})

test('bytes after the end of a response end the connection, and the next request has its own answer', async () => {
  const { transport, send } = await serving('TCP', (socket, isFirst) => {
    socket.write(`${head(2)}ok${isFirst ? 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged' : ''}`)
  })
  for (let time = 0; time < 3; time++) {
    const { body } = await send({ responseBody: 'bytes' })
    expect(Buffer.from(body as Uint8Array).toString()).toBe('ok')
    await until(() => transport.connections === 0)
  }
})

test('a reset while nobody reads fails the reader, or he has every byte', async () => {
  const body = numbered(400_000)
  const { send } = await serving('TCP', (socket) => {
    socket.write(head(body.length))
    socket.write(body, () => socket.resetAndDestroy())
  })
  const response = await send()
  await leftAlone()
  const outcome = await readAll(bodyStreamOf(response)).then(
    (bytes) => Buffer.compare(bytes, body),
    (error) => error.code,
  )
  expect([0, 'StreamInterrupted']).toContain(outcome)
})

/** The methods that a client's new sockets have of their own, once `work` has sent requests over them. */
const replacedMethods = async (work: () => Promise<unknown>): Promise<string[][]> => {
  const sockets: Socket[] = []
  const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket)
  subscribe('undici:client:connected', note)
  try {
    await work()
  } finally {
    unsubscribe('undici:client:connected', note)
  }
  return sockets.map((socket) => ['push', 'read', 'unshift'].filter((name) => Object.hasOwn(socket, name)))
}

describe.each(['TCP', 'TLS'] as const)('%s: connections.reuseReadBuffer', (kind) => {
  const body = numbered(1_000_000)
  const serve: Serve = (socket) => {
    socket.write(head(body.length))
    socket.write(body)
  }
  const readBothWays = async (connections: ConnectionOptions): Promise<void> => {
    const { send } = await serving(kind, serve, { connections })
    expect(Buffer.compare(await readAll(bodyStreamOf(await send())), body)).toBe(0)
    const chunks: Uint8Array[] = []
    await drain(bodyStreamOf(await send()), (chunk) => {
      chunks.push(new Uint8Array(chunk))
      return undefined
    })
    expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0)
  }

  test('replaces three methods of each socket by default', async () => {
    const replaced = await replacedMethods(() => readBothWays({}))
    expect(replaced.length).toBeGreaterThan(0)
    for (const names of replaced) expect(names).toEqual(['push', 'read', 'unshift'])
  })

  test('replaces no method of a socket when it is false, and every byte still arrives', async () => {
    const replaced = await replacedMethods(() => readBothWays({ reuseReadBuffer: false }))
    expect(replaced.length).toBeGreaterThan(0)
    for (const names of replaced) expect(names).toEqual([])
  })
})
