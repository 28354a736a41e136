/** Reads of whole objects are verified by the checksum that is stored with them. */
import { type Integrity, R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import {
  type FakeResponse,
  FakeTransport,
  objectHeaders,
  streamOf,
  testCredentials,
} from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { type ChecksumAlgorithm, checksumAlgorithms, checksumOf } from '../../base/checksums/index.js'
import { R2Error } from '../../errors/index.js'

const content = Buffer.from('the bytes of an object')
const flipped = Buffer.from('the bytes of am object')
const object = { bucket: 'photos', key: 'cat.jpg' }

const stored = (algorithm: ChecksumAlgorithm) => ({
  [`x-amz-checksum-${algorithm.toLowerCase()}`]: Buffer.from(checksumOf(algorithm, content)).toString('base64'),
})
const found = (bytes: Buffer, headers: Record<string, string>): FakeResponse => ({
  headers: objectHeaders(bytes.length, headers),
  body: bytes,
})

const clientOf = (script: (number: number) => FakeResponse | Error, integrity?: Integrity) => {
  const transport = new FakeTransport((_, number) => script(number))
  const clock = new VirtualClock()
  const r2 = new R2Client({
    endpoint: 'http://localhost:9000',
    credentials: testCredentials,
    transport,
    clock,
    integrity,
  })
  return { r2, transport, clock }
}

const text = async (r2: R2Client, options = {}): Promise<string> => {
  const { body } = await r2.objects.getStream({ ...object, ...options })
  let read = ''
  for await (const chunk of body) read += Buffer.from(chunk).toString()
  return read
}

describe.each(checksumAlgorithms)('an object that is stored with %s', (algorithm) => {
  test('is read whole where the bytes are those that were stored', async () => {
    const { r2 } = clientOf(() => found(content, stored(algorithm)))
    expect((await r2.objects.get(object)).text()).toBe(String(content))
    expect(await text(r2)).toBe(String(content))
  })

  test('is requested again where a bit was flipped on the way', async () => {
    const { r2, transport, clock } = clientOf((number) => found(number === 1 ? flipped : content, stored(algorithm)))
    expect((await clock.run(r2.objects.get(object))).text()).toBe(String(content))
    expect(transport.sent).toHaveLength(2)
  })

  test('fails at the end of a stream where a bit was flipped on the way', async () => {
    const { r2, transport } = clientOf(() => found(flipped, stored(algorithm)))
    expect(await errorOf(text(r2))).toMatchObject({ code: 'IntegrityMismatch', operation: 'GetObject', ...object })
    expect(transport.sent).toHaveLength(1)
  })
})

test('a stream that breaks off and resumes has one checksum over all of its bytes', async () => {
  const script = (rest: Buffer) => (number: number) =>
    number === 1
      ? {
          headers: objectHeaders(content.length, stored('CRC32')),
          body: streamOf(content.subarray(0, 10), new R2Error('StreamInterrupted', 'the connection broke')),
        }
      : {
          status: 206,
          headers: objectHeaders(rest.length, { 'content-range': `bytes 10-${content.length - 1}/${content.length}` }),
          body: streamOf(rest),
        }
  const whole = clientOf(script(content.subarray(10)))
  expect(await whole.clock.run(text(whole.r2))).toBe(String(content))
  const broken = clientOf(script(flipped.subarray(10)))
  expect(await broken.clock.run(errorOf(text(broken.r2)))).toMatchObject({ code: 'IntegrityMismatch' })
})

test('a stream that does not resume is verified too', async () => {
  const { r2 } = clientOf(() => found(flipped, stored('CRC32')))
  const { body } = await r2.objects.getStream(object, { resume: false })
  expect(await errorOf(new Response(body).arrayBuffer())).toMatchObject({ code: 'IntegrityMismatch' })
})

describe('nothing is compared', () => {
  const ofOtherBytes = stored('CRC32')

  test('with verify: false, or where the integrity of the client is none', async () => {
    const { r2 } = clientOf(() => found(flipped, ofOtherBytes))
    expect((await r2.objects.get({ ...object, verify: false })).text()).toBe(String(flipped))
    expect(await text(r2, { verify: false })).toBe(String(flipped))
    const unverified = clientOf(() => found(flipped, ofOtherBytes), 'none').r2
    expect((await unverified.objects.get(object)).text()).toBe(String(flipped))
    expect(await text(unverified)).toBe(String(flipped))
  })

  test('for a range', async () => {
    const range = { 'content-range': `bytes 0-4/${content.length}`, ...ofOtherBytes }
    const { r2 } = clientOf(() => ({ status: 206, headers: objectHeaders(5, range), body: content.subarray(0, 5) }))
    expect((await r2.objects.get({ ...object, range: { offset: 0, length: 5 } })).text()).toBe('the b')
    expect(await text(r2, { range: { offset: 0, length: 5 } })).toBe('the b')
  })

  test.each([
    ['a checksum over the checksums of parts', { 'x-amz-checksum-crc32': 'AAAAAA==-2' }],
    ['a checksum of type COMPOSITE', { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'COMPOSITE' }],
  ])('with %s', async (_, headers: Record<string, string>) => {
    const { r2 } = clientOf(() => found(content, headers))
    expect((await r2.objects.get(object)).text()).toBe(String(content))
    expect(await text(r2)).toBe(String(content))
  })

  test('for an object that R2 decompresses on its way, whose response has no length or a weak ETag', async () => {
    const { r2 } = clientOf(() => found(flipped, { ...ofOtherBytes, etag: 'W/"0123456789abcdef0123456789abcdef"' }))
    expect((await r2.objects.get(object)).text()).toBe(String(flipped))
    expect(await text(r2)).toBe(String(flipped))
    const { 'content-length': _, ...headers } = objectHeaders(0, { ...ofOtherBytes, 'transfer-encoding': 'chunked' })
    const unannounced = clientOf(() => ({ headers, body: flipped }))
    expect((await unannounced.r2.objects.get(object)).text()).toBe(String(flipped))
  })

  test('for a 304, which has the checksum of the object and no body', async () => {
    const { r2 } = clientOf(() => ({ status: 304, headers: { etag: '"e"', ...ofOtherBytes } }))
    expect(await errorOf(r2.objects.get({ ...object, ifNoneMatch: 'e' }))).toMatchObject({ code: 'NotModified' })
    expect(await errorOf(text(r2, { ifNoneMatch: 'e' }))).toMatchObject({ code: 'NotModified' })
  })
})

test("verify: true compares the bytes where the client's check is none", async () => {
  const { r2, clock } = clientOf(() => found(flipped, stored('CRC32')), 'none')
  const verified = { ...object, verify: true }
  expect(await errorOf(clock.run(r2.objects.get(verified)))).toMatchObject({ code: 'IntegrityMismatch' })
  expect(await errorOf(text(r2, verified))).toMatchObject({ code: 'IntegrityMismatch' })
})

test.each(['x-amz-checksum-sha256', 'x-amz-checksum-crc32'])(
  'a %s that no bytes have is no proof, and fails no read',
  async (name) => {
    const { r2 } = clientOf(() => found(content, { [name]: 'AAAAAAAA' }))
    expect((await r2.objects.get(object)).text()).toBe(String(content))
    expect(await text(r2)).toBe(String(content))
  },
)
