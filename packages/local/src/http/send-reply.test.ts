import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import net from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AnswerBody } from './reply.js'
import { sendReply } from './send-reply.js'

let server: Server
let answered: Promise<void>
let body: AnswerBody | undefined
let freed: boolean

/** Chunks of 64 KiB, and a note when the reader is let go. */
async function* chunks(count: number) {
  try {
    for (let index = 0; index < count; index++) yield new Uint8Array(65_536)
  } finally {
    freed = true
  }
}

beforeEach(async () => {
  freed = false
  server = createServer((_incoming, outgoing) => {
    answered = sendReply(outgoing, { status: 200, headers: {}, ...(body && { body }) }, false)
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

test('a client that goes away in the middle of a download frees its reader', async () => {
  body = { kind: 'stream', length: 65_536 * 10_000, source: chunks(10_000) }
  const socket = connect()
  await once(socket, 'data')
  // Nobody reads, so that the server waits for room when the client goes.
  socket.pause()
  socket.destroy()
  await answered
  expect(freed).toBe(true)
})

test('a source that ends before its length breaks the connection, so that nobody takes it for the whole', async () => {
  body = { kind: 'stream', length: 65_536 * 2, source: chunks(1) }
  const socket = connect()
  let received = 0
  socket.on('data', (chunk) => {
    received += chunk.byteLength
  })
  socket.on('error', () => undefined)
  await once(socket, 'close')
  expect(received).toBeLessThan(65_536 * 2)
  expect(freed).toBe(true)
})

test('a head that cannot be written frees the reader', async () => {
  const outgoing = new ServerResponse(new IncomingMessage(new net.Socket()))
  body = { kind: 'stream', length: 65_536, source: chunks(1) }
  await expect(sendReply(outgoing, { status: 200, headers: { bad: 'line\nend' }, body }, false)).rejects.toThrow()
  // The generator was never begun, so that its end is all there is to see.
  expect(await body.source[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
})
