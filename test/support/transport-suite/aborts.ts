/** Aborted requests, and what they release. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { responding, until } from '../raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '../results.js'
import { chunked, countedSignal, pair, request, type TransportUnderTest } from './setup.js'

export const abortsSuite = ({ name, create }: TransportUnderTest): void => {
  describe(`${name}: abort`, () => {
    const reason = new Error('aborted by the test')

    test('a request with an aborted signal is not sent', async () => {
      const { transport, server } = await pair(create, () => {
        // No connection is expected.
      })
      const error = await errorOf(transport.send(request(server, { signal: AbortSignal.abort(reason) })))
      expect(error).toMatchObject({ code: 'Aborted', cause: reason })
      expect(server.peers).toHaveLength(0)
    })

    test('aborting a request that waits for its response fails it and closes the connection', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
      })
      const { controller, signal, listeners } = countedSignal()
      const work = errorOf(transport.send(request(server, { signal })))
      await until(() => server.peers.length === 1)
      controller.abort(reason)
      expect(await work).toMatchObject({ code: 'Aborted', cause: reason })
      await server.peers[0]?.closed()
      expect(listeners()).toBe(0)
      expect(clock.timers).toBe(0)
    })

    test('aborting by AbortSignal.timeout() fails with a Timeout that names the signal', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
      })
      const timeout = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
      const controller = new AbortController()
      const work = errorOf(transport.send(request(server, { signal: controller.signal })))
      await until(() => server.peers.length === 1)
      controller.abort(timeout)
      expect(await work).toMatchObject({ code: 'Timeout', message: expect.stringContaining('signal'), cause: timeout })
      expect(clock.timers).toBe(0)
    })

    test('aborting while the body is sent cancels the source', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.socket.pause()
      })
      const { controller, signal, listeners } = countedSignal()
      const chunk = randomBytes(1_000_000)
      const { body, state } = chunked(
        Array.from({ length: 100 }, () => chunk),
        100_000_000,
      )
      const work = errorOf(transport.send(request(server, { method: 'PUT', body, signal })))
      await until(() => state.taken > 1)
      controller.abort(reason)
      expect(await work).toMatchObject({ code: 'Aborted' })
      await until(() => state.cancelled)
      expect(listeners()).toBe(0)
      expect(clock.timers).toBe(0)
    })

    test('aborting while the response is read fails the stream and closes the connection', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n', 'abc')
      })
      const { controller, signal, listeners } = countedSignal()
      const response = await transport.send(request(server, { responseBody: 'stream', signal }))
      const reader = bodyStreamOf(response).getReader()
      await reader.read()
      const work = errorOf(reader.read())
      controller.abort(reason)
      expect(await work).toMatchObject({ code: 'Aborted', cause: reason })
      await server.peers[0]?.closed()
      expect(listeners()).toBe(0)
      expect(clock.timers).toBe(0)
    })

    test('completed requests leave no listener on a shared signal', async () => {
      const { transport, server } = await pair(
        create,
        responding((_, __, peer) => peer.response(200, 'ok')),
      )
      const { signal, listeners } = countedSignal()
      for (let index = 0; index < 5; index++) {
        await transport.send(request(server, { signal }))
        await readAll(bodyStreamOf(await transport.send(request(server, { responseBody: 'stream', signal }))))
      }
      expect(listeners()).toBe(0)
    })

    test('cancelling a response stream closes its connection and releases its timers and listeners', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n', 'abc')
      })
      const { signal, listeners } = countedSignal()
      const stream = bodyStreamOf(await transport.send(request(server, { responseBody: 'stream', signal })))
      await stream.cancel('enough')
      await server.peers[0]?.closed()
      expect(listeners()).toBe(0)
      expect(clock.timers).toBe(0)
    })
  })
}
