import { randomBytes } from 'node:crypto'
import type { HttpRequest } from 'r2kit'
import { afterEach, describe, expect, test } from 'vitest'
import { type Peer, type RawServer, responding, until } from '#test/support/raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '#test/support/results.js'
import { pair, request } from '#test/support/transport-suite/setup.js'
import type { VirtualClock } from '#test/support/virtual-clock.js'
import type { ConnectionOptions } from '../connection-options.js'
import { UndiciTransport } from './undici-transport.js'

const large = randomBytes(16_000_000)

/** `/large` exceeds the socket buffers and the read-ahead; `/silent` gets no response. */
const serve = responding(({ target }, _, peer) => {
  if (target === '/silent') return new Promise<void>(() => undefined)
  return peer.response(200, target === '/large' ? large : 'ok')
})

/** Unread bodies of the running test: a body that is garbage frees its connection. */
const unread: ReadableStream<Uint8Array>[] = []
afterEach(() => {
  unread.length = 0
})

/** A transport whose every connection is held by an unread body. */
const exhausted = async (connections: ConnectionOptions, server: (peer: Peer) => void = serve) => {
  let transport: UndiciTransport | undefined
  const create = (clock: VirtualClock) => {
    transport = new UndiciTransport({ clock, connections })
    return transport
  }
  const harness = await pair(create, server)
  if (transport === undefined) throw new Error('no transport')
  const streams: ReadableStream<Uint8Array>[] = []
  for (let count = 0; count < (connections.maxConnections ?? 256); count++)
    streams.push(await openLarge(transport, harness.server))
  unread.push(...streams)
  return { ...harness, transport, streams }
}

/** Opens a large body and waits until its reader counts as the slow side. */
const openLarge = async (transport: UndiciTransport, server: RawServer): Promise<ReadableStream<Uint8Array>> => {
  const before = transport.unreadBodies
  const stream = bodyStreamOf(await transport.send(request(server, { path: '/large', responseBody: 'stream' })))
  await until(() => transport.unreadBodies > before)
  return stream
}

/** Whether the work has ended. */
const watched = (work: Promise<unknown>): { isOver: boolean } => {
  const state = { isOver: false }
  const over = () => {
    state.isOver = true
  }
  work.then(over, over)
  return state
}

describe('a request while unread bodies hold every connection', () => {
  test('a request fails after acquireTimeoutMs, and the error names the unread bodies that hold the connections', async () => {
    const { transport, server, clock } = await exhausted({ maxConnections: 3 })
    const work = transport.send(request(server))
    const state = watched(work)
    expect(transport.waiting).toBe(1)
    expect(transport.unreadBodies).toBe(3)
    await clock.advance(29_999)
    expect(state.isOver).toBe(false)
    const failure = errorOf(work)
    await clock.advance(1)
    const error = await failure
    expect(error).toMatchObject({ code: 'PoolExhausted', kind: 'Network', retryable: false })
    expect(error.message).toBe(
      `no connection to ${server.origin} became free within 30000 ms: 3 of 3 connections are held by response bodies that are neither read nor cancelled`,
    )
    expect(error.hint).toContain('cancel')
    expect(transport.waiting).toBe(0)
  })

  test('acquireTimeoutMs counts from the start of each request', async () => {
    const { transport, server, clock } = await exhausted({ maxConnections: 1, acquireTimeoutMs: 1_000 })
    const first = errorOf(transport.send(request(server)))
    await clock.advance(600)
    const second = transport.send(request(server))
    const state = watched(second)
    await clock.advance(400)
    expect((await first).message).toContain('1000 ms: 1 of 1 connections is held')
    await clock.advance(599)
    expect(state.isOver).toBe(false)
    const failure = errorOf(second)
    await clock.advance(1)
    expect((await failure).code).toBe('PoolExhausted')
  })

  test('a waiting request runs when one of the unread bodies has been cancelled', async () => {
    const { transport, server, clock, streams } = await exhausted({ maxConnections: 2 })
    const work = transport.send(request(server))
    await clock.advance(20_000)
    await streams[1]?.cancel()
    expect((await work).status).toBe(200)
  })

  test('a waiting request runs when one of the unread bodies has been read', async () => {
    const { transport, server, streams } = await exhausted({ maxConnections: 2 })
    const work = transport.send(request(server))
    const [stream] = streams
    expect((await readAll(stream ?? new ReadableStream())).equals(large)).toBe(true)
    expect((await work).status).toBe(200)
  })

  test('every read of a body restarts acquireTimeoutMs, so slow readers do not exhaust the pool', async () => {
    const { transport, server, clock, streams } = await exhausted({ maxConnections: 1 })
    const work = transport.send(request(server))
    const state = watched(work)
    const reader = streams[0]?.getReader()
    for (let time = 0; time < 5; time++) {
      await clock.advance(29_000)
      // More than the read-ahead, so that the server is asked for more.
      for (let read = 0, all = 0; all < 1_000_000; all += read) read = (await reader?.read())?.value?.byteLength ?? 0
      await until(() => transport.unreadBodies === 1)
    }
    expect(state.isOver).toBe(false)
    await reader?.cancel()
    expect((await work).status).toBe(200)
  })

  test('a waiting request leaves the queue when its signal aborts', async () => {
    const { transport, server, clock } = await exhausted({ maxConnections: 1 })
    const controller = new AbortController()
    const work = errorOf(transport.send(request(server, { signal: controller.signal })))
    const behind = transport.send(request(server))
    expect(transport.waiting).toBe(2)
    const timers = clock.timers
    controller.abort()
    expect(await work).toMatchObject({ code: 'Aborted' })
    expect(transport.waiting).toBe(1)
    expect(clock.timers).toBe(timers)
    const failure = errorOf(behind)
    await clock.advance(30_000)
    expect((await failure).code).toBe('PoolExhausted')
  })

  test('a waiting request has no time limit where acquireTimeoutMs is Infinity', async () => {
    const { transport, server, clock, streams } = await exhausted({
      maxConnections: 1,
      acquireTimeoutMs: Number.POSITIVE_INFINITY,
    })
    const work = transport.send(request(server))
    await clock.advance(3_600_000)
    await streams[0]?.cancel()
    expect((await work).status).toBe(200)
  })

  test('a waiting request fails with ClientClosed when the transport closes', async () => {
    const { transport, server, clock } = await exhausted({ maxConnections: 1 })
    const work = errorOf(transport.send(request(server)))
    const closing = transport.close()
    expect(await work).toMatchObject({ code: 'ClientClosed', retryable: false })
    await clock.advance(1_000)
    await closing
    expect(clock.timers).toBe(0)
  })
})

describe('a long queue', () => {
  test('a long queue behind requests that wait for the server does not exhaust the pool', async () => {
    const { transport, server, clock } = await pair(
      (clock) => new UndiciTransport({ clock, connections: { maxConnections: 1 } }),
      serve,
    )
    const silent = () => errorOf(transport.send(request(server, { path: '/silent', timeoutMs: 100_000 })))
    const first = silent()
    const second = silent()
    const third = transport.send(request(server))
    for (const work of [first, second]) {
      await until(() => server.peers.length > 0)
      await clock.advance(100_000)
      expect(await work).toMatchObject({ code: 'Timeout' })
    }
    expect((await third).status).toBe(200)
  })

  test('a queue does not exhaust the pool while at least one connection waits for the server', async () => {
    const { transport, server, clock } = await pair(
      (clock) => new UndiciTransport({ clock, connections: { maxConnections: 2 } }),
      serve,
    )
    await openLarge(transport as UndiciTransport, server)
    const busy = errorOf(transport.send(request(server, { path: '/silent', timeoutMs: 200_000 })))
    const work = transport.send(request(server))
    const state = watched(work)
    await until(() => server.peers.length === 2)
    await clock.advance(199_999)
    expect(state.isOver).toBe(false)
    await clock.advance(1)
    expect(await busy).toMatchObject({ code: 'Timeout' })
    expect((await work).status).toBe(200)
  })
})

test('PoolExhausted names an upload whose source yields no data as the holder of its connection', async () => {
  const { transport, server, clock } = await pair(
    (clock) => new UndiciTransport({ clock, connections: { maxConnections: 1 } }),
    serve,
  )
  const controller = new AbortController()
  const body: HttpRequest['body'] = {
    kind: 'stream',
    contentLength: 5,
    canOpen: () => true,
    open: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) }),
  }
  const upload = errorOf(transport.send(request(server, { method: 'PUT', body, signal: controller.signal })))
  await until(() => server.peers.length === 1)
  const work = errorOf(transport.send(request(server)))
  await clock.advance(30_000)
  await clock.advance(30_000)
  expect(await work).toMatchObject({
    code: 'PoolExhausted',
    message: expect.stringContaining('1 of 1 connections is held by uploads whose source yields no data'),
  })
  controller.abort()
  expect(await upload).toMatchObject({ code: 'Aborted' })
})
