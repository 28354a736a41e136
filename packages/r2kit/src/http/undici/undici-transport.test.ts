import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { responding, until } from '#test/support/raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '#test/support/results.js'
import { transportSuite } from '#test/support/transport-suite/index.js'
import { chunked, countedSignal, pair, request } from '#test/support/transport-suite/setup.js'
import type { VirtualClock } from '#test/support/virtual-clock.js'
import type { ConnectionOptions } from '../connection-options.js'
import { UndiciTransport } from './undici-transport.js'

const create = (clock: VirtualClock) => new UndiciTransport({ clock })
const withConnections = (connections: ConnectionOptions) => (clock: VirtualClock) =>
  new UndiciTransport({ clock, connections })

transportSuite({ name: 'undici', create })

const text = ({ body }: { body: unknown }): string => Buffer.from(body as Uint8Array).toString()

describe('UndiciTransport and paths', () => {
  test.each([
    '/b/a/../b',
    '/b/./a',
    '/b/..',
    '/b/.',
    '/b/../../etc/passwd',
    '/b//',
    '/b//a//b/',
    '/b/%2F',
    '/b/%2e%2e/a',
    '/b/%2E',
    '/b/%5C..%5C',
    '/b/%00',
    '/b/%3F%23%26%25',
    '/b/a%20b%09',
    '/b/%F0%9F%98%80',
    "/b/~-_.!*'()",
  ])('sends the path %s unchanged', async (path) => {
    const { transport, server } = await pair(
      create,
      responding(({ target }, _, peer) => peer.response(200, target)),
    )
    expect(transport.cannotSend?.(path)).toBeUndefined()
    expect(text(await transport.send(request(server, { path })))).toBe(path)
    expect(text(await transport.send(request(server, { path, query: 'x=..%2F' })))).toBe(`${path}?x=..%2F`)
  })
})

describe('the connection pool', () => {
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
    const { transport, server } = await pair(withConnections({ maxConnections: 1 }), async (peer) => {
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
    const order: string[] = []
    const responses: (() => void)[] = []
    const { transport, server } = await pair(
      withConnections({ maxConnections: 2 }),
      responding(({ target }, _, peer) => {
        order.push(target)
        return new Promise((resolve) => {
          responses.push(() => {
            peer.response(200)
            resolve()
          })
        })
      }),
    )
    const all = Array.from({ length: 6 }, (_, index) => transport.send(request(server, { path: `/${index}` })))
    for (let done = 0; done < 6; done++) {
      await until(() => responses.length > done)
      responses[done]?.()
    }
    await Promise.all(all)
    expect(order).toEqual(['/0', '/1', '/2', '/3', '/4', '/5'])
    expect(server.peers).toHaveLength(2)
  })

  test('a connection is held until the response body has been read', async () => {
    const received: string[] = []
    const { transport, server } = await pair(
      withConnections({ maxConnections: 1 }),
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
    const received: string[] = []
    const responses: (() => void)[] = []
    const { transport, server } = await pair(
      withConnections({ maxConnections: 1 }),
      responding(({ target }, _, peer) => {
        received.push(target)
        return new Promise((resolve) => {
          responses.push(() => {
            peer.response(200)
            resolve()
          })
        })
      }),
    )
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
    expect(received).toEqual(['/first', '/behind'])
  })

  test('timeoutMs does not count the time in the queue', async () => {
    const responses: (() => void)[] = []
    const { transport, server, clock } = await pair(
      withConnections({ maxConnections: 1 }),
      responding(
        (_, __, peer) =>
          new Promise<void>((resolve) => {
            responses.push(() => {
              peer.response(200)
              resolve()
            })
          }),
      ),
    )
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
    const responses: (() => void)[] = []
    const { transport, server, clock } = await pair(
      withConnections({ maxIdleConnections: 2 }),
      responding(
        (_, __, peer) =>
          new Promise<void>((resolve) => {
            responses.push(() => {
              peer.response(200)
              resolve()
            })
          }),
      ),
    )
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
    expect((transport as UndiciTransport).connections).toBe(2)
  })

  test('an idle connection that the server has closed is replaced without an error', async () => {
    const { transport, server } = await pair(create, async (peer) => {
      await peer.request()
      peer.response(200, String(peer.number), { connection: 'close' })
      peer.socket.end()
    })
    expect(text(await transport.send(request(server)))).toBe('1')
    await until(() => (transport as UndiciTransport).connections === 0)
    expect(text(await transport.send(request(server)))).toBe('2')
  })

  test('the request after a failure gets a fresh connection', async () => {
    const { transport, server } = await pair(withConnections({ maxConnections: 1 }), async (peer) => {
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
    const { transport, server, clock } = await pair(withConnections({ maxConnections: 1 }), async (peer) => {
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

describe('a connection that is being made', () => {
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
    const { transport, server } = await pair(withConnections({ maxConnections: 1 }), () => undefined)
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
    expect(clock.timers).toBe(0)
  })

  test('connectTimeoutMs limits the handshake', async () => {
    const { transport, server } = await pair(withConnections({ connectTimeoutMs: 30 }), () => undefined)
    expect(await errorOf(transport.send(request(server, silent(server))))).toMatchObject({ code: 'Timeout' })
  })
})

describe('UndiciTransport and bodies', () => {
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
    const { transport, server } = await pair(withConnections({ maxConnections: 1 }), async (peer) => {
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
        body: {
          kind: 'stream',
          contentLength: 10,
          canOpen: () => true,
          open: () => ({
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
          }),
        },
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

describe('UndiciTransport.close', () => {
  test('close fails waiting requests with ClientClosed, and requests in flight end normally', async () => {
    const { transport, server } = await pair(withConnections({ maxConnections: 1 }), async (peer) => {
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
    expect((transport as UndiciTransport).connections).toBe(0)
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
