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
  sent = 0
  closed = false
  async send() {
    this.sent++
    return { status: 200, headers: {}, body: new Uint8Array(0) }
  }
  async close() {
    this.closed = true
  }
}

test('a deferred transport is loaded once, by the first request', async () => {
  const real = new Recording()
  let loads = 0
  const transport = new DeferredTransport('recording', async () => {
    loads++
    return real
  })
  expect(loads).toBe(0)
  await Promise.all([transport.send(request), transport.send(request)])
  await transport.send(request)
  expect([loads, real.sent]).toEqual([1, 3])
})

test('closing also closes a transport that is still loading', async () => {
  const real = new Recording()
  const transport = new DeferredTransport('recording', async () => real)
  const sent = transport.send(request)
  await transport.close()
  expect(real.closed).toBe(true)
  await sent
})

test('closing resolves where loading fails, and the request rejects with the failure', async () => {
  const transport = new DeferredTransport('recording', async () => {
    throw new Error('no such file')
  })
  const sent = transport.send(request)
  const closing = transport.close()
  await expect(sent).rejects.toThrow('no such file')
  await closing
})

test('a request after close rejects with ClientClosed, and loads nothing', async () => {
  let loads = 0
  const transport = new DeferredTransport('recording', async () => {
    loads++
    return new Recording()
  })
  await transport.close()
  const failure = await transport.send(request).catch((error: unknown) => error)
  expect([isR2Error(failure, 'ClientClosed'), loads]).toEqual([true, 0])
})

test('a request fails where loading fails, and the next request loads again', async () => {
  let loads = 0
  const transport = new DeferredTransport('recording', async () => {
    if (++loads === 1) throw new Error('no such file')
    return new Recording()
  })
  await expect(transport.send(request)).rejects.toThrow('no such file')
  expect((await transport.send(request)).status).toBe(200)
})
