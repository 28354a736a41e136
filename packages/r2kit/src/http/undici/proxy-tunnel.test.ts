import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createNetServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConnectProxy, type ConnectProxyOptions } from '#test/support/connect-proxy.js'
import { errorOf } from '#test/support/results.js'
import { request } from '#test/support/transport-suite/setup.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import type { ConnectionOptions } from '../connection-options.js'
import { Http1Transport } from '../http1/http1-transport.js'
import { UndiciTransport } from './undici-transport.js'

const fixture = (name: string) =>
  readFileSync(new URL(`../../../../../test/fixtures/loopback/${name}`, import.meta.url), 'utf8')
const [cert, key] = [fixture('certificate.pem'), fixture('key.pem')]

/** A server that responds with the body of each request, or its path. */
const server = async (scheme: 'http' | 'https' = 'https'): Promise<{ origin: string; served: () => number }> => {
  let count = 0
  const respond = (incoming: NodeJS.ReadableStream & { url?: string }, response: NodeJS.WritableStream) => {
    count++
    response.write(incoming.url ?? '')
    incoming.pipe(response)
  }
  const made =
    scheme === 'https' ? createHttpsServer({ cert, key }, respond as never) : createHttpServer(respond as never)
  made.listen(0, '127.0.0.1')
  await once(made, 'listening')
  onTestFinished(() => {
    made.closeAllConnections()
    made.close()
  })
  return { origin: `${scheme}://127.0.0.1:${(made.address() as AddressInfo).port}`, served: () => count }
}

const proxyWith = async (options?: ConnectProxyOptions): Promise<ConnectProxy> => {
  const proxy = await new ConnectProxy(options).listen()
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  return proxy
}

const transportWith = (connections: ConnectionOptions, clock?: VirtualClock): UndiciTransport => {
  const transport = new UndiciTransport({ connections: { ca: cert, ...connections }, ...(clock && { clock }) })
  onTestFinished(() => transport.close())
  return transport
}

const textOf = async (transport: UndiciTransport, origin: string, path = '/photos/cat.jpg') => {
  const { body } = await transport.send(request({ origin }, { path }))
  return new TextDecoder().decode(body as Uint8Array)
}

describe('a request through a proxy', () => {
  test.each(['https', 'http'] as const)(
    'to a server with %s goes through a tunnel, in which the proxy sees no request',
    async (scheme) => {
      const proxy = await proxyWith()
      const { origin } = await server(scheme)
      const transport = transportWith({ proxy: proxy.url })
      expect(await textOf(transport, origin)).toBe('/photos/cat.jpg')
      const { host } = new URL(origin)
      expect(proxy.heads).toEqual([`CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n\r\n`])
    },
  )

  test('reuses its tunnel, and opens as many as the pool permits', async () => {
    const proxy = await proxyWith()
    const { origin, served } = await server()
    const transport = transportWith({ proxy: proxy.url, maxConnections: 3 })
    await Promise.all(Array.from({ length: 20 }, () => textOf(transport, origin)))
    await textOf(transport, origin)
    expect(served()).toBe(21)
    expect(proxy.heads).toHaveLength(3)
    expect(transport.connections).toBe(3)
    await transport.close()
    await expect.poll(() => proxy.connections).toBe(0)
  })

  test('opens a new tunnel after the proxy has broken the idle ones', async () => {
    const proxy = await proxyWith()
    const { origin } = await server()
    const transport = transportWith({ proxy: proxy.url })
    await textOf(transport, origin)
    proxy.breakTunnels()
    await expect.poll(() => transport.connections).toBe(0)
    expect(await textOf(transport, origin)).toBe('/photos/cat.jpg')
    expect(proxy.heads).toHaveLength(2)
  })

  test('sends credentials to the proxy only, from the URL or from fields', async () => {
    const proxy = await proxyWith({ credentials: 'ana:p@ss:word' })
    const { origin } = await server()
    const withUrl = transportWith({ proxy: proxy.url.replace('//', '//ana:p%40ss%3Aword@') })
    const withFields = transportWith({ proxy: { url: proxy.url, username: 'ana', password: 'p@ss:word' } })
    expect(await textOf(withUrl, origin)).toBe('/photos/cat.jpg')
    expect(await textOf(withFields, origin)).toBe('/photos/cat.jpg')
  })

  test('accepts a response of single bytes after an interim response', async () => {
    const proxy = await proxyWith({ conduct: 'slow-tunnel' })
    const { origin } = await server()
    expect(await textOf(transportWith({ proxy: proxy.url }), origin)).toBe('/photos/cat.jpg')
  })

  test('works over HTTP/2', async () => {
    const proxy = await proxyWith()
    const made = createSecureServer({ cert, key }, (incoming, response) => response.end(incoming.url))
    made.listen(0, '127.0.0.1')
    await once(made, 'listening')
    onTestFinished(() => void made.close())
    const origin = `https://127.0.0.1:${(made.address() as AddressInfo).port}`
    const transport = transportWith({ proxy: proxy.url, http2: true })
    const bodies = await Promise.all(Array.from({ length: 5 }, () => textOf(transport, origin)))
    expect(bodies).toEqual(Array(5).fill('/photos/cat.jpg'))
    expect(proxy.heads).toHaveLength(1)
    await transport.close()
  })

  test('reaches a proxy that itself is behind TLS, with TLS in TLS to the server', async () => {
    const proxy = await proxyWith({ tls: { cert, key } })
    const { origin } = await server()
    expect(await textOf(transportWith({ proxy: proxy.url }), origin)).toBe('/photos/cat.jpg')
    expect(proxy.heads).toHaveLength(1)
  })
})

describe('an error of the proxy', () => {
  const failure = async (options: ConnectProxyOptions, connections: ConnectionOptions = {}) => {
    const proxy = await proxyWith(options)
    const { origin, served } = await server()
    const transport = transportWith({ proxy: proxy.url, ...connections })
    const error = await errorOf(transport.send(request({ origin })))
    expect(served()).toBe(0)
    expect(error.message).toContain(`cannot connect to ${origin}: the proxy ${proxy.url} `)
    await transport.close()
    return error
  }

  test.each([
    [
      '407 without credentials',
      { credentials: 'ana:hidden' },
      {},
      'requires credentials: 407',
      /username and password/,
    ],
    ['403', { conduct: { status: '403 Filtered' } }, {}, 'refused the tunnel to 127.0.0.1:', /Permit CONNECT/],
    ['405', { conduct: { status: '405 Method Not Allowed' } }, {}, '405 Method Not Allowed', /Permit CONNECT/],
    [
      'another scheme of authentication',
      { conduct: { status: '407 Denied', headers: 'Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n' } },
      {},
      'requires Negotiate or NTLM authentication',
      /Only Basic/,
    ],
  ] as const)('%s is final and named', async (_, options, connections, problem, hint) => {
    const error = await failure(options, connections)
    expect(error).toMatchObject({ code: 'ConnectionFailed', retryable: false, hint: expect.stringMatching(hint) })
    expect(error.message).toContain(problem)
  })

  test.each([
    ['502', { status: '502 Bad Gateway' }, 'ConnectionFailed', 'could not connect to 127.0.0.1:'],
    ['503', { status: '503 Service Unavailable' }, 'ConnectionFailed', '503 Service Unavailable'],
    [
      'a connection that closes without a response',
      'close',
      'ConnectionReset',
      'closed the connection without a response',
    ],
    ['a tunnel that closes after 200', 'close-tunnel', 'ConnectionReset', 'closed the tunnel before TLS'],
  ] as const)('%s may pass, and is named', async (_, conduct, code, problem) => {
    const error = await failure({ conduct })
    expect(error).toMatchObject({ code, retryable: true, hint: expect.stringContaining('proxy') })
    expect(error.message).toContain(problem)
  })

  test.each([
    ['a protocol that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'x'.repeat(20_000)}`],
  ])('%s is named', async (_, bytes) => {
    expect(await failure({ conduct: { bytes } })).toMatchObject({ code: 'InvalidResponse' })
  })

  test.each([
    ['undici', UndiciTransport],
    ['http1', Http1Transport],
  ])('%s: a tunnel for plain HTTP that closes without a response may pass, and is named', async (_, Transport) => {
    const proxy = await proxyWith({ conduct: 'close-tunnel' })
    const transport = new Transport({ connections: { proxy: proxy.url } })
    onTestFinished(() => transport.close())
    expect(await errorOf(transport.send(request({ origin: 'http://r2.test:9000' })))).toMatchObject({
      code: 'ConnectionReset',
      retryable: true,
      message: `cannot connect to http://r2.test:9000: the proxy ${proxy.url} closed the tunnel without a response`,
    })
  })

  test('rejected credentials are named, and shown in no error', async () => {
    const proxy = await proxyWith({ credentials: 'ana:right' })
    const { origin } = await server()
    const transport = transportWith({ proxy: { url: proxy.url, username: 'ana', password: 'hidden-wrong' } })
    const error = await errorOf(transport.send(request({ origin })))
    expect(error.message).toContain('rejected the credentials: 407')
    const shown = `${JSON.stringify(error)} ${error.stack} ${String(error.cause)}`
    expect(shown).not.toContain('hidden-wrong')
    expect(shown).not.toContain(Buffer.from('ana:hidden-wrong').toString('base64'))
  })

  test('a proxy that is not running is named as unreachable', async () => {
    const unused = createNetServer()
    unused.listen(0, '127.0.0.1')
    await once(unused, 'listening')
    const { port } = unused.address() as AddressInfo
    unused.close()
    const transport = transportWith({ proxy: `http://127.0.0.1:${port}` })
    expect(await errorOf(transport.send(request({ origin: 'https://r2.test' })))).toMatchObject({
      code: 'ConnectionFailed',
      retryable: true,
      message: `cannot connect to https://r2.test through its proxy: cannot connect to http://127.0.0.1:${port}: the connection was refused`,
      hint: expect.stringContaining('connections.proxy'),
    })
  })

  test('a proxy that never responds fails after connectTimeoutMs', async () => {
    const proxy = await proxyWith({ conduct: 'silent' })
    const clock = new VirtualClock()
    const transport = transportWith({ proxy: proxy.url, connectTimeoutMs: 5000 }, clock)
    const failed = errorOf(transport.send(request({ origin: 'https://r2.test' })))
    await expect.poll(() => proxy.heads.length).toBe(1)
    await clock.advance(5000)
    expect(await failed).toMatchObject({
      code: 'Timeout',
      message: expect.stringContaining(`the proxy ${proxy.url} did not connect in time`),
    })
    await expect.poll(() => proxy.connections).toBe(0)
  })

  test('a request that is aborted while its tunnel is made closes the connection to the proxy', async () => {
    const proxy = await proxyWith({ conduct: 'silent' })
    const transport = transportWith({ proxy: proxy.url })
    const controller = new AbortController()
    const failed = errorOf(transport.send(request({ origin: 'https://r2.test' }, { signal: controller.signal })))
    await expect.poll(() => proxy.heads.length).toBe(1)
    controller.abort()
    expect(await failed).toMatchObject({ code: 'Aborted' })
    await expect.poll(() => proxy.connections).toBe(0)
  })

  test('a transport that is closed while a tunnel is made closes the connection to the proxy', async () => {
    const proxy = await proxyWith({ conduct: 'silent' })
    const transport = transportWith({ proxy: proxy.url, closeTimeoutMs: 1 })
    const failed = errorOf(transport.send(request({ origin: 'https://r2.test' })))
    await expect.poll(() => proxy.heads.length).toBe(1)
    await transport.close()
    expect(await failed).toMatchObject({ code: 'ClientClosed' })
    await expect.poll(() => proxy.connections).toBe(0)
  })

  test('a certificate that is not trusted is that of the server, not of the proxy', async () => {
    const proxy = await proxyWith()
    const { origin } = await server()
    const transport = new UndiciTransport({ connections: { proxy: proxy.url } })
    onTestFinished(() => transport.close())
    expect(await errorOf(transport.send(request({ origin })))).toMatchObject({
      code: 'TlsFailed',
      message: expect.stringContaining(`TLS to ${new URL(origin).host} failed`),
    })
  })
})
