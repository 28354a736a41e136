/** How uploads are guarded: every value of `integrity`, every kind of body, and servers that know checksums or do not. */

import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Body, type Integrity, isR2Error, R2Client, type R2Event } from 'r2kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeResponse, FakeTransport, type SentRequest, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { checksumOf } from '../base/checksums/index.js'
import { storedAlgorithm } from './fields/stored-algorithm.js'

const content = Buffer.from('the bytes of an object')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-integrity-'))
  await writeFile(join(folder, 'file'), content)
})
afterAll(() => rm(folder, { recursive: true }))

/** Makes a body of each kind. */
const bodies: Readonly<Record<string, () => { body: Body; contentLength?: number }>> = {
  bytes: () => ({ body: content }),
  'a Blob': () => ({ body: new Blob([content]) }),
  'a file': () => ({ body: { path: join(folder, 'file') } }),
  'a reopenable source': () => ({ body: { size: content.length, open: () => pieces() } }),
  'a stream': () => ({ body: pieces(), contentLength: content.length }),
}
const kinds = Object.keys(bodies)
const isStream = (kind: string) => kind === 'a stream' || kind === 'a reopenable source'
async function* pieces(): AsyncGenerator<Uint8Array> {
  yield content.subarray(0, 5)
  yield content.subarray(5)
}

const integrities: readonly Integrity[] = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'md5', 'none']

type Refusing = 'refuses 501' | 'refuses 400' | 'refuses 400 without a reason' | 'refuses 403'
type Behaviour = 'repeats' | 'ignores' | 'repeats another' | Refusing
const refusals: Readonly<Record<string, [status: number, code: string, message: string]>> = {
  'refuses 501': [501, 'NotImplemented', 'not implemented'],
  'refuses 400': [400, 'InvalidArgument', "Unsupported header 'x-amz-checksum-crc32' received for this API call."],
  'refuses 400 without a reason': [400, 'InvalidRequest', 'the request is not valid'],
  'refuses 403': [403, 'SignatureDoesNotMatch', 'the signature does not match'],
}

const checksumsOf = ({ headers, trailers }: SentRequest) =>
  Object.keys({ ...headers, ...trailers }).filter((name) => name.startsWith('x-amz-checksum-'))

/** A server that stores nothing, and returns the ETag of the bytes that arrived. */
const serverOf = (behaviour: Behaviour, etagOf = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')) => {
  const transport = new FakeTransport((request): FakeResponse => {
    const [name] = checksumsOf(request)
    const refusal = refusals[behaviour]
    if (name !== undefined && refusal !== undefined) {
      const [status, code, message] = refusal
      return { status, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` }
    }
    const md5 = request.headers['content-md5']
    if (md5 !== undefined) expect(md5).toBe(createHash('md5').update(request.bodyBytes).digest('base64'))
    const other: Record<string, string> =
      behaviour === 'repeats another' && name !== undefined ? { [name]: 'AAAAAA==' } : {}
    return { headers: { etag: `"${etagOf(request.bodyBytes)}"`, ...other } }
  })
  transport.ignoresChecksums = behaviour === 'ignores'
  return transport
}

const clientOf = (transport: FakeTransport, endpoint = 'http://localhost:9000', integrity?: Integrity) => {
  const events: R2Event[] = []
  const r2 = new R2Client({
    endpoint,
    credentials: testCredentials,
    transport,
    integrity,
    clock: new VirtualClock(),
    retry: { maxAttempts: 1 },
    onEvent: (event) => events.push(event),
  })
  const reductions = () => events.filter(({ type }) => type === 'integrity.reduced')
  return { r2, reductions }
}
const r2Endpoint = `https://${'0123456789abcdef'.repeat(2)}.r2.cloudflarestorage.com`
const object = { bucket: 'photos', key: 'cat.jpg' }
const cases = integrities.flatMap((integrity) => kinds.map((kind) => [integrity, kind] as const))

describe.each(cases)('with integrity %s, an upload of %s', (integrity, kind) => {
  const algorithm = storedAlgorithm(integrity)
  const put = (r2: R2Client) =>
    r2.objects.put({ ...object, ...bodies[kind]?.(), body: bodies[kind]?.().body ?? '', integrity })
  /** A one-shot stream has no trailer until the server is known to take it. */
  const sendsChecksum = algorithm !== undefined && kind !== 'a stream'
  const fallback = integrity === 'none' ? undefined : 'etag'

  test('is verified by the checksum that the server repeats', async () => {
    const transport = serverOf('repeats')
    const { r2, reductions } = clientOf(transport)
    expect((await put(r2)).verifiedBy).toBe(sendsChecksum ? algorithm : fallback)
    const [sent] = transport.sent
    expect(sent?.bodyBytes.equals(content)).toBe(true)
    const values = { ...sent?.headers, ...sent?.trailers }
    const name = `x-amz-checksum-${algorithm?.toLowerCase()}`
    if (sendsChecksum) expect(values[name]).toBe(Buffer.from(checksumOf(algorithm, content)).toString('base64'))
    expect(sent?.headers['x-amz-trailer']).toBe(sendsChecksum && isStream(kind) ? name : undefined)
    expect(reductions()).toEqual([])
  })

  test('is verified by the ETag where the server ignores checksums, which is reported and remembered', async () => {
    const transport = serverOf('ignores')
    const { r2, reductions } = clientOf(transport)
    expect((await put(r2)).verifiedBy).toBe(fallback)
    expect((await put(r2)).verifiedBy).toBe(fallback)
    expect(transport.sent.map((request) => checksumsOf(request).length)).toEqual([sendsChecksum ? 1 : 0, 0])
    expect(reductions()).toMatchObject(sendsChecksum ? [{ algorithm, fallback: 'etag' }] : [])
  })

  test.each<Refusing>(['refuses 501', 'refuses 400', 'refuses 400 without a reason', 'refuses 403'])(
    'is sent again with its MD5 to a server that %s',
    async (behaviour) => {
      const transport = serverOf(behaviour)
      const { r2, reductions } = clientOf(transport)
      expect((await put(r2)).verifiedBy).toBe(fallback)
      expect(transport.sent).toHaveLength(sendsChecksum ? 2 : 1)
      await put(r2)
      expect(transport.sent).toHaveLength(sendsChecksum ? 3 : 2)
      expect(reductions()).toMatchObject(sendsChecksum ? [{ algorithm, fallback: 'etag' }] : [])
    },
  )

  test('fails with IntegrityMismatch where the server repeats another checksum', async () => {
    const { r2 } = clientOf(serverOf('repeats another'))
    if (sendsChecksum) expect(await errorOf(put(r2))).toMatchObject({ code: 'IntegrityMismatch' })
    else expect((await put(r2)).verifiedBy).toBe(fallback)
  })

  test('fails with IntegrityMismatch where the ETag is the MD5 of other bytes, and no checksum is repeated', async () => {
    const { r2 } = clientOf(serverOf('ignores', () => '0'.repeat(32)))
    if (integrity === 'none') expect((await put(r2)).verifiedBy).toBeUndefined()
    else expect(await errorOf(put(r2))).toMatchObject({ code: 'IntegrityMismatch' })
  })

  test('is reported as unverified where neither checksum nor ETag shows anything', async () => {
    const { r2, reductions } = clientOf(serverOf('ignores', () => 'opaque'))
    expect((await put(r2)).verifiedBy).toBeUndefined()
    const sendsMd5 = integrity === 'md5' && !isStream(kind)
    expect(reductions()).toMatchObject(integrity === 'none' ? [] : [{ fallback: sendsMd5 ? 'content-md5' : 'none' }])
  })
})

describe('a stream', () => {
  const put = (r2: R2Client) => r2.objects.put({ ...object, body: pieces(), contentLength: content.length })

  test('has a trailer from the first one on R2', async () => {
    const transport = serverOf('repeats')
    const { r2 } = clientOf(transport, r2Endpoint)
    expect((await put(r2)).verifiedBy).toBe('CRC32')
    expect(transport.sent[0]?.headers).toMatchObject({
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': String(content.length),
      'x-amz-trailer': 'x-amz-checksum-crc32',
      authorization: expect.stringMatching(
        /;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-trailer/,
      ),
    })
  })

  test('keeps the content coding of the object before that of the transfer', async () => {
    const transport = serverOf('repeats')
    const { r2 } = clientOf(transport, r2Endpoint)
    await r2.objects.put({ ...object, body: pieces(), contentLength: content.length, contentEncoding: 'gzip' })
    expect(transport.sent[0]?.headers['content-encoding']).toBe('gzip,aws-chunked')
  })

  test('has a trailer after a response has shown that the server is R2', async () => {
    const transport = new FakeTransport(({ bodyBytes }) => ({
      headers: {
        etag: `"${createHash('md5').update(bodyBytes).digest('hex')}"`,
        server: 'cloudflare',
        'cf-ray': '9a28f4dc0d2c1e55-FRA',
      },
    }))
    const { r2 } = clientOf(transport, 'https://files.example.com')
    expect((await put(r2)).verifiedBy).toBe('etag')
    expect((await put(r2)).verifiedBy).toBe('CRC32')
  })

  test('is compared with the ETag where a server that is taken for R2 ignores its trailer', async () => {
    const transport = serverOf('ignores')
    const { r2, reductions } = clientOf(transport, r2Endpoint)
    expect((await put(r2)).verifiedBy).toBe('etag')
    expect(reductions()).toMatchObject([{ form: 'trailer', algorithm: 'CRC32', fallback: 'etag' }])
  })

  test.each([
    ['refuses 501', 'NotImplemented'],
    ['refuses 400', 'BadRequest'],
  ] as const)('fails at a server that %s, if it cannot be read again; the next one has none', async (server, code) => {
    const { r2, reductions } = clientOf(serverOf(server), r2Endpoint)
    expect(await errorOf(put(r2))).toMatchObject({ code, retryable: false })
    expect((await put(r2)).verifiedBy).toBe('etag')
    expect(reductions()).toMatchObject([{ form: 'trailer', fallback: 'etag' }])
  })

  test('that can be opened again is sent without its trailer where a server cannot verify its signature', async () => {
    const transport = serverOf('refuses 403')
    const { r2 } = clientOf(transport)
    const body = { size: content.length, open: pieces }
    expect((await r2.objects.put({ ...object, body })).verifiedBy).toBe('etag')
    expect(transport.sent).toHaveLength(2)
  })
})

describe('a refusal', () => {
  test('by a server that has confirmed the checksum before is the error of the call', async () => {
    const transport = new FakeTransport((_, number) => (number === 1 ? { headers: { etag: '"e"' } } : { status: 501 }))
    const { r2 } = clientOf(transport)
    await r2.objects.put({ ...object, body: 'x' })
    expect(await errorOf(r2.objects.put({ ...object, body: 'x' }))).toMatchObject({ code: 'NotImplemented' })
    expect(transport.sent).toHaveLength(2)
  })

  test('of the write without its checksum too is the error of the call, and is not remembered', async () => {
    const transport = new FakeTransport(() => ({ status: 501 }))
    const { r2, reductions } = clientOf(transport)
    expect(await errorOf(r2.objects.put({ ...object, body: 'x' }))).toMatchObject({ code: 'NotImplemented' })
    expect(transport.sent).toHaveLength(2)
    expect(reductions()).toEqual([])
  })
})

describe('the fields of a call', () => {
  const bodyOf = (fields: object) => ({ ...object, body: 'x', ...fields })
  test.each([
    [{ integrity: 'crc32', contentMd5: 'CY9rzUYh03PK3k6DJie09g==' }, 'integrity cannot be used beside contentMd5'],
    [{ integrity: 'crc32', checksum: { algorithm: 'CRC32' } }, 'integrity cannot be used beside checksum'],
    [{ integrity: 'crc32', verify: false }, "verify is false beside integrity 'crc32'"],
    [{ integrity: 'sha256', verify: false }, "verify is false beside integrity 'sha256'"],
    [{ integrity: 'none', verify: true }, "verify is true beside integrity 'none'"],
    [{ integrity: 'crc23' }, "integrity must be one of 'crc32'"],
  ])('%j are rejected before anything is sent', async (fields, message) => {
    const transport = serverOf('repeats')
    const { r2 } = clientOf(transport)
    const error = await errorOf(r2.objects.put(bodyOf(fields)))
    expect(isR2Error(error, 'InvalidInput') && error.message).toContain(message)
    expect(transport.sent).toEqual([])
  })

  test.each(['sha1', 'sha256'] as const)(
    'with %s for a part are rejected before anything is sent',
    async (integrity) => {
      const transport = serverOf('repeats')
      const { r2 } = clientOf(transport)
      const part = { ...object, uploadId: 'upload', partNumber: 1, body: 'x', integrity }
      expect(await errorOf(r2.multipart.uploadPart(part))).toMatchObject({ code: 'InvalidInput', field: 'integrity' })
      expect(transport.sent).toEqual([])
    },
  )

  test('verify: false sends no checksum and verifies nothing', async () => {
    const transport = serverOf('repeats')
    const { r2 } = clientOf(transport)
    expect((await r2.objects.put(bodyOf({ verify: false }))).verifiedBy).toBeUndefined()
    expect(transport.sent.flatMap(checksumsOf)).toEqual([])
  })

  test("verify: false of a call has precedence over the client's check", async () => {
    const transport = serverOf('repeats')
    const { r2 } = clientOf(transport, undefined, 'sha256')
    expect((await r2.objects.put(bodyOf({ verify: false }))).verifiedBy).toBeUndefined()
    expect((await r2.objects.put(bodyOf({ verify: true }))).verifiedBy).toBe('SHA256')
  })

  test.each([true, false])("verify: %s has no effect beside a checksum of the caller's", async (verify) => {
    const { r2 } = clientOf(serverOf('repeats'))
    const input = bodyOf({ verify, checksum: { algorithm: 'SHA256' } })
    expect((await r2.objects.put(input)).verifiedBy).toBe('SHA256')
  })

  test("verify: true sends a checksum where the client's check is none", async () => {
    const { r2 } = clientOf(serverOf('repeats'), undefined, 'none')
    expect((await r2.objects.put(bodyOf({ verify: true }))).verifiedBy).toBe('CRC32')
  })

  test("a checksum of the caller's is reported where the server repeats it", async () => {
    const { r2 } = clientOf(serverOf('repeats'))
    expect((await r2.objects.put(bodyOf({ checksum: { algorithm: 'SHA1' } }))).verifiedBy).toBe('SHA1')
  })
})

test('bytes of more than 1 MiB are signed by their checksum, shorter ones by their SHA-256', async () => {
  const transport = serverOf('repeats')
  const { r2 } = clientOf(transport)
  await r2.objects.put({ ...object, body: new Uint8Array(1024 * 1024) })
  await r2.objects.put({ ...object, body: new Uint8Array(1024 * 1024 + 1) })
  const [signed, unsigned] = transport.sent.map(({ headers }) => headers)
  expect(signed?.['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/)
  expect(unsigned?.['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD')
  expect(unsigned?.authorization).toContain(';x-amz-checksum-crc32;')
})

test('a part has its checksum in a header, with a memory of its own', async () => {
  const transport = serverOf('repeats')
  const { r2 } = clientOf(transport)
  const part = await r2.multipart.uploadPart({ ...object, uploadId: 'upload', partNumber: 1, body: content })
  expect(part.verifiedBy).toBe('CRC32')
  expect(transport.sent[0]?.headers['x-amz-checksum-crc32']).toBe(
    Buffer.from(checksumOf('CRC32', content)).toString('base64'),
  )
})

test('a Blob that is read for its checksum is read no further once the client is disposed', async () => {
  const { r2 } = clientOf(serverOf('repeats'))
  let reads = 0
  const stream = () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await r2.dispose()
        controller.enqueue(content.subarray(reads, ++reads))
      },
    })
  const body = Object.assign(new Blob([content]), { stream })
  expect(await errorOf(r2.objects.put({ ...object, body }))).toMatchObject({ code: 'ClientClosed' })
  expect(reads).toBeLessThan(4)
})
