/** The pool of sockets: reuse, limits, order, replacement. */

import { randomBytes } from 'node:crypto'
import type { ConnectionOptions } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { responding, until } from '../../raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '../../results.js'
import { countedSignal, pair, request } from '../setup.js'
import { heldResponses, type SocketsUnderTest, type SocketTransport, text, withConnections } from './setup.js'

export const poolSuite = ({ name, open }: SocketsUnderTest): void => {
  const create = withConnections(open)
  const connected = (connections: ConnectionOptions) => withConnections(open, connections)

  describe(`${name}: the connection pool`, () => {
    const numbered = responding((_, __, peer) => peer.response(200, String(peer.number)))

    test('sequential requests use one connection', async () => {
      const { transport, server } = await pair(create, numbered)
      for (let index = 0; index < 5; index++) expect(text(await transport.send(request(server)))).toBe('1')
    })

    test('HEAD keeps the connection alive', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.send('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n')),
      )
      for (let index = 0; index < 3; index++) await transport.send(request(server, { method: 'HEAD' }))
      expect(server.peers).toHaveLength(1)
    })

    test('a stream that has been read returns its connection to the pool', async () => {
      const { transport, server } = await pair(create, numbered)
      await readAll(bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' }))))
      expect(text(await transport.send(request(server)))).toBe('1')
    })

    test('a cancelled stream frees its place in the pool', async () => {
      const { transport, server } = await pair(connected({ maxConnections: 1 }), async (peer) => {
        await peer.request()
        if (peer.number > 1) return peer.response(200, 'next')
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n', 'abc')
      })
      const first = await transport.send(request(server, { responseBody: 'stream' }))
      const second = transport.send(request(server))
      await bodyStreamOf(first).cancel()
      expect(text(await second)).toBe('next')
    })

    test('requests beyond maxConnections wait, and run in order of arrival', async () => {
      const { targets, responses, serve } = heldResponses()
      const { transport, server } = await pair(connected({ maxConnections: 2 }), serve)
      const all = Array.from({ length: 6 }, (_, index) => transport.send(request(server, { path: `/${index}` })))
      for (let done = 0; done < 6; done++) {
        await until(() => responses.length > done)
        responses[done]?.()
      }
      await Promise.all(all)
      expect(targets).toEqual(['/0', '/1', '/2', '/3', '/4', '/5'])
      expect(server.peers).toHaveLength(2)
    })

    test('a connection is held until the response body has been read', async () => {
      const received: string[] = []
      const { transport, server } = await pair(
        connected({ maxConnections: 1 }),
        responding(({ target }, _, peer) => {
          received.push(target)
          peer.response(200, target === '/big' ? randomBytes(3_000_000) : 'small')
        }),
      )
      const big = await transport.send(request(server, { path: '/big', responseBody: 'stream' }))
      const small = transport.send(request(server, { path: '/small' }))
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(received).toEqual(['/big'])
      expect((await readAll(bodyStreamOf(big))).length).toBe(3_000_000)
      expect(text(await small)).toBe('small')
      expect(server.peers).toHaveLength(1)
    })

    test('an abort removes a request from the queue, and the requests behind it run', async () => {
      const { targets, responses, serve } = heldResponses()
      const { transport, server } = await pair(connected({ maxConnections: 1 }), serve)
      const { controller, signal, listeners } = countedSignal()
      const first = transport.send(request(server, { path: '/first' }))
      const waiting = errorOf(transport.send(request(server, { path: '/waiting', signal })))
      const behind = transport.send(request(server, { path: '/behind' }))
      await until(() => responses.length === 1)
      controller.abort()
      expect(await waiting).toMatchObject({ code: 'Aborted' })
      expect(listeners()).toBe(0)
      responses[0]?.()
      await first
      await until(() => responses.length === 2)
      responses[1]?.()
      await behind
      expect(targets).toEqual(['/first', '/behind'])
    })

    test('timeoutMs does not count the time in the queue', async () => {
      const { responses, serve } = heldResponses()
      const { transport, server, clock } = await pair(connected({ maxConnections: 1 }), serve)
      const first = transport.send(request(server, { timeoutMs: 100_000 }))
      const second = transport.send(request(server, { timeoutMs: 10_000 }))
      await until(() => responses.length === 1)
      await clock.advance(50_000)
      responses[0]?.()
      await first
      await until(() => responses.length === 2)
      responses[1]?.()
      expect((await second).status).toBe(200)
    })

    test('at most maxIdleConnections stay open, after a second in which the next burst may come', async () => {
      const { responses, serve } = heldResponses()
      const { transport, server, clock } = await pair(connected({ maxIdleConnections: 2 }), serve)
      const burst = async () => {
        const all = Array.from({ length: 6 }, () => transport.send(request(server)))
        await until(() => responses.length === 6)
        for (const response of responses.splice(0)) response()
        await Promise.all(all)
      }
      await burst()
      await clock.advance(999)
      await burst()
      expect(server.peers).toHaveLength(6)
      // In the first second all of them were needed once; in the next one none is.
      await clock.advance(2000)
      await until(() => server.peers.filter((peer) => peer.ended).length === 4)
      expect((transport as SocketTransport).connections).toBe(2)
    })

    test('an idle connection that the server has closed is replaced without an error', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
        peer.response(200, String(peer.number), { connection: 'close' })
        peer.socket.end()
      })
      expect(text(await transport.send(request(server)))).toBe('1')
      await until(() => (transport as SocketTransport).connections === 0)
      expect(text(await transport.send(request(server)))).toBe('2')
    })

    test('the request after a failure gets a fresh connection', async () => {
      const { transport, server } = await pair(connected({ maxConnections: 1 }), async (peer) => {
        await peer.request()
        if (peer.number === 1) return void peer.socket.resetAndDestroy()
        peer.response(200, String(peer.number))
      })
      const first = errorOf(transport.send(request(server)))
      const second = transport.send(request(server))
      expect(await first).toMatchObject({ code: 'ConnectionReset' })
      expect(text(await second)).toBe('2')
    })

    test('the request after a timeout does not receive the late response', async () => {
      const { transport, server, clock } = await pair(connected({ maxConnections: 1 }), async (peer) => {
        await peer.request()
        if (peer.number === 1) return
        peer.response(200, 'mine')
      })
      const first = errorOf(transport.send(request(server, { timeoutMs: 1_000 })))
      const second = transport.send(request(server))
      await until(() => server.peers.length === 1)
      await clock.advance(1_000)
      expect(await first).toMatchObject({ code: 'Timeout' })
      server.peers[0]?.response(200, 'late')
      expect(text(await second)).toBe('mine')
    })
  })
}
