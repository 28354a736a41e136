import { readFileSync } from 'node:fs'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type HttpRequest, isR2Error } from 'r2kit'
import { expect, onTestFinished, test } from 'vitest'
import { rawServer, until } from '#test/support/raw-server.js'
import type { ConnectionOptions } from '../connection-options.js'
import { UndiciTransport } from './undici-transport.js'

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../../test/fixtures/loopback/${name}`, import.meta.url), 'utf8')
const tls = { key: fixture('key.pem'), cert: fixture('certificate.pem') }

/** A server that speaks HTTP/2 only, and a transport with `connections.http2`; both are closed after the test. */
const pair = async (
  response: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  connections: ConnectionOptions = {},
) => {
  const server = createSecureServer({ ...tls, settings: { maxConcurrentStreams: 1_000 } }, response)
  let sessions = 0
  server.on('session', () => {
    sessions++
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = new UndiciTransport({ connections: { ...connections, http2: true, ca: tls.cert } })
  onTestFinished(async () => {
    await transport.close()
    server.close()
  })
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { transport, origin, sessions: () => sessions }
}

const requestTo = (origin: string, changes: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  origin,
  path: '/bucket/a/../b',
  query: 'x=1',
  headers: { host: origin.slice('https://'.length) },
  body: { kind: 'empty' },
  responseBody: 'bytes',
  bounds: { maxResponseBytes: 1_000_000, timeoutMs: 20_000, stallTimeoutMs: 20_000 },
  signal: undefined,
  ...changes,
})

const bytes = new Uint8Array(1000).fill(7)

test('over HTTP/2, concurrent writes from memory share one session', async () => {
  const waiting: (() => void)[] = []
  const { transport, origin, sessions } = await pair((request, response) => {
    request.resume().on('end', () => {
      waiting.push(() => response.writeHead(200, { etag: `"${request.headers['x-part']}"` }).end())
      // No response before all requests have arrived: sequential requests would deadlock.
      if (waiting.length === 8) for (const response of waiting) response()
    })
  })
  const responses = await Promise.all(
    Array.from({ length: 8 }, (_, part) => {
      const { headers } = requestTo(origin)
      const body = { kind: 'bytes', bytes } as const
      return transport.send(requestTo(origin, { method: 'PUT', body, headers: { ...headers, 'x-part': String(part) } }))
    }),
  )
  expect(responses.map(({ headers }) => headers.etag)).toEqual(Array.from({ length: 8 }, (_, part) => `"${part}"`))
  expect(sessions()).toBe(1)
})

test('over HTTP/2, the path reaches the wire unchanged, dot segments included', async () => {
  const { transport, origin } = await pair((request, response) => {
    response.end(request.url)
  })
  const { body } = await transport.send(requestTo(origin))
  expect(Buffer.from(body as Uint8Array).toString()).toBe('/bucket/a/../b?x=1')
})

test('over HTTP/2, a download of an origin can be the source of an upload to it', async () => {
  const { transport, origin } = await pair((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-length': '3000000' }).end(Buffer.alloc(3_000_000, 5))
      return
    }
    let received = 0
    request
      .on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      .on('end', () => response.end(String(received)))
  })
  const { body: source } = await transport.send(requestTo(origin, { responseBody: 'stream' }))
  if (source instanceof Uint8Array) throw new Error('not a stream')
  const body = { kind: 'stream', contentLength: 3_000_000, canOpen: () => true, open: () => source } as const
  const response = await transport.send(requestTo(origin, { method: 'PUT', body }))
  expect(Buffer.from(response.body as Uint8Array).toString()).toBe('3000000')
})

test('over HTTP/2, a request that waits for a connection runs on the session once that has capacity', async () => {
  const responses: (() => void)[] = []
  const { transport, origin } = await pair((_, response) => responses.push(() => response.end('ok')), {
    maxConnections: 1,
  })
  // 100 on the session, one on a connection of its own, and one that waits.
  const all = Array.from({ length: 102 }, () => transport.send(requestTo(origin)))
  await until(() => responses.length === 101)
  expect(transport.waiting).toBe(1)
  // Only requests of the session have responses until the last one has arrived.
  responses[50]?.()
  await until(() => responses.length === 102)
  expect(transport.waiting).toBe(0)
  for (const response of responses) response()
  await Promise.all(all)
})

test('over HTTP/2, an unread body holds no connection, and closing aborts it', async () => {
  const { transport, origin } = await pair((_, response) => response.end(Buffer.alloc(3_000_000)), {
    closeTimeoutMs: 200,
  })
  const { body } = await transport.send(requestTo(origin, { responseBody: 'stream' }))
  if (body instanceof Uint8Array) throw new Error('not a stream')
  await until(() => transport.unreadBodies === 1)
  await transport.close()
  await expect(body.getReader().read()).rejects.toMatchObject({ code: 'ClientClosed' })
})

test('a session that is still being made is abandoned with the last request that waits for it', async () => {
  await using server = await rawServer(() => undefined)
  const transport = new UndiciTransport({ connections: { http2: true } })
  const controller = new AbortController()
  const origin = server.origin.replace('http:', 'https:')
  const first = transport.send(requestTo(origin, { signal: controller.signal }))
  const second = transport.send(requestTo(origin, { signal: controller.signal }))
  await until(() => server.peers.length === 1)
  controller.abort()
  await expect(first).rejects.toMatchObject({ code: 'Aborted' })
  await expect(second).rejects.toMatchObject({ code: 'Aborted' })
  await server.peers[0]?.closed()
  await transport.close()
})

test('connections.http2 to a server without HTTP/2 fails with InvalidConfig', async () => {
  const server = createServer(tls, (_, response) => response.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = new UndiciTransport({ connections: { http2: true, ca: tls.cert } })
  onTestFinished(async () => {
    await transport.close()
    server.close()
  })
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const failure = await transport.send(requestTo(origin)).catch((error: unknown) => error)
  expect(isR2Error(failure, 'InvalidConfig')).toBe(true)
})
