import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
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

/** Each byte differs from the one 256 before it, so that misplaced bytes are found. */
const numbered = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 255))

type Serve = (socket: Socket, isFirst: boolean) => void

/** Calls `serve` for each request; the transport and the server are closed after the test. */
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

/** Turns of the event loop without a read: the read-ahead fills up and the socket is paused. */
const leaveUnread = async () => {
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A body of this size fills the read-ahead with its last byte: the parser is paused with nothing left to parse. */
const readAheadBytes = 256 * 1024

describe.each(['TCP', 'TLS'] as const)('%s: a server that closes while the body is not read', (kind) => {
  test.each([readAheadBytes - 1, readAheadBytes, readAheadBytes + 1, 1_000_000])(
    'all of %i bytes arrive',
    async (size) => {
      const body = numbered(size)
      const { send } = await serving(kind, (socket) => {
        socket.write(head(size))
        socket.end(body)
      })
      const response = await send()
      await leaveUnread()
      expect(Buffer.compare(await readAll(bodyStreamOf(response)), body)).toBe(0)
    },
  )

  test.each([readAheadBytes - 1, readAheadBytes, readAheadBytes + 1, 1_000_000])(
    'all of %i bytes arrive where the end of the connection ends the body',
    async (size) => {
      const body = numbered(size)
      const { send } = await serving(kind, (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
        socket.end(body)
      })
      const response = await send()
      await leaveUnread()
      expect(Buffer.compare(await readAll(bodyStreamOf(response)), body)).toBe(0)
    },
  )

  test.each([readAheadBytes, 1_000_000])(
    'a body that is cut after %i bytes fails with StreamInterrupted',
    async (size) => {
      const { send } = await serving(kind, (socket) => {
        socket.write(head(size + 1))
        socket.end(numbered(size))
      })
      const response = await send()
      await leaveUnread()
      expect(await errorOf(readAll(bodyStreamOf(response)))).toMatchObject({ code: 'StreamInterrupted' })
    },
  )
})

describe('TLS records that arrive together', () => {
  test.each([512, 1369, 5000])('all records of %i bytes arrive after a time without a read', async (recordBytes) => {
    const body = numbered(1_000_000)
    const { send } = await serving('TLS', (socket) => {
      if (!('setMaxSendFragment' in socket) || typeof socket.setMaxSendFragment !== 'function')
        throw new Error('no TLS')
      socket.setMaxSendFragment(recordBytes)
      socket.write(head(body.length))
      socket.write(body)
    })
    const response = await send()
    await leaveUnread()
    expect(Buffer.compare(await readAll(bodyStreamOf(response)), body)).toBe(0)
  })

  test('all records arrive while a consumer is busy', async () => {
    const body = numbered(1_000_000)
    const { send } = await serving('TLS', (socket) => {
      if (!('setMaxSendFragment' in socket) || typeof socket.setMaxSendFragment !== 'function')
        throw new Error('no TLS')
      socket.setMaxSendFragment(600)
      socket.write(head(body.length))
      socket.write(body)
    })
    const chunks: Uint8Array[] = []
    await drain(bodyStreamOf(await send()), (chunk) => {
      chunks.push(new Uint8Array(chunk))
      return chunks.length % 10 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined
    })
    expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0)
  })
})

test('each chunk of a stream has memory of its own, also where several arrive in one read', async () => {
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

const interim = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'
const final = 'HTTP/1.1 200 OK\r\nx-amz-meta-name: value\r\ncontent-length: 2\r\n\r\n'

test.each([
  ['in two reads', [final.slice(0, 30), `${final.slice(30)}hi`]],
  ['after an interim response in the same read', [interim + final.slice(0, 30), `${final.slice(30)}hi`]],
  [
    'after an interim response in two reads',
    [interim.slice(0, 30), interim.slice(30) + final.slice(0, 30), `${final.slice(30)}hi`],
  ],
  [
    'after an interim response whose end begins like a final one',
    ['HTTP/1.1 103 Early Hints\r\nlink: ', `HTTP/1.1 200\r\n\r\n${final.slice(0, 30)}`, `${final.slice(30)}hi`],
  ],
])('header fields survive reads of other sockets when the head arrives %s', async (_, [begin = '', ...rest]) => {
  const sockets: Socket[] = []
  const { send } = await serving('TCP', (socket) => {
    sockets.push(socket)
  })
  const first = send({ responseBody: 'bytes' })
  await until(() => sockets.length === 1)
  for (const part of [begin, ...rest]) {
    sockets[0]?.write(part)
    await leaveUnread()
    const opened = sockets.length
    const other = send({ responseBody: 'bytes' })
    await until(() => sockets.length > opened)
    sockets.at(-1)?.end(`${head(1000)}${'z'.repeat(1000)}`)
    await other
  }
  const { headers, body } = await first
  expect(headers['x-amz-meta-name']).toBe('value')
  expect(Buffer.from(body as Uint8Array).toString()).toBe('hi')
})

test('a head in one read is parsed where the socket has read it, without a copy', async () => {
  const { send } = await serving('TCP', (socket) => {
    socket.write(`${head(5000)}${'z'.repeat(5000)}`)
  })
  await send({ responseBody: 'bytes' })
  const from = vi.spyOn(Buffer, 'from')
  onTestFinished(() => from.mockRestore())
  const { body } = await send({ responseBody: 'bytes' })
  expect(body instanceof Uint8Array && body.byteLength).toBe(5000)
  const copied = from.mock.calls.filter(([value]) => (value as unknown) instanceof Uint8Array)
  expect(copied).toEqual([])
})

test('a busy consumer receives all of a body that ends with its connection', async () => {
  const body = numbered(300_000)
  const { send } = await serving('TCP', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n')
    socket.end(body)
  })
  const chunks: Uint8Array[] = []
  await drain(bodyStreamOf(await send()), (chunk) => {
    chunks.push(new Uint8Array(chunk))
    return new Promise((resolve) => setImmediate(resolve))
  })
  expect(Buffer.compare(Buffer.concat(chunks), body)).toBe(0)
})

test('a consumer of one response can read another response from within its call', async () => {
  const body = numbered(400_000)
  const sockets: Socket[] = []
  const { send } = await serving('TCP', (socket) => {
    sockets.push(socket)
    socket.write(head(body.length))
  })
  const waiting = await send()
  sockets[0]?.write(body)
  await leaveUnread()
  const reader = bodyStreamOf(waiting).getReader()
  const reads: ReturnType<typeof reader.read>[] = []
  const draining = drain(bodyStreamOf(await send()), () => {
    // One read per call: of several, only the first is passed to the source immediately.
    reads.push(reader.read())
    return undefined
  })
  // Sent when the consumer is there, so that the parser calls it.
  sockets[1]?.write(body)
  await draining
  const chunks = await Promise.all(reads)
  while (chunks.at(-1)?.done === false) chunks.push(await reader.read())
  expect(Buffer.compare(Buffer.concat(chunks.map(({ value }) => value ?? new Uint8Array())), body)).toBe(0)
})

test('a host name with an IPv4 and an IPv6 address works where only one accepts connections', async () => {
  const body = numbered(500_000)
  const { send } = await serving('TCP', (socket) => socket.write(Buffer.concat([Buffer.from(head(500_000)), body])), {
    host: 'localhost',
  })
  for (let time = 0; time < 3; time++) {
    expect(Buffer.compare(await readAll(bodyStreamOf(await send())), body)).toBe(0)
  }
})

test('bytes after the end of a response close the connection, and the next request gets its own response', async () => {
  const { transport, send } = await serving('TCP', (socket, isFirst) => {
    socket.write(`${head(2)}ok${isFirst ? 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged' : ''}`)
  })
  for (let time = 0; time < 3; time++) {
    const { body } = await send({ responseBody: 'bytes' })
    expect(Buffer.from(body as Uint8Array).toString()).toBe('ok')
    await until(() => transport.connections === 0)
  }
})

test('after a reset during a time without a read, the reader gets all bytes or StreamInterrupted', async () => {
  const body = numbered(400_000)
  const { send } = await serving('TCP', (socket) => {
    socket.write(head(body.length))
    socket.write(body, () => socket.resetAndDestroy())
  })
  const response = await send()
  await leaveUnread()
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
