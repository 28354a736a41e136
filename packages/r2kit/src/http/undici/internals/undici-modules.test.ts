/** One test for each property of undici that README.md lists and that no test of the transport shows by itself. */
import { once } from 'node:events'
import { type OnReadOpts, Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { type Peer, rawServer, until } from '#test/support/raw-server.js'
import { buildConnector, Client } from './undici-modules.js'

/** A client of a server, and both go away with the test. */
const clientOf = async (serve: (peer: Peer) => Promise<void> | void) => {
  const server = await rawServer(serve)
  const client = new Client(server.origin, { headersTimeout: 0, bodyTimeout: 0 })
  onTestFinished(async () => {
    await client.destroy()
    await server[Symbol.asyncDispose]()
  })
  return { client, server }
}

/** A handler that notes its calls. `continues`: what `onData` returns. */
const recorder = (continues = true) => {
  const calls: string[] = []
  const kept: { abort?: (error?: Error) => void; resume?: () => void; rawHeaders?: unknown[]; chunk?: unknown } = {}
  const handler: Dispatcher.DispatchHandler = {
    onConnect(abort) {
      calls.push('onConnect')
      kept.abort = abort
    },
    onRequestSent: () => calls.push('onRequestSent'),
    onHeaders(status, rawHeaders, resume) {
      calls.push(`onHeaders ${status}`)
      kept.rawHeaders = rawHeaders
      kept.resume = resume
      return true
    },
    onData(chunk) {
      calls.push(`onData ${chunk}`)
      kept.chunk = chunk
      return continues
    },
    onComplete: () => calls.push('onComplete'),
    onError: (error) => calls.push(`onError ${error.message}`),
  } as Dispatcher.DispatchHandler
  return { handler, calls, kept }
}

const get = { path: '/key', method: 'GET' } as const
const put = { path: '/key', method: 'PUT', body: 'abc' } as const

test('undici calls a handler of the form with onConnect without a wrapper, interim responses included', async () => {
  const { client } = await clientOf(async (peer) => {
    await peer.request()
    await peer.body(3)
    peer.send('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')
    peer.response(200, 'body')
  })
  const { handler, calls } = recorder()
  client.dispatch(put, handler)
  await until(() => calls.includes('onComplete'))
  expect(calls).toEqual(['onConnect', 'onRequestSent', 'onHeaders 103', 'onHeaders 200', 'onData body', 'onComplete'])
})

test('undici passes header fields as buffers, names and values in turn, and chunks as buffers', async () => {
  const { client } = await clientOf(async (peer) => {
    await peer.request()
    peer.response(200, 'body', { ETag: '"é"' })
  })
  const { handler, calls, kept } = recorder()
  client.dispatch(get, handler)
  await until(() => calls.includes('onComplete'))
  expect(kept.rawHeaders?.every((field) => Buffer.isBuffer(field))).toBe(true)
  expect(String(kept.rawHeaders?.at(-2))).toBe('ETag')
  expect(Buffer.isBuffer(kept.chunk)).toBe(true)
})

test('undici pauses a response when onData returns false, until resume is called', async () => {
  const { client, server } = await clientOf(async (peer) => {
    await peer.request()
    peer.send('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc')
  })
  const { handler, calls, kept } = recorder(false)
  client.dispatch(get, handler)
  await until(() => calls.includes('onData abc'))
  server.peers[0]?.send('def')
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(calls.at(-1)).toBe('onData abc')
  kept.resume?.()
  await until(() => calls.includes('onData def'))
})

test('undici reports an abort to the handler before abort returns, and closes the socket afterwards', async () => {
  const { client, server } = await clientOf(async (peer) => {
    await peer.request()
  })
  const { handler, calls, kept } = recorder()
  client.dispatch(get, handler)
  await until(() => server.peers.length === 1 && calls.includes('onRequestSent'))
  kept.abort?.(new Error('enough'))
  expect(calls.at(-1)).toBe('onError enough')
  await server.peers[0]?.closed()
})

test('the connector of undici returns the socket while it is being made, and passes onread on to it', async () => {
  await using server = await rawServer((peer) => peer.send('hello'))
  const { hostname, host, port, protocol } = new URL(server.origin)
  let received = ''
  const onread: OnReadOpts = {
    buffer: Buffer.alloc(16),
    callback(length, buffer) {
      received += Buffer.from(buffer.buffer, buffer.byteOffset, length)
      return true
    },
  }
  const connect = buildConnector({ ...({ onread } as object) })
  const socket = connect({ hostname, host, port, protocol }, () => undefined)
  expect(socket).toBeInstanceOf(Socket)
  expect((socket as Socket).connecting).toBe(true)
  await until(() => received === 'hello')
  socket.destroy()
  await once(socket, 'close')
})
