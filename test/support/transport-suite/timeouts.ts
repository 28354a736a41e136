/** Timeouts: of responses, of stalled peers, and the time that slow readers and sources take. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { responding, until } from '../raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '../results.js'
import { chunked, pair, request, sha256, streamed, type TransportUnderTest } from './setup.js'

export const timeoutsSuite = ({ name, create }: TransportUnderTest): void => {
  describe(`${name}: timeouts`, () => {
    test('a request without a response fails with Timeout exactly after timeoutMs', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
      })
      let failed = false
      const work = errorOf(transport.send(request(server, { timeoutMs: 5_000 }))).finally(() => {
        failed = true
      })
      await until(() => server.peers.length === 1)
      await clock.advance(4_999)
      expect(failed).toBe(false)
      await clock.advance(1)
      expect(await work).toMatchObject({ code: 'Timeout', message: expect.stringContaining('5000 ms') })
      await server.peers[0]?.closed()
      expect(clock.timers).toBe(0)
    })

    test('timeoutMs covers the whole body of a response in memory', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n', 'abc')
      })
      const work = errorOf(transport.send(request(server, { timeoutMs: 5_000 })))
      await until(() => server.peers.length === 1)
      await clock.advance(5_000)
      expect((await work).retryable).toBe(true)
      expect(clock.timers).toBe(0)
    })

    test('a response in memory with a large Content-Length gets the timeout of large responses', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n', 'abc')
      })
      const largeResponse = { bytes: 1_000, timeoutMs: 20_000 }
      let failed = false
      const work = errorOf(transport.send(request(server, { timeoutMs: 5_000, largeResponse }))).finally(() => {
        failed = true
      })
      await until(() => server.peers.length === 1)
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
      await clock.advance(19_999)
      expect(failed).toBe(false)
      await clock.advance(1)
      expect(await work).toMatchObject({ code: 'Timeout', message: expect.stringContaining('20000 ms') })
    })

    test.each(['bytes', 'stream'] as const)(
      'a slowly dripping body of an error response fails after timeoutMs if %s was requested',
      async (responseBody) => {
        let isHeadSent = false
        const { transport, server, clock } = await pair(create, async (peer) => {
          await peer.request()
          peer.send('HTTP/1.1 404 X\r\ncontent-length: 100\r\n\r\n')
          isHeadSent = true
        })
        const work = errorOf(transport.send(request(server, { responseBody, timeoutMs: 5_000, stallTimeoutMs: 1_000 })))
        await until(() => isHeadSent)
        for (let time = 0; time < 10; time++) {
          server.peers[0]?.send('x')
          await clock.advance(500)
        }
        expect(await work).toMatchObject({ code: 'Timeout', message: expect.stringContaining('5000 ms') })
        await server.peers[0]?.closed()
        expect(clock.timers).toBe(0)
      },
    )

    test('an early error response whose body stalls fails after timeoutMs, even while the upload source is slow', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        await peer.body(5)
        peer.send('HTTP/1.1 403 X\r\ncontent-length: 10\r\n\r\nabc')
      })
      let isWaiting = false
      const body = streamed(10, async function* () {
        yield Buffer.from('12345')
        isWaiting = true
        await new Promise(() => undefined)
      })
      const work = errorOf(transport.send(request(server, { method: 'PUT', body, timeoutMs: 5_000 })))
      await until(() => isWaiting && server.peers.length === 1)
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
      await clock.advance(5_000)
      expect(await work).toMatchObject({ code: 'Timeout', message: expect.stringContaining('5000 ms') })
      expect(clock.timers).toBe(0)
    })

    test('a slowly dripping stream fails after timeoutMs if timeoutCovers is response', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
      })
      const changes = {
        responseBody: 'stream',
        timeoutMs: 5_000,
        timeoutCovers: 'response',
        stallTimeoutMs: 1_000,
      } as const
      const reader = bodyStreamOf(await transport.send(request(server, changes))).getReader()
      for (let time = 0; time < 9; time++) {
        const next = reader.read()
        await clock.advance(500)
        server.peers[0]?.send('x')
        expect((await next).value).toHaveLength(1)
      }
      const last = errorOf(reader.read())
      await clock.advance(499)
      expect(clock.timers).toBeGreaterThan(0)
      await clock.advance(1)
      expect(await last).toMatchObject({ code: 'StreamInterrupted', message: expect.stringContaining('5000 ms') })
      await server.peers[0]?.closed()
      expect(clock.timers).toBe(0)
    })

    test('timeoutMs does not count the time of a slow reader if timeoutCovers is response', async () => {
      const bytes = randomBytes(16_000_000)
      const { transport, server, clock } = await pair(
        create,
        responding((_, __, peer) => peer.response(200, bytes)),
      )
      const changes = { responseBody: 'stream', timeoutMs: 1_000, timeoutCovers: 'response' } as const
      const stream = bodyStreamOf(await transport.send(request(server, changes)))
      await until(() => (server.peers[0]?.socket.writableLength ?? 0) > 0)
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(60_000)
      expect(sha256(await readAll(stream))).toBe(sha256(bytes))
      await transport.close()
      expect(clock.timers).toBe(0)
    })

    test('a stalled stream fails with StreamInterrupted after stallTimeoutMs, whatever timeoutMs is', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n', 'abc')
      })
      const response = await transport.send(
        request(server, { responseBody: 'stream', timeoutMs: 3_600_000, stallTimeoutMs: 1_000 }),
      )
      const reader = bodyStreamOf(response).getReader()
      await reader.read()
      const work = errorOf(reader.read())
      await clock.advance(1_000)
      expect(await work).toMatchObject({ code: 'StreamInterrupted', message: expect.stringContaining('1000 ms') })
      expect(clock.timers).toBe(0)
    })

    test('a stream that receives single bytes before each stall timeout does not stall', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.send('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n')
      })
      const response = await transport.send(request(server, { responseBody: 'stream', stallTimeoutMs: 1_000 }))
      const reader = bodyStreamOf(response).getReader()
      for (const letter of 'abcde') {
        const next = reader.read()
        await clock.advance(900)
        server.peers[0]?.send(letter)
        expect(Buffer.from((await next).value ?? []).toString()).toBe(letter)
      }
      expect((await reader.read()).done).toBe(true)
      await transport.close()
      expect(clock.timers).toBe(0)
    })

    test('the stall timeout pauses while the response waits for a slow reader', async () => {
      const bytes = randomBytes(16_000_000)
      const { transport, server, clock } = await pair(
        create,
        responding((_, __, peer) => peer.response(200, bytes)),
      )
      const response = await transport.send(request(server, { responseBody: 'stream', stallTimeoutMs: 1_000 }))
      const stream = bodyStreamOf(response)
      await until(() => (server.peers[0]?.socket.writableLength ?? 0) > 0)
      // Data in flight reaches the client before the clock advances.
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(60_000)
      expect(sha256(await readAll(stream))).toBe(sha256(bytes))
    })

    test('neither the stall timeout nor timeoutMs counts the time of a slow source', async () => {
      const { transport, server, clock } = await pair(
        create,
        responding((_, __, peer) => peer.response(200)),
      )
      let supply: ((chunk: Uint8Array) => void) | undefined
      const body = streamed(3, async function* () {
        for (let index = 0; index < 3; index++) yield await new Promise<Uint8Array>((resolve) => (supply = resolve))
      })
      const work = transport.send(request(server, { method: 'PUT', body, timeoutMs: 1_000, stallTimeoutMs: 1_000 }))
      for (const letter of 'abc') {
        await until(() => supply !== undefined)
        await clock.advance(10_000)
        const supplyNext = supply
        supply = undefined
        supplyNext?.(Buffer.from(letter))
      }
      expect((await work).status).toBe(200)
    })

    test('a request whose peer stops reading fails after stallTimeoutMs', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        peer.socket.pause()
      })
      const chunk = randomBytes(1_000_000)
      const { body, state } = chunked(
        Array.from({ length: 100 }, () => chunk),
        100_000_000,
      )
      const work = errorOf(transport.send(request(server, { method: 'PUT', body, stallTimeoutMs: 1_000 })))
      let taken = -1
      while (taken !== state.taken || taken === 0) {
        taken = state.taken
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      expect(taken).toBeLessThan(30)
      await clock.advance(1_000)
      expect(await work).toMatchObject({
        kind: 'Network',
        retryable: true,
        message: expect.stringContaining('1000 ms'),
      })
      await until(() => state.cancelled)
      expect(clock.timers).toBe(0)
    })

    test('timeoutMs starts with the last byte of a streamed request', async () => {
      const { transport, server, clock } = await pair(create, async (peer) => {
        await peer.request()
        await peer.body(4)
      })
      const { body } = chunked([Buffer.from('done')], 4)
      const work = errorOf(
        transport.send(request(server, { method: 'PUT', body, timeoutMs: 5_000, stallTimeoutMs: 1_000 })),
      )
      await until(() => server.peers.length === 1)
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(4_900)
      let failed = false
      void work.then(() => {
        failed = true
      })
      await clock.advance(0)
      expect(failed).toBe(false)
      await clock.advance(1_200)
      expect(await work).toMatchObject({ code: 'Timeout' })
    })
  })
}
