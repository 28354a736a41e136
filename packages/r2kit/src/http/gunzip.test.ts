import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { responding } from '#test/support/raw-server.js'
import { bodyStreamOf, errorOf, readAll } from '#test/support/results.js'
import { pair, request } from '#test/support/transport-suite/setup.js'
import type { VirtualClock } from '#test/support/virtual-clock.js'
import { R2Error } from '../errors/index.js'
import { gunzipped } from './gunzip.js'
import { UndiciTransport } from './undici/undici-transport.js'

const create = (clock: VirtualClock) => new UndiciTransport({ clock })
const packed = { 'content-encoding': 'gzip' }
const plain = 'x'.repeat(100_000)

const responded = (body: Uint8Array | ReadableStream<Uint8Array>) =>
  gunzipped({ status: 200, headers: { ...packed, 'content-length': '7', etag: 'e' }, body }, 1_000_000)

test('a compressed object is returned as it is stored', async () => {
  const stored = gzipSync(plain)
  const { transport, server } = await pair(
    create,
    responding((_, __, peer) => peer.response(200, stored, packed)),
  )
  const headers = { host: server.origin.slice(7), 'accept-encoding': 'identity' }
  const { body, headers: response } = await transport.send(request(server, { headers }))
  expect(body).toEqual(new Uint8Array(stored))
  expect(response).toMatchObject(packed)
  expect(
    await readAll(bodyStreamOf(await transport.send(request(server, { headers, responseBody: 'stream' })))),
  ).toEqual(stored)
})

test('an unpacked response has no content-encoding and no content-length', async () => {
  expect((await responded(gzipSync(plain))).headers).toEqual({ etag: 'e' })
})

test('a response without content-encoding is returned unchanged', async () => {
  const response = { status: 200, headers: {}, body: new Uint8Array(3) }
  expect(await gunzipped(response, 10)).toEqual(response)
})

test.each([
  ['is not gzip', Buffer.from('<xml/>')],
  ['ends too early', gzipSync(plain).subarray(0, 60)],
])('a gzip response that %s fails with InvalidResponse', async (_, bytes) => {
  expect(await errorOf(responded(bytes))).toMatchObject({ code: 'InvalidResponse' })
  const stream = new Response(new Uint8Array(bytes)).body ?? new ReadableStream()
  expect(await errorOf(readAll(bodyStreamOf(await responded(stream))))).toMatchObject({ code: 'InvalidResponse' })
})

test('a packed stream that breaks off fails with its own error', async () => {
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(gzipSync(plain).subarray(0, 60)),
    pull: (controller) => controller.error(new R2Error('StreamInterrupted', 'broke off')),
  })
  expect(await errorOf(readAll(bodyStreamOf(await responded(stream))))).toMatchObject({ code: 'StreamInterrupted' })
})

test('cancelling the unpacked stream cancels the packed one', async () => {
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(gzipSync(plain).subarray(0, 60)),
    cancel() {
      cancelled = true
    },
  })
  await bodyStreamOf(await responded(stream)).cancel()
  expect(cancelled).toBe(true)
})
