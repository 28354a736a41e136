/** Closing a transport with requests in flight. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { responding, until } from '../raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '../results.js'
import { pair, request, type TransportUnderTest } from './setup.js'

export const closeSuite = ({ name, create }: TransportUnderTest): void => {
  describe(`${name}: close`, () => {
    test('a request after close() fails with ClientClosed', async () => {
      const { transport, server } = await pair(create, () => {
        // No connection is expected.
      })
      await transport.close()
      expect(await errorOf(transport.send(request(server)))).toMatchObject({ code: 'ClientClosed', retryable: false })
    })

    test('a request in flight fails with ClientClosed five seconds after close()', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
      })
      let ended = false
      const work = errorOf(transport.send(request(server))).finally(() => {
        ended = true
      })
      await until(() => server.peers.length === 1)
      const closing = transport.close()
      await clock.advance(4_999)
      expect(ended).toBe(false)
      await clock.advance(1)
      expect(await work).toMatchObject({ code: 'ClientClosed', retryable: false })
      await closing
      await server.peers[0]?.closed()
      expect(clock.timers).toBe(0)
    })

    test('an unread response body fails with ClientClosed one second after close()', async () => {
      const { transport, server, clock } = await pair(
        create,
        responding((_, __, peer) => peer.response(200, randomBytes(16_000_000))),
      )
      const stream = bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' })))
      await until(() => (server.peers[0]?.socket.writableLength ?? 0) > 0)
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      const closing = transport.close()
      await clock.advance(1_000)
      await closing
      expect(await errorOf(readAll(stream))).toMatchObject({
        code: 'ClientClosed',
        message: expect.stringContaining('not being read'),
      })
      await server.peers[0]?.closed()
      expect(clock.timers).toBe(0)
    })

    test('close() waits for a response body that is being read', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc')
      })
      const reading = readAll(bodyStreamOf(await transport.send(request(server, { responseBody: 'stream' }))))
      const closing = transport.close()
      await clock.advance(4_000)
      server.peers[0]?.send('def')
      expect((await reading).toString()).toBe('abcdef')
      await closing
      expect(clock.timers).toBe(0)
    })

    test('a second close() resolves together with the first', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
      })
      const work = transport.send(request(server))
      await until(() => server.peers.length === 1)
      const closing = [transport.close(), transport.close()]
      server.peers[0]?.response(200)
      await work
      await Promise.all(closing)
      await transport.close()
    })

    test('a request in flight can complete after close()', async () => {
      const { transport, server } = await pair(create, async (peer) => {
        await peer.request()
      })
      const work = transport.send(request(server))
      await until(() => server.peers.length === 1)
      const closing = transport.close()
      server.peers[0]?.response(200, 'finished')
      expect(Buffer.from((await work).body as Uint8Array).toString()).toBe('finished')
      await closing
    })
  })
}
