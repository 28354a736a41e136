/** Connections while they are made, while bodies flow, and when the transport closes. */

import { randomBytes } from 'node:crypto'
import type { ConnectionOptions } from 'r2kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConnectProxy } from '../../connect-proxy.js'
import { responding, until } from '../../raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '../../results.js'
import { chunked, countedSignal, pair, request, streamed } from '../setup.js'
import { type SocketsUnderTest, type SocketTransport, text, withConnections } from './setup.js'

export const connectionsSuite = ({ name, open }: SocketsUnderTest): void => {
  const create = withConnections(open)
  const connected = (connections: ConnectionOptions) => withConnections(open, connections)

  describe(`${name}: a connection that is being made`, () => {
    /** TCP connects, and the TLS handshake never ends. */
    const silent = (server: { origin: string }) => ({ origin: server.origin.replace('http:', 'https:') })

    test('an abort during the handshake ends the request immediately and leaves no listener', async () => {
      const { transport, server, clock } = await pair(create, () => undefined)
      const { controller, signal, listeners } = countedSignal()
      const work = errorOf(transport.send(request(server, { ...silent(server), signal })))
      await until(() => server.peers.length === 1)
      controller.abort()
      expect(await work).toMatchObject({ code: 'Aborted' })
      expect(listeners()).toBe(0)
      expect(clock.timers).toBe(0)
    })

    test('a connection whose request has ended during the handshake is abandoned, and its place is free', async () => {
      const { transport, server } = await pair(connected({ maxConnections: 1 }), () => undefined)
      const controller = new AbortController()
      const work = errorOf(transport.send(request(server, { ...silent(server), signal: controller.signal })))
      await until(() => server.peers.length === 1)
      const next = errorOf(transport.send(request(server, silent(server))))
      controller.abort()
      await work
      await server.peers[0]?.closed()
      await until(() => server.peers.length === 2)
      server.peers[1]?.socket.resetAndDestroy()
      expect((await next).kind).toBe('Network')
      await transport.close()
    })

    test('timeoutMs counts the time of the handshake', async () => {
      const { transport, server, clock } = await pair(create, () => undefined)
      const work = errorOf(transport.send(request(server, { ...silent(server), timeoutMs: 1_000 })))
      await until(() => server.peers.length === 1)
      await clock.advance(1_000)
      expect(await work).toMatchObject({ code: 'Timeout', retryable: true })
    })

    test('a connectTimeoutMs of the request limits its handshake, and leaves no timer behind', async () => {
      const { transport, server, clock } = await pair(create, () => undefined)
      const { bounds } = request(server)
      const handshake = request(server, { ...silent(server), bounds: { ...bounds, connectTimeoutMs: 500 } })
      const work = errorOf(transport.send(handshake))
      await until(() => server.peers.length === 1)
      await clock.advance(499)
      expect(await Promise.race([work, 'pending'])).toBe('pending')
      await clock.advance(1)
      expect(await work).toMatchObject({ code: 'Timeout', message: expect.stringContaining('within 500 ms') })
      expect(clock.timers).toBe(0)
    })

    test('a connectTimeoutMs of the request does not limit a connection that has been made', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        await clock.advance(1_000)
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      })
      const { bounds } = request(server)
      const response = await transport.send(request(server, { bounds: { ...bounds, connectTimeoutMs: 500 } }))
      expect(response.status).toBe(200)
      await transport.close()
      expect(clock.timers).toBe(0)
    })

    test('connectTimeoutMs limits the handshake', async () => {
      const { transport, server } = await pair(connected({ connectTimeoutMs: 30 }), () => undefined)
      expect(await errorOf(transport.send(request(server, silent(server))))).toMatchObject({ code: 'Timeout' })
    })
  })

  describe(`${name}: bodies and sockets`, () => {
    test('a slow reader pauses the socket, so that the server cannot send more', async () => {
      const total = 64 * 1024 * 1024
      const chunk = randomBytes(1024 * 1024)
      let written = 0
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.send(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`)
        while (written < total) {
          const hasRoom = peer.socket.write(chunk)
          written += chunk.length
          if (!hasRoom) await new Promise((resolve) => peer.socket.once('drain', resolve))
        }
      })
      const stream = bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' })))
      let before = -1
      while (before !== written) {
        before = written
        for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      // Socket buffers of the kernel, a read-ahead of 256 KiB, and a chunk.
      expect(written).toBeLessThan(total / 4)
      expect((await readAll(stream)).length).toBe(total)
    })

    test('an early error response cancels the source of the request, and the next request succeeds', async () => {
      const { transport, server } = await pair(connected({ maxConnections: 1 }), async (peer) => {
        await peer.request()
        if (peer.number > 1) return peer.response(200, 'next')
        await peer.body(1000)
        peer.response(403, '<Error><Code>AccessDenied</Code></Error>')
      })
      const chunk = randomBytes(100_000)
      const { body, state } = chunked(
        Array.from({ length: 1000 }, () => chunk),
        100_000_000,
      )
      const response = await transport.send(request(server, { method: 'PUT', body }))
      expect(response.status).toBe(403)
      await until(() => state.cancelled)
      expect(state.taken).toBeLessThan(500)
      expect(text(await transport.send(request(server)))).toBe('next')
    })

    test('an early error response to bytes closes the connection, and the next request succeeds', async () => {
      const { transport, server } = await pair(connected({ maxConnections: 1 }), async (peer) => {
        await peer.request()
        if (peer.number > 1) return peer.response(200, 'next')
        peer.socket.pause()
        peer.response(403, '<Error><Code>AccessDenied</Code></Error>')
      })
      const body = { kind: 'bytes', bytes: Buffer.alloc(30_000_000) } as const
      const responses = [transport.send(request(server, { method: 'PUT', body })), transport.send(request(server))]
      expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([403, 200])
      expect(server.peers).toHaveLength(2)
    })

    test('an early error response cancels a source whose read is pending', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.response(403, 'no')
      })
      let cancelled = false
      let sent = 0
      const response = await transport.send(
        request(server, {
          method: 'PUT',
          body: streamed(10, () => ({
            [Symbol.asyncIterator]: () => ({
              next: () =>
                sent++ === 0
                  ? Promise.resolve({ done: false, value: Buffer.from('12345') })
                  : new Promise(() => undefined),
              return: async () => {
                cancelled = true
                return { done: true, value: undefined }
              },
            }),
          })),
        }),
      )
      expect(response.status).toBe(403)
      await until(() => cancelled)
    })

    test('a header with a line break fails with InvalidInput, and nothing is sent', async () => {
      const { transport, server } = await pair(create, () => {
        // No request arrives.
      })
      const headers = { 'x-amz-meta-a': 'b\r\nx-injected: 1' }
      expect(await errorOf(transport.send(request(server, { headers })))).toMatchObject({
        code: 'InvalidInput',
        retryable: false,
      })
    })
  })

  test(`${name}: requests go through the tunnel of a proxy, and paths stay unchanged in it`, async () => {
    const proxy = await new ConnectProxy().listen()
    onTestFinished(() => proxy[Symbol.asyncDispose]())
    const { transport, server } = await pair(
      connected({ proxy: proxy.url }),
      responding(({ target }, _, peer) => peer.response(200, target)),
    )
    for (const path of ['/a/../b', '/c']) expect(text(await transport.send(request(server, { path })))).toBe(path)
    expect(proxy.heads).toEqual([expect.stringMatching(/^CONNECT /)])
  })

  test.each([
    [262_144, 'its length', 'content-length: 262144\r\n'],
    [3_000_000, 'its length', 'content-length: 3000000\r\n'],
    [3_000_000, 'the connection', ''],
  ])(
    `${name}: a body of %i bytes that ends with %s arrives whole if the server closes before it is read`,
    async (size, _, field) => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.send(`HTTP/1.1 200 OK\r\n${field}\r\n`, Buffer.alloc(size, 'x'))
        peer.socket.end()
      })
      const stream = bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' })))
      await until(() => server.peers[0]?.socket.writableEnded === true)
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
      expect((await readAll(stream)).length).toBe(size)
    },
  )

  describe(`${name}: close and sockets`, () => {
    test('close fails waiting requests with ClientClosed, and requests in flight end normally', async () => {
      const { transport, server } = await pair(connected({ maxConnections: 1 }), async (peer) => {
        await peer.request()
      })
      const running = transport.send(request(server))
      const waiting = errorOf(transport.send(request(server)))
      await until(() => server.peers.length === 1)
      const closing = transport.close()
      expect(await waiting).toMatchObject({ code: 'ClientClosed', retryable: false })
      server.peers[0]?.response(200, 'finished')
      expect(text(await running)).toBe('finished')
      await closing
      expect((transport as SocketTransport).connections).toBe(0)
    })

    test('close closes idle connections', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.response(200)),
      )
      await transport.send(request(server))
      await transport.close()
      await server.peers[0]?.closed()
    })
  })
}
