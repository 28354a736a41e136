import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import net from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ReplyBody } from './reply.js'
import { sendReply } from './send-reply.js'

let server: Server
let sent: Promise<void>
let body: ReplyBody | undefined
let isSourceClosed: boolean

/** A source of 64 KiB chunks that records when it is closed. */
async function* chunks(count: number) {
  try {
    for (let index = 0; index < count; index++) yield new Uint8Array(65_536)
  } finally {
    isSourceClosed = true
  }
}

beforeEach(async () => {
  isSourceClosed = false
  server = createServer((_incoming, outgoing) => {
    sent = sendReply(outgoing, { status: 200, headers: {}, ...(body && { body }) }, false)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const connect = () => {
  const address = server.address()
  const socket = net.connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  return socket
}

test('sendReply closes the source if the client disconnects in the middle of a download', async () => {
  body = { kind: 'stream', length: 65_536 * 10_000, source: chunks(10_000) }
  const socket = connect()
  await once(socket, 'data')
  // The client stops reading, so that the server is waiting for `drain` when the client disconnects.
  socket.pause()
  socket.destroy()
  await sent
  expect(isSourceClosed).toBe(true)
})

test('sendReply destroys the connection if the source ends before the declared length', async () => {
  body = { kind: 'stream', length: 65_536 * 2, source: chunks(1) }
  const socket = connect()
  let received = 0
  socket.on('data', (chunk) => {
    received += chunk.byteLength
  })
  socket.on('error', () => undefined)
  await once(socket, 'close')
  expect(received).toBeLessThan(65_536 * 2)
  expect(isSourceClosed).toBe(true)
})

test('sendReply closes the source if the header section cannot be written', async () => {
  const outgoing = new ServerResponse(new IncomingMessage(new net.Socket()))
  body = { kind: 'stream', length: 65_536, source: chunks(1) }
  await expect(sendReply(outgoing, { status: 200, headers: { bad: 'line\nend' }, body }, false)).rejects.toThrow()
  expect(await body.source[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
})
