import type { PlainResponse, PlainSend } from 'r2kit'
import { createTransport, R2Error } from 'r2kit'
import { expect, test } from 'vitest'
import { plainTransport } from '#test/support/plain-transport.js'
import { bodyStreamOf, errorOf, readAll } from '#test/support/results.js'
import { transportSuite } from '#test/support/transport-suite/index.js'
import { request } from '#test/support/transport-suite/setup.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

transportSuite({ name: 'createTransport over node:http', create: plainTransport })

const server = { origin: 'http://127.0.0.1:9' }

const streamOf = (text: string): ReadableStream<Uint8Array> => new Blob([text]).stream()

const overSend = (send: PlainSend) => {
  const clock = new VirtualClock()
  return { clock, transport: createTransport({ name: 'test', send, clock }) }
}

const responding = (response: Partial<PlainResponse>) =>
  overSend(async () => ({ status: 200, headers: {}, body: streamOf('12345'), ...response })).transport

test.each(['4', '6'])('a body of 5 bytes with content-length %s fails with StreamInterrupted', async (length) => {
  const headers = { 'content-length': length }
  const interrupted = { code: 'StreamInterrupted', message: expect.stringContaining(`5 of ${length}`) }
  expect(await errorOf(responding({ headers }).send(request(server)))).toMatchObject(interrupted)
  const stream = bodyStreamOf(await responding({ headers }).send(request(server, { responseBody: 'stream' })))
  expect(await errorOf(readAll(stream))).toMatchObject(interrupted)
})

test('isDecoded switches the check of content-length off', async () => {
  const transport = responding({ headers: { 'content-length': '4' }, isDecoded: true })
  expect((await transport.send(request(server))).body).toHaveLength(5)
})

test('a send that never resolves fails with Timeout, and the body of its late response is cancelled', async () => {
  let respond: ((response: PlainResponse) => void) | undefined
  const { clock, transport } = overSend(
    () =>
      new Promise((resolve) => {
        respond = resolve
      }),
  )
  const failure = errorOf(transport.send(request(server, { timeoutMs: 1_000 })))
  await clock.advance(1_000)
  expect(await failure).toMatchObject({ code: 'Timeout' })
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    cancel: () => {
      cancelled = true
    },
  })
  respond?.({ status: 200, headers: {}, body })
  await clock.advance(0)
  expect(cancelled).toBe(true)
  expect(clock.timers).toBe(0)
})

test('the signal of a plain request aborts when the attempt ends early', async () => {
  let signal: AbortSignal | undefined
  const { clock, transport } = overSend((plain) => {
    signal = plain.signal
    return new Promise(() => undefined)
  })
  const failure = errorOf(transport.send(request(server, { timeoutMs: 1_000 })))
  await clock.advance(1_000)
  expect(signal?.reason).toBe(await failure)
})

test('an R2Error that send throws is the error of the request', async () => {
  const error = new R2Error('TlsFailed', 'the certificate is for another name')
  const { transport } = overSend(() => Promise.reject(error))
  expect(await errorOf(transport.send(request(server)))).toBe(error)
})

test('a createTransport without cannotSend can send every path', () => {
  expect(overSend(() => new Promise(() => undefined)).transport.cannotSend).toBeUndefined()
})
