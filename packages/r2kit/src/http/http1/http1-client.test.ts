/** The contract of transports over sockets of `node:net`, and what only this client does. `npm run test:bun` runs it on Bun's sockets. */
import { describe, expect, test } from 'vitest'
import { responding, until } from '#test/support/raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '#test/support/results.js'
import { chunked, pair, request } from '#test/support/transport-suite/setup.js'
import { socketTransportSuite } from '#test/support/transport-suite/sockets/index.js'
import { text } from '#test/support/transport-suite/sockets/setup.js'
import type { SocketTransport, SocketTransportOptions } from '../undici/socket-transport.js'
import { Http1Transport } from './http1-transport.js'
import { idleTimeoutOf } from './idle-timer.js'

const open = (options: SocketTransportOptions) => new Http1Transport(options)

/** As on Bun: the bytes arrive by the events of a stream. */
const openStreams = ({ connections, ...options }: SocketTransportOptions) =>
  open({ ...options, connections: { ...connections, reuseReadBuffer: false } })

socketTransportSuite({ name: 'http1', open })
socketTransportSuite({ name: 'http1 without the shared buffer', open: openStreams })

const one = () => open({ connections: { maxConnections: 1 } })

describe('Http1Client', () => {
  test('bytes after a response close the connection, and the next request gets its own response', async () => {
    const { transport, server } = await pair(one, async (peer) => {
      await peer.request()
      if (peer.number > 1) return peer.response(200, 'mine')
      peer.send('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged')
    })
    expect(text(await transport.send(request(server)))).toBe('ok')
    expect(text(await transport.send(request(server)))).toBe('mine')
  })

  test('bytes on an idle connection close it', async () => {
    const { transport, server } = await pair(one, async (peer) => {
      await peer.request()
      peer.response(200, String(peer.number))
    })
    await transport.send(request(server))
    server.peers[0]?.send('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged')
    await server.peers[0]?.closed()
    expect(text(await transport.send(request(server)))).toBe('2')
  })

  test('a content-length without a body fails with InvalidInput, and nothing is sent', async () => {
    const { transport, server } = await pair(
      one,
      responding((_, __, peer) => peer.response(200)),
    )
    const headers = { host: 'h', 'content-length': '6' }
    expect(await errorOf(transport.send(request(server, { headers })))).toMatchObject({ code: 'InvalidInput' })
    expect(server.peers).toHaveLength(0)
    expect((await transport.send(request(server))).status).toBe(200)
  })

  test('an abort within a read leaves the rest of the read unused', async () => {
    const { transport, server } = await pair(one, async (peer) => {
      await peer.request()
      if (peer.number > 1) return peer.response(200, 'mine')
      peer.send(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'6\r\nforged\r\n'.repeat(9)}0\r\n\r\n`)
    })
    const first = errorOf(transport.send(request(server, { maxResponseBytes: 10 })))
    const second = transport.send(request(server))
    expect(await first).toMatchObject({ code: 'ResponseTooLarge' })
    expect(text(await second)).toBe('mine')
  })

  test('a head over 64 KiB fails with InvalidResponse', async () => {
    const { transport, server } = await pair(one, async (peer) => {
      await peer.request()
      peer.send(`HTTP/1.1 200 OK\r\n${`x-a: ${'y'.repeat(1000)}\r\n`.repeat(70)}\r\n`)
    })
    expect(await errorOf(transport.send(request(server)))).toMatchObject({ code: 'InvalidResponse' })
  })

  test('a response that two readers could understand differently fails with InvalidResponse', async () => {
    const { transport, server } = await pair(one, async (peer) => {
      await peer.request()
      peer.send('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')
    })
    expect(await errorOf(transport.send(request(server)))).toMatchObject({ code: 'InvalidResponse' })
  })

  test('a connection that the server keeps for less than two seconds is used again only before that', async () => {
    const { transport, server } = await pair(
      one,
      responding((_, __, peer) => peer.response(200, String(peer.number), { 'keep-alive': 'timeout=1, max=5' })),
    )
    expect(text(await transport.send(request(server)))).toBe('1')
    expect(text(await transport.send(request(server)))).toBe('2')
  })

  test.each([
    [undefined, Number.POSITIVE_INFINITY],
    ['max=5', Number.POSITIVE_INFINITY],
    ['timeout=5', 4000],
    ['max=5, timeout=30', 29_000],
    ['timeout=0', 0],
  ])('the header keep-alive: %s allows an idle time of %d ms', (field, idleMs) => {
    expect(idleTimeoutOf(field)).toBe(idleMs)
  })

  test('an idle connection is closed after idleTimeoutMs', async () => {
    const { transport, server } = await pair(
      () => open({ connections: { idleTimeoutMs: 20 } }),
      responding((_, __, peer) => peer.response(200)),
    )
    await transport.send(request(server))
    await server.peers[0]?.closed()
    expect((transport as SocketTransport).connections).toBe(0)
  })

  test('a stream with empty chunks and one of several megabytes arrive as one body each', async () => {
    const received: number[] = []
    const { transport, server } = await pair(
      one,
      responding((_, body, peer) => {
        received.push(body.length)
        peer.response(200)
      }),
    )
    for (const chunks of [[Buffer.alloc(0), Buffer.from('ab'), Buffer.alloc(0)], [Buffer.alloc(5_000_000)]]) {
      const { body } = chunked(chunks, Buffer.concat(chunks).length)
      await transport.send(request(server, { method: 'PUT', body }))
    }
    await transport.send(request(server, { method: 'PUT', body: { kind: 'bytes', bytes: Buffer.alloc(100_000) } }))
    expect(received).toEqual([2, 5_000_000, 100_000])
    expect(server.peers).toHaveLength(1)
  })

  test('a chunked stream that is paused and resumed is complete', async () => {
    const chunk = Buffer.alloc(100_000, 'x')
    const { transport, server } = await pair(one, async (peer) => {
      await peer.request()
      peer.send('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
      for (let count = 0; count < 30; count++) peer.send(`${chunk.length.toString(16)}\r\n`, chunk, '\r\n')
      peer.send('0\r\n\r\n')
    })
    const stream = bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' })))
    await until(() => server.peers[0]?.socket.bytesWritten !== 0)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect((await readAll(stream)).length).toBe(3_000_000)
  })
})
