import { type HttpRequest, isR2Error, type Transport } from 'r2kit'
import { expect, test } from 'vitest'
import { DeferredTransport } from './deferred-transport.js'

const request: HttpRequest = {
  method: 'GET',
  origin: 'https://host',
  path: '/bucket/key',
  query: '',
  headers: { host: 'host' },
  body: { kind: 'empty' },
  responseBody: 'bytes',
  bounds: { maxResponseBytes: 1000, timeoutMs: 1000, stallTimeoutMs: 1000 },
  signal: undefined,
}

class Recording implements Transport {
  readonly name = 'recording'
  connections = 0
  waiting = 0
  unreadBodies = 0
  closed = false
  async send() {
    this.connections++
    return { status: 200, headers: {}, body: new Uint8Array(0) }
  }
  async close() {
    this.closed = true
  }
}

test('nothing is loaded before the first request, and then once for all that wait', async () => {
  const real = new Recording()
  let loads = 0
  const transport = new DeferredTransport('recording', async () => {
    loads++
    return real
  })
  expect([loads, transport.connections]).toEqual([0, 0])
  await Promise.all([transport.send(request), transport.send(request)])
  await transport.send(request)
  expect([loads, transport.connections]).toEqual([1, 3])
})

test('closing closes what was loaded, also what is still loading', async () => {
  const real = new Recording()
  const transport = new DeferredTransport('recording', async () => real)
  const sent = transport.send(request)
  await transport.close()
  expect(real.closed).toBe(true)
  await sent
})

test('closing resolves also where loading fails, which the request reports', async () => {
  const transport = new DeferredTransport('recording', async () => {
    throw new Error('no such file')
  })
  const sent = transport.send(request)
  const closing = transport.close()
  await expect(sent).rejects.toThrow('no such file')
  await closing
})

test('a transport that was closed before its first request loads nothing and says so', async () => {
  let loads = 0
  const transport = new DeferredTransport('recording', async () => {
    loads++
    return new Recording()
  })
  await transport.close()
  const failure = await transport.send(request).catch((error: unknown) => error)
  expect([isR2Error(failure, 'ClientClosed'), loads]).toEqual([true, 0])
})

test('a load that fails fails the request, and the next request tries again', async () => {
  let loads = 0
  const transport = new DeferredTransport('recording', async () => {
    if (++loads === 1) throw new Error('no such file')
    return new Recording()
  })
  await expect(transport.send(request)).rejects.toThrow('no such file')
  expect((await transport.send(request)).status).toBe(200)
})
