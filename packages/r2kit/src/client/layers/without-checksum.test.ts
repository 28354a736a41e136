/** Writes that are sent once more without their checksum. */
import { createHash } from 'node:crypto'
import { isR2Error, type R2Event } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { type FakeClientOptions, fakeClient, type Script } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'

const content = Buffer.from('the bytes of an object')
const object = { bucket: 'photos', key: 'cat.jpg' }
const etagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`

const clientOf = (script: Script, options: FakeClientOptions) => {
  const events: R2Event[] = []
  const made = fakeClient(script, { ...options, retry: { maxAttempts: 1 }, onEvent: (event) => events.push(event) })
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
