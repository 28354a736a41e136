/** Writes that are sent once more without their checksum. */
import { createHash } from 'node:crypto'
import { type Body, isR2Error, type R2Event } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { type FakeClientOptions, fakeClient, type Script } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'

const content = Buffer.from('the bytes of an object')
const object = { bucket: 'photos', key: 'cat.jpg' }
const etagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`

const clientOf = (script: Script, options: FakeClientOptions) => {
  const events: R2Event[] = []
  const made = fakeClient(script, { retry: { maxAttempts: 1 }, ...options, onEvent: (event) => events.push(event) })
  made.transport.ignoresChecksums = true
  return { ...made, reductions: () => events.filter(({ type }) => type === 'integrity.reduced') }
}
const elsewhere = { accountId: undefined, endpoint: 'http://localhost:9000' }

describe('a server that stores the frames of trailers with the bytes', () => {
  const storesFrames: Script = ({ headers, bodyBytes }) => ({
    headers: { etag: headers['x-amz-trailer'] === undefined ? etagOf(bodyBytes) : `"${'f'.repeat(32)}"` },
  })
  const once = async function* () {
    yield content
  }
  const reopenable = { ...object, body: { size: content.length, open: once } }

  test('receives a body that can be opened again once more without a trailer, and has none from then on', async () => {
    const { r2, transport, reductions } = clientOf(storesFrames, elsewhere)
    expect((await r2.objects.put(reopenable)).verifiedBy).toBe('etag')
    expect((await r2.objects.put(reopenable)).verifiedBy).toBe('etag')
    expect(transport.sent.map(({ headers }) => 'x-amz-trailer' in headers)).toEqual([true, false, false])
    expect(reductions()).toMatchObject([
      { form: 'trailer', fallback: 'etag', reason: 'it stores the frames of the trailer with the bytes' },
    ])
  })

  test('receives streams that can be read once without a trailer after the first of them has failed', async () => {
    // The host is R2's.
    const { r2, reductions } = clientOf(storesFrames, {})
    const put = () => r2.objects.put({ ...object, body: once(), contentLength: content.length })
    expect(await errorOf(put())).toMatchObject({ code: 'IntegrityMismatch', retryable: false })
    expect((await put()).verifiedBy).toBe('etag')
    expect(reductions()).toHaveLength(1)
  })

  test('receives a conditional write once: its condition does not hold any more', async () => {
    const { r2, transport } = clientOf(storesFrames, elsewhere)
    const error = await errorOf(r2.objects.put({ ...reopenable, ifNoneMatch: '*' }))
    expect(isR2Error(error, 'IntegrityMismatch')).toBe(true)
    expect(transport.sent.filter(({ method }) => method === 'PUT')).toHaveLength(1)
  })

  test('is not assumed where the bytes have another MD5 without a trailer, too', async () => {
    const { r2, transport, reductions } = clientOf(() => ({ headers: { etag: `"${'f'.repeat(32)}"` } }), elsewhere)
    expect(await errorOf(r2.objects.put(reopenable))).toMatchObject({ code: 'IntegrityMismatch' })
    expect(transport.sent).toHaveLength(2)
    expect(reductions()).toEqual([])
  })
})

test('an empty stream is sent again with its MD5 where the server refuses its checksum', async () => {
  const script: Script = ({ headers, bodyBytes }) =>
    'x-amz-checksum-crc32' in headers ? { status: 501 } : { headers: { etag: etagOf(bodyBytes) } }
  const { r2, transport } = clientOf(script, elsewhere)
  const put = r2.objects.put({ ...object, body: new Blob([]).stream(), contentLength: 0 })
  expect((await put).verifiedBy).toBe('etag')
  expect(transport.sent).toHaveLength(2)
})

describe('a server that responds to each checksum with InternalError', () => {
  const failsWithChecksum: Script = ({ headers, bodyBytes }) =>
    'x-amz-checksum-crc32' in headers || 'x-amz-trailer' in headers
      ? { status: 500 }
      : { headers: { etag: etagOf(bodyBytes) } }
  const bodies = [content, { size: content.length, open: () => new Blob([content]).stream() }]

  test.each(bodies)('receives the write once more without it after three attempts (%#)', async (body) => {
    const { r2, clock, transport, reductions } = clientOf(failsWithChecksum, { ...elsewhere, retry: {} })
    expect((await clock.run(r2.objects.put({ ...object, body }))).verifiedBy).toBe('etag')
    expect((await r2.objects.put({ ...object, body })).verifiedBy).toBe('etag')
    expect(transport.sent).toHaveLength(5)
    expect(reductions()).toMatchObject([{ fallback: 'etag', reason: expect.stringContaining('with 500') }])
  })

  test('is not assumed after fewer attempts: the error may be temporary', async () => {
    const retry = { maxAttempts: 2 }
    const { r2, clock, transport, reductions } = clientOf(failsWithChecksum, { ...elsewhere, retry })
    const put = r2.objects.put({ ...object, body: content })
    expect(await clock.run(errorOf(put))).toMatchObject({ code: 'InternalError' })
    expect(transport.sent).toHaveLength(2)
    expect(reductions()).toEqual([])
  })

  test('receives a conditional write no more: one of its attempts may be stored later', async () => {
    const { r2, clock, transport } = clientOf(
      (sent, number) => (sent.method === 'HEAD' ? { status: 404 } : failsWithChecksum(sent, number)),
      { ...elsewhere, retry: {} },
    )
    const put = r2.objects.put({ ...object, body: content, ifNoneMatch: '*' })
    expect(await clock.run(errorOf(put))).toMatchObject({ code: 'InternalError' })
    expect(transport.sent.filter(({ method }) => method === 'PUT')).toHaveLength(3)
  })
})

test('an outage costs one request more than the attempts of the call', async () => {
  const { r2, clock, transport } = clientOf(() => ({ status: 500 }), { ...elsewhere, retry: {} })
  const error = await clock.run(errorOf(r2.objects.put({ ...object, body: content })))
  expect(error).toMatchObject({ code: 'InternalError', attempts: 3 })
  expect(transport.sent).toHaveLength(4)
})

test('concurrent writes are all sent again where the first of them learns that the server refuses checksums', async () => {
  const script: Script = ({ headers, bodyBytes }) =>
    'x-amz-checksum-crc32' in headers ? { status: 501 } : { headers: { etag: etagOf(bodyBytes) } }
  const { r2, transport, reductions } = clientOf(script, elsewhere)
  let release: () => void = () => undefined
  const isReleased = new Promise<void>((resolve) => {
    release = resolve
  })
  const send = transport.send.bind(transport)
  let held = 0
  transport.send = async (request) => {
    const response = await send(request)
    if ('x-amz-checksum-crc32' in request.headers && ++held === 2) await isReleased
    return response
  }
  const first = r2.objects.put({ ...object, body: 'first' })
  const second = r2.objects.put({ ...object, body: 'second' })
  expect((await first).verifiedBy).toBe('etag')
  release()
  expect((await second).verifiedBy).toBe('etag')
  expect(reductions()).toHaveLength(1)
})

describe("with a customer's key, whose objects have no MD5 as ETag", () => {
  const ssec = { key: new Uint8Array(32) }
  const opaque = { headers: { etag: '"opaque"' } }

  test.each<[string, Body, string]>([
    ['bytes, which are sent with Content-MD5', 'x', 'content-md5'],
    ['a Blob, which is sent with Content-MD5', new Blob(['x']), 'content-md5'],
    ['a source that is opened for each attempt', { size: 1, open: () => new Blob(['x']).stream() }, 'none'],
  ])('the check md5 reports once what guards %s', async (_, body, fallback) => {
    const { r2, transport, reductions } = clientOf(() => opaque, elsewhere)
    const put = () => r2.objects.put({ ...object, body, ssec, integrity: 'md5' })
    expect((await put()).verifiedBy).toBeUndefined()
    await put()
    expect('content-md5' in (transport.sent[0]?.headers ?? {})).toBe(fallback === 'content-md5')
    const reason = 'the ETag of the response is not the MD5 of the bytes'
    expect(reductions()).toMatchObject([{ form: 'header', algorithm: 'MD5', fallback, reason }])
  })

  test('a refused checksum is reported with Content-MD5 as its fallback', async () => {
    const script: Script = ({ headers }) => ('x-amz-checksum-crc32' in headers ? { status: 501 } : opaque)
    const { r2, reductions } = clientOf(script, elsewhere)
    expect((await r2.objects.put({ ...object, body: 'x', ssec })).verifiedBy).toBeUndefined()
    expect(reductions()).toMatchObject([
      { form: 'header', algorithm: 'MD5', fallback: 'content-md5' },
      {
        form: 'header',
        algorithm: 'CRC32',
        fallback: 'content-md5',
        reason: 'it refused x-amz-checksum-crc32 with 501',
      },
    ])
  })
})
