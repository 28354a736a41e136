import { describe, expect, test, vi } from 'vitest'
import { responding } from '#test/support/raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '#test/support/results.js'
import { transportSuite } from '#test/support/transport-suite/index.js'
import { pair, request } from '#test/support/transport-suite/setup.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { FetchTransport } from './fetch-transport.js'
import { PlatformFetch } from './platform-fetch.js'

const create = (clock: VirtualClock) => new FetchTransport({ clock })

transportSuite({ name: 'fetch', create })

describe('FetchTransport and paths', () => {
  const transport = new FetchTransport()

  test.each(['/b/../a', '/b/.', '/b/..', '/b/./a', '/b/a/..', '/b/%2e%2E/a', '/b/.%2e', '/..', '/b/a/../../c'])(
    'rejects the path %s, which fetch would change',
    (path) => expect(transport.cannotSend(path)).toContain('another object'),
  )

  test.each(['/b/...', '/b/a..b', '/b/..a', '/b/.hidden', '/b/a.', '/b//', '/b/%2F..%2F', '/b/%5C..%5Ca'])(
    'sends the path %s unchanged',
    async (path) => {
      const { transport, server } = await pair(
        create,
        responding(({ target }, _, peer) => peer.response(200, target)),
      )
      expect(transport.cannotSend?.(path)).toBeUndefined()
      const { body } = await transport.send(request(server, { path, query: 'x=..%2F..' }))
      expect(Buffer.from(body as Uint8Array).toString()).toBe(`${path}?x=..%2F..`)
    },
  )
})

test('a platform transport without streams rejects a request with one before it is sent, and names the value to pass', async () => {
  const fetch = vi.fn()
  const streaming = { ...request({ origin: 'http://localhost:9' }), responseBody: 'stream' } as const
  expect(await errorOf(new PlatformFetch({}, fetch).send(streaming))).toMatchObject({
    code: 'InvalidConfig',
    hint: expect.stringContaining('streams of r2kit/core'),
  })
  expect(fetch).not.toHaveBeenCalled()
})

describe('FetchTransport on a platform whose bodies do not fail when their request is aborted', () => {
  const silent = () =>
    new FetchTransport({
      fetch: async () => new Response(new ReadableStream({ start: (sink) => sink.enqueue(new Uint8Array(5)) })),
    })
  const server = { origin: 'http://127.0.0.1:9' }

  test('an abort rejects a pending read', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { body } = await silent().send(request(server, { responseBody: 'stream', signal }))
    const reader = bodyStreamOf({ status: 200, headers: {}, body }).getReader()
    expect((await reader.read()).value).toHaveLength(5)
    const waiting = reader.read()
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'Aborted' })
  })

  test('an abort rejects a request for a body in memory', async () => {
    const controller = new AbortController()
    const response = silent().send(request(server, { signal: controller.signal }))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    await expect(response).rejects.toMatchObject({ code: 'Aborted' })
  })

  test('a timeout rejects a request without a head, and cancels the body of a late response', async () => {
    const clock = new VirtualClock()
    let arrive: ((response: Response) => void) | undefined
    const cancel = vi.fn()
    const transport = new FetchTransport({
      clock,
      fetch: () =>
        new Promise((resolve) => {
          arrive = resolve
        }),
    })
    const response = errorOf(transport.send(request(server, { timeoutMs: 1_000 })))
    await clock.advance(1_000)
    expect(await response).toMatchObject({ code: 'Timeout', retryable: true })
    arrive?.(new Response(new ReadableStream({ cancel })))
    await new Promise((resolve) => setImmediate(resolve))
    expect(cancel).toHaveBeenCalledOnce()
    expect(clock.timers).toBe(0)
  })

  test('an abort at the moment of the head rejects the request', async () => {
    const controller = new AbortController()
    const transport = new FetchTransport({
      fetch: async () => {
        controller.abort()
        return new Response(new ReadableStream())
      },
    })
    const response = transport.send(request(server, { signal: controller.signal }))
    await expect(response).rejects.toMatchObject({ code: 'Aborted' })
  })
})

describe('FetchTransport on a platform that does not check the length of bodies', () => {
  const server = { origin: 'http://127.0.0.1:9' }
  const responding = (status: number, headers: Record<string, string>) =>
    new FetchTransport({ fetch: async () => new Response('12345', { status, headers }) })
  const identity = { headers: { host: 'h', 'accept-encoding': 'identity' } }

  test.each([
    ['shorter', '6'],
    ['longer', '4'],
  ])('a body that is %s than its content-length fails with StreamInterrupted', async (_, length) => {
    const transport = responding(200, { 'content-length': length })
    const error = { code: 'StreamInterrupted', retryable: true, message: expect.stringContaining(`5 of ${length}`) }
    expect(await errorOf(transport.send(request(server, identity)))).toMatchObject(error)
    const { body } = await transport.send(request(server, { ...identity, responseBody: 'stream' }))
    expect(await errorOf(readAll(bodyStreamOf({ status: 200, headers: {}, body })))).toMatchObject(error)
  })

  test('a read of stored bytes is refused where fetch has undone a coding', async () => {
    const transport = responding(200, { 'content-encoding': 'gzip' })
    const error = { code: 'InvalidResponse', retryable: false, coding: 'gzip' }
    expect(await errorOf(transport.send(request(server, identity)))).toMatchObject(error)
  })

  test.each([
    ['the request allowed compression', 200, {}, {}],
    ['the body is that of an error, which may be cut', 404, identity, {}],
  ])('the length of a body is not checked where %s', async (_, status, changes, headers) => {
    const transport = responding(status, { 'content-length': '9', ...headers })
    expect((await transport.send(request(server, changes))).body).toHaveLength(5)
  })
})

describe('FetchTransport and the cache of a browser', () => {
  const modesOf = async () => {
    const modes: unknown[] = []
    const fetch = async (_: string, init: RequestInit) => {
      modes.push((init as { cache?: string }).cache)
      return new Response('')
    }
    const transport = new FetchTransport({ fetch })
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'] as const)
      await transport.send(request({ origin: 'http://127.0.0.1:9' }, { method }))
    return modes
  }

  test('reads bypass it, because it may have an object that has been replaced', async () => {
    vi.stubGlobal('document', {})
    try {
      expect(await modesOf()).toEqual(['no-store', 'no-store', undefined, undefined])
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test('other platforms get no cache mode, which some of them reject', async () => {
    expect(await modesOf()).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('FetchTransport and conditional writes', () => {
  test.each(['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'])(
    'a PUT with %s has no Cache-Control of the platform, which R2 would store',
    async (name) => {
      const { transport, server } = await pair(
        create,
        responding(({ headers }, _, peer) => peer.response(200, headers['cache-control'] ?? 'none')),
      )
      const put = { method: 'PUT', body: { kind: 'bytes', bytes: new Uint8Array(3) } } as const
      const value = name.endsWith('since') ? 'Wed, 21 Oct 2026 07:28:00 GMT' : '"a"'
      const sent = async (headers: Record<string, string>) =>
        Buffer.from((await transport.send(request(server, { ...put, headers }))).body as Uint8Array).toString()
      expect(await sent({ [name]: value })).toBe('none')
      expect(await sent({ [name]: value, 'cache-control': 'max-age=9' })).toBe('max-age=9')
    },
  )

  test('a platform without cache modes gets none', async () => {
    vi.stubGlobal('Request', function refusing() {
      throw new TypeError('Unsupported cache mode: force-cache')
    })
    try {
      const inits: RequestInit[] = []
      const fetch = async (_: string, init: RequestInit) => {
        inits.push(init)
        return new Response('')
      }
      const transport = new FetchTransport({ fetch })
      const headers = { 'if-none-match': '*' }
      await transport.send(request({ origin: 'http://127.0.0.1:9' }, { method: 'PUT', headers }))
      expect(inits.map((init) => 'cache' in init)).toEqual([false])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
