/** Stalled and idle connections, over real sockets and with limits that are short enough for a test. */
import { once } from 'node:events'
import net from 'node:net'
import { RequestSigner, SignatureVerifier, systemClock } from 'r2kit/protocol'
import { afterEach, expect, test } from 'vitest'
import { defaultCredentials } from '../authentication/credentials.js'
import { FaultSwitch } from '../faults/fault-switch.js'
import { LifecycleSweeper } from '../lifecycle/sweeper.js'
import { createMemoryStorage } from '../storage/index.js'
import { handleRequest, type LocalServer } from './handle-request.js'
import { createHttpServer, type ListenerLimits, listen, serve } from './listener.js'

let port: number
let stop: () => Promise<void>

const start = async (limits: ListenerLimits) => {
  const server = createHttpServer(limits)
  const storage = createMemoryStorage()
  await storage.createBucket({ name: 'bucket', createdMs: 1, location: 'AUTO' })
  port = await listen(server, 0, '127.0.0.1')
  const local: LocalServer = {
    storage,
    clock: systemClock,
    authenticator: {
      keyPairs: new Map([[defaultCredentials.accessKeyId, defaultCredentials]]),
      verifier: new SignatureVerifier(),
    },
    lifecycle: new LifecycleSweeper(storage, systemClock),
    writeRate: undefined,
    accountId: 'a'.repeat(32),
    endpoint: `http://127.0.0.1:${port}`,
    reportInternalError: () => undefined,
    bucketOfHost: () => undefined,
  }
  stop = serve(server, {
    ...local,
    faults: new FaultSwitch([], 0),
    handle: (...request) => handleRequest(local, ...request),
  })
}

afterEach(() => stop())

/** Sends bytes. @returns Everything that the server sends until it closes the connection. */
const responseTo = async (bytes: string): Promise<string> => {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(bytes)
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk
  })
  await once(socket, 'close')
  return received
}

const signedHead = (method: string, path: string, fields: Record<string, string> = {}) => {
  const headers: Record<string, string> = { host: `127.0.0.1:${port}`, ...fields }
  new RequestSigner().sign({ method, path, query: '', headers }, defaultCredentials, 'UNSIGNED-PAYLOAD', Date.now())
  const lines = Object.entries(headers).map((field) => field.join(': '))
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

test('an incomplete header section ends in RequestTimeout', async () => {
  await start({ headMs: 50 })
  expect(await responseTo('GET / HTTP/1.1\r\nhost: a\r\n')).toMatch(/^HTTP\/1\.1 400 .*<Code>RequestTimeout<\/Code>/s)
})

test('a stalled body ends in RequestTimeout', async () => {
  await start({ idleMs: 50 })
  const response = await responseTo(`${signedHead('PUT', '/bucket/key', { 'content-length': '100' })}half`)
  expect(response).toMatch(/^HTTP\/1\.1 400 .*<Code>RequestTimeout<\/Code>/s)
})

test('a slow body that does not stall may exceed the idle limit in total', async () => {
  await start({ idleMs: 200 })
  const socket = net.connect(port, '127.0.0.1')
  socket.write(signedHead('PUT', '/bucket/slow', { 'content-length': '8', connection: 'close' }))
  // Twice the limit in all.
  const steps = setInterval(() => socket.write('x'), 50)
  const [response] = await once(socket, 'data')
  clearInterval(steps)
  expect(String(response)).toMatch(/^HTTP\/1\.1 200 /)
})

test('an idle connection is closed without an error response, which the client would take for its next response', async () => {
  await start({ keepAliveMs: 50 })
  const response = await responseTo(signedHead('GET', '/bucket/none'))
  expect(response).toMatch(/^HTTP\/1\.1 404 .*<\/Error>$/s)
  expect(response.split('HTTP/1.1')).toHaveLength(2)
})
