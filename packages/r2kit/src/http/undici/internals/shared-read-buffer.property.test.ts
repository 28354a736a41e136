/** Responses that are cut, framed, read and abandoned at random, concurrently on one pool: no byte is misplaced, and no request hangs. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bodyStreamOf } from '#test/support/results.js'
import { request } from '#test/support/transport-suite/setup.js'
import { isR2Error } from '../../../errors/index.js'
import { drain } from '../../body/drain.js'
import { Http1Transport } from '../../http1/http1-transport.js'
import type { HttpRequest, HttpResponse } from '../../transport.js'
import type { SocketTransport, SocketTransportOptions } from '../socket-transport.js'
import { UndiciTransport } from '../undici-transport.js'

const fixture = (name: string) =>
  readFileSync(new URL(`../../../../../../test/fixtures/loopback/${name}`, import.meta.url), 'utf8')
const [cert, key] = [fixture('certificate.pem'), fixture('key.pem')]

const readings = ['reader', 'iterator', 'consumer', 'in memory', 'cancel', 'abort', 'throw', 'reject'] as const

const response = fc.record({
  framing: fc.constantFrom('length', 'chunked', 'close'),
  size: fc.oneof(fc.nat(3000), fc.nat(700_000), fc.constantFrom(0, 64 * 1024, 256 * 1024)),
  /** Ends of the server's writes, as shares of the response; some lie within the head. */
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
  headCuts: fc.array(fc.nat(400), { maxLength: 6 }),
  chunkBytes: fc.integer({ min: 500, max: 90_000 }),
  fields: fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 5 }),
  isInterim: fc.boolean(),
  hasTrailers: fc.boolean(),
  /** The server closes before the end. */
  isBrokenOff: fc.nat(9).map((digit) => digit === 0),
  reading: fc.constantFrom(...readings),
  /** Turns of the event loop that the reader takes after each chunk, in rotation. */
  pauses: fc.array(fc.constantFrom(0, 0, 0, 1, 5), { minLength: 1, maxLength: 5 }),
  /** The chunk at which a reader of those kinds gives up. */
  until: fc.nat(4),
})
type Response = typeof response extends fc.Arbitrary<infer T> ? T : never

const bodyOf = ({ size }: Response, index: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8) + index * 31) & 255))

const fieldsOf = ({ fields }: Response, index: number): (readonly [string, string])[] =>
  fields.map((length, field) => [
    `x-amz-meta-${field}`,
    String.fromCharCode(97 + ((index + field) % 26)).repeat(length + 1),
  ])

const framed = (body: Buffer, { framing, chunkBytes, hasTrailers }: Response): Buffer => {
  if (framing !== 'chunked') return body
  const pieces: Buffer[] = []
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes)
    pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from(`0\r\n${hasTrailers ? 'x-trailer: yes\r\nx-other: no\r\n' : ''}\r\n`)])
}

const wireOf = (plan: Response, index: number): Buffer => {
  const { framing, isInterim, isBrokenOff } = plan
  const body = bodyOf(plan, index)
  const how = {
    length: `content-length: ${body.length}`,
    chunked: 'transfer-encoding: chunked',
    close: 'connection: close',
  }
  const lines = [
    ...(isInterim ? ['HTTP/1.1 103 Early Hints', 'link: </a>', ''] : []),
    'HTTP/1.1 200 OK',
    ...fieldsOf(plan, index).map(([name, value]) => `${name}: ${value}`),
    how[framing as keyof typeof how],
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  const rest = framed(body, plan)
  return Buffer.concat([head, isBrokenOff ? rest.subarray(0, Math.floor(rest.length / 2)) : rest])
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const serve = async (socket: Socket, plans: readonly Response[]): Promise<void> => {
  let received = ''
  let wake: (() => void) | undefined
  socket.on('error', () => undefined)
  socket.on('close', () => wake?.())
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    wake?.()
  })
  while (!socket.destroyed) {
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      continue
    }
    const index = Number(received.slice(5, received.indexOf(' HTTP')))
    received = received.slice(end + 4)
    const plan = plans[index]
    if (plan === undefined) {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${String(index).length}\r\n\r\n${index}`)
      continue
    }
    const wire = wireOf(plan, index)
    const cuts = [...plan.cuts.map((share) => Math.floor(share * wire.length)), ...plan.headCuts, wire.length]
    let from = 0
    for (const cut of cuts.map((at) => Math.min(at, wire.length)).sort((a, b) => a - b)) {
      if (cut > from) socket.write(wire.subarray(from, cut))
      from = Math.max(from, cut)
      await turn()
    }
    if (plan.isBrokenOff || plan.framing === 'close') socket.end()
  }
}

/** The bytes that the reader got, and how it ended. */
interface Outcome {
  readonly bytes: Buffer
  readonly error: unknown
}

/** A server may close a connection while the next request is on its way; clients send it again. */
const send = async (transport: SocketTransport, wanted: HttpRequest): Promise<HttpResponse> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transport.send(wanted)
    } catch (error) {
      if (attempt === 10 || !isR2Error(error, 'ConnectionReset')) throw error
    }
  }
}

const read = async (transport: SocketTransport, origin: string, plan: Response, index: number): Promise<Outcome> => {
  const { reading, pauses, until } = plan
  const controller = new AbortController()
  const got: Uint8Array[] = []
  const rest = async () => {
    for (let turns = pauses[got.length % pauses.length] ?? 0; turns > 0; turns--) await turn()
  }
  try {
    const response: HttpResponse = await send(transport, {
      ...request({ origin }, { path: `/${index}`, responseBody: reading === 'in memory' ? 'bytes' : 'stream' }),
      signal: controller.signal,
    })
    for (const [name, value] of fieldsOf(plan, index)) expect(response.headers[name]).toBe(value)
    if (response.body instanceof Uint8Array) return { bytes: Buffer.from(response.body), error: undefined }
    const body = bodyStreamOf(response)
    if (reading === 'iterator') {
      for await (const chunk of body) {
        got.push(chunk)
        await rest()
      }
    } else if (reading === 'reader' || reading === 'cancel' || reading === 'abort') {
      const reader = body.getReader()
      for (;;) {
        if (got.length === until && reading === 'abort') controller.abort()
        if (got.length === until && reading === 'cancel') return await reader.cancel().then(() => cancelled(got))
        const { done, value } = await reader.read()
        if (done) break
        got.push(value)
        await rest()
      }
    } else {
      await drain(body, (chunk) => {
        if (got.length === until && reading === 'throw') throw new Error('enough')
        if (got.length === until && reading === 'reject') return turn().then(() => Promise.reject(new Error('enough')))
        got.push(new Uint8Array(chunk))
        return (pauses[got.length % pauses.length] ?? 0) > 0 ? rest() : undefined
      })
    }
    return { bytes: Buffer.concat(got), error: undefined }
  } catch (error) {
    return { bytes: Buffer.concat(got), error }
  }
}

const cancelled = (got: readonly Uint8Array[]): Outcome => ({ bytes: Buffer.concat(got), error: 'cancelled' })

const check = (plan: Response, index: number, { bytes, error }: Outcome): void => {
  const body = bodyOf(plan, index)
  expect(Buffer.compare(bytes, body.subarray(0, bytes.length))).toBe(0)
  if (error === undefined) {
    // A body that the end of the connection ends cannot be recognised as too short.
    const isWhole = !plan.isBrokenOff || body.length === 0
    expect(bytes.length).toBe(isWhole || plan.framing !== 'close' ? body.length : Math.floor(body.length / 2))
    if (!isWhole) expect(plan.framing).toBe('close')
    return
  }
  if (error === 'cancelled') return
  const code = isR2Error(error) ? error.code : String(error)
  const broken = plan.isBrokenOff ? ['StreamInterrupted', 'ConnectionReset'] : []
  const given: Partial<Record<(typeof readings)[number], string>> = {
    abort: 'Aborted',
    throw: 'Error: enough',
    reject: 'Error: enough',
  }
  expect([...broken, given[plan.reading]]).toContain(code)
}

const open = {
  undici: (options: SocketTransportOptions) => new UndiciTransport(options),
  http1: (options: SocketTransportOptions) => new Http1Transport(options),
}

const trial = async (
  client: keyof typeof open,
  kind: 'TCP' | 'TLS',
  plans: readonly Response[],
  recordBytes: number,
): Promise<void> => {
  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    sockets.add(socket)
    if ('setMaxSendFragment' in socket && typeof socket.setMaxSendFragment === 'function')
      socket.setMaxSendFragment(recordBytes)
    void serve(socket, plans)
  }
  const server: Server = kind === 'TLS' ? createServer({ cert, key }, accept) : createPlainServer(accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const origin = `${kind === 'TLS' ? 'https' : 'http'}://127.0.0.1:${address.port}`
  const transport = open[client]({ connections: { ca: cert, maxConnections: 4 } })
  try {
    const outcomes = await Promise.all(plans.map((plan, index) => read(transport, origin, plan, index)))
    for (const [index, plan] of plans.entries()) check(plan, index, outcomes[index] ?? cancelled([]))
    // Every connection is back in the pool, with no bytes left on it.
    const later = await Promise.all(
      [100, 101, 102, 103, 104].map((number) =>
        send(transport, { ...request({ origin }, { path: `/${number}` }), headers: { host: new URL(origin).host } }),
      ),
    )
    expect(later.map(({ body }) => Buffer.from(body as Uint8Array).toString())).toEqual([
      '100',
      '101',
      '102',
      '103',
      '104',
    ])
    expect(transport.connections).toBeLessThanOrEqual(4)
  } finally {
    await transport.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

test.each([
  ['undici', 'TCP', 100],
  ['undici', 'TLS', 60],
  ['http1', 'TCP', 100],
  ['http1', 'TLS', 60],
] as const)(
  '%s over %s: every body is exact or fails, and every connection returns to the pool',
  { timeout: 120_000 },
  async (client, kind, numRuns) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(response, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 512, max: 16_384 }),
        (plans, recordBytes) => trial(client, kind, plans, recordBytes),
      ),
      { numRuns, timeout: 30_000, interruptAfterTimeLimit: 110_000, markInterruptAsFailure: true },
    )
  },
)
