/** How uploads are verified: by each check, and on servers that ignore or refuse it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Integrity, R2Event } from 'r2kit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '#test/support/upload-harness.js'
import { checksumOf } from '../../base/checksums/index.js'
import type { UploadInput, UploadOptions, UploadSource } from './options.js'

let harness: UploadHarness
let folder: string
let path: string
const bytes = pattern(2 * partBytes + 7)

beforeAll(async () => {
  harness = await uploadHarness()
  folder = await mkdtemp(join(tmpdir(), 'r2kit-integrity-'))
  path = join(folder, 'source')
  await writeFile(path, bytes)
})
afterAll(async () => {
  await harness[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const inParts = { thresholdBytes: 1, partSizeBytes: partBytes } satisfies UploadOptions
const run = (
  { r2, transport }: UploadHarness,
  source: UploadSource,
  input: Partial<UploadInput>,
  options: UploadOptions = inParts,
) => {
  transport.seen.length = 0
  return r2.transfers.upload(source, { bucket, key: 'k', ...input }, options)
}
const upload = (source: UploadSource, input: Partial<UploadInput>, options?: UploadOptions) =>
  run(harness, source, input, options)

async function* stream(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 1_000_003) yield bytes.subarray(at, at + 1_000_003)
}
const sources: Record<string, () => UploadSource> = {
  file: () => ({ path }),
  bytes: () => bytes,
  Blob: () => new Blob([bytes.slice()]),
  stream,
}
const base64 = (of: Uint8Array): string => Buffer.from(of).toString('base64')
/** Values of a header in the requests of one kind, by part. */
const sentIn = (name: string, header: string, { transport } = harness) =>
  transport.seen
    .filter((seen) => seen.name === name)
    .sort((a, b) => (a.partNumber ?? 0) - (b.partNumber ?? 0))
    .map(({ request }) => request.headers[header])
const partsOf = (algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME') =>
  [0, 1, 2].map((part) => base64(checksumOf(algorithm, bytes.subarray(part * partBytes, (part + 1) * partBytes))))

describe.each(Object.entries(sources))('the parts of a %s', (_, source) => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('are sent with their %s, which R2 stores', async (algorithm) => {
    const integrity = algorithm.toLowerCase() as Integrity
    const result = await upload(source(), { integrity })
    expect(sentIn('UploadPart', `x-amz-checksum-${integrity}`)).toEqual(partsOf(algorithm))
    expect(result.verifiedBy).toBe(algorithm)
    const { checksum } = await harness.r2.objects.head({ bucket, key: 'k' })
    expect(checksum?.type).toBe(algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
    expect(result.checksum?.value).toBe(checksum?.value)
    if (algorithm === 'CRC64NVME') expect(checksum?.value).toBe(base64(checksumOf(algorithm, bytes)))
    expect(Buffer.compare(await harness.read('k'), bytes)).toBe(0)
  })

  test('are sent with Content-MD5 for the check md5', async () => {
    const result = await upload(source(), { integrity: 'md5' })
    expect(sentIn('UploadPart', 'content-md5').every((md5) => md5?.length === 24)).toBe(true)
    expect(result).toMatchObject({ verifiedBy: 'etag', checksum: undefined })
  })

  test.each([{ integrity: 'none' }, { verify: false }] as const)('are sent without a check for %j', async (input) => {
    const result = await upload(source(), input)
    expect(sentIn('UploadPart', 'x-amz-checksum-crc32')).toEqual([undefined, undefined, undefined])
    expect(result).toMatchObject({ verifiedBy: undefined, checksum: undefined })
  })
})

test('the check of the client applies to uploads that choose none', async () => {
  await using other = await uploadHarness({ integrity: 'crc64nvme' })
  expect((await run(other, bytes, {})).verifiedBy).toBe('CRC64NVME')
  expect((await run(other, bytes, { integrity: 'crc32c' })).verifiedBy).toBe('CRC32C')
  expect((await run(other, bytes, { verify: false })).verifiedBy).toBeUndefined()
})

describe('an upload in one request', () => {
  const whole = { thresholdBytes: bytes.byteLength + 1, partSizeBytes: 3 * partBytes } satisfies UploadOptions

  test.each(Object.entries(sources))('of a %s is sent with its checksum, which R2 stores', async (_, source) => {
    for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      const value = base64(checksumOf(algorithm, bytes))
      const result = await upload(source(), { integrity: algorithm.toLowerCase() as Integrity }, whole)
      expect(sentIn('PutObject', `x-amz-checksum-${algorithm.toLowerCase()}`)).toEqual([value])
      expect(result).toMatchObject({ parts: 1, verifiedBy: algorithm, checksum: { algorithm, value } })
    }
    expect((await upload(source(), { integrity: 'md5' }, whole)).verifiedBy).toBe('etag')
    expect(sentIn('PutObject', 'content-md5')[0]).toHaveLength(24)
    expect((await upload(source(), { integrity: 'none' }, whole)).verifiedBy).toBeUndefined()
  })

  test('of a file is sent with a checksum whose value the caller omits', async () => {
    const result = await upload({ path }, { checksum: { algorithm: 'SHA256' } }, whole)
    expect(result).toMatchObject({ verifiedBy: 'SHA256', checksum: { value: base64(checksumOf('SHA256', bytes)) } })
  })

  test('that ends without a response is compared by an MD5 that is computed only then', async () => {
    const input = { key: 'lost', ifNoneMatch: '*', unknownOutcome: 'equal' } as const
    harness.transport.faultOf = ({ name, index }) => (name === 'PutObject' && index === 0 ? 'lose-response' : undefined)
    const result = await upload({ path }, input, whole)
    harness.transport.faultOf = () => undefined
    expect(harness.transport.count('PutObject')).toBe(1)
    expect(result).toMatchObject({ verifiedBy: 'etag', checksum: { algorithm: 'CRC32' } })
  })
})

test.each(['sha1', 'sha256'] as const)(
  '%s in parts is rejected before any request, with the choices',
  async (integrity) => {
    const rejected = { code: 'InvalidInput', field: 'integrity', hint: expect.stringContaining("'crc64nvme'") }
    for (const source of Object.values(sources))
      await expect(upload(source(), { integrity })).rejects.toMatchObject(rejected)
    expect(harness.transport.seen).toEqual([])
  },
)

test.each([
  [{ integrity: 'crc32', checksum: { algorithm: 'CRC64NVME' } }, 'integrity'],
  [{ integrity: 'md5', contentMd5: 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'integrity'],
  [{ integrity: 'crc32', verify: false }, 'verify'],
] as const)('the contradiction %j is rejected', async (input, field) => {
  await expect(upload(bytes, input)).rejects.toMatchObject({ code: 'InvalidInput', field })
  expect(harness.transport.seen).toEqual([])
})

test('the checksum of all bytes that the caller knows is compared with that of the parts', async () => {
  const value = base64(checksumOf('CRC64NVME', bytes))
  expect((await upload({ path }, { checksum: { algorithm: 'CRC64NVME', value } })).checksum?.value).toBe(value)
  const wrong = { algorithm: 'CRC64NVME', value: 'AAAAAAAAAAA=' } as const
  for (const input of [{ checksum: wrong }, { checksum: wrong, verify: false }])
    await expect(upload({ path }, input)).rejects.toMatchObject({ code: 'IntegrityMismatch' })
  expect(await harness.pending()).toBe(0)
})

describe('a server', () => {
  const observed = async () => {
    const events: R2Event[] = []
    const other = await uploadHarness({ onEvent: (event) => void events.push(event) })
    const reductions = () => events.filter(({ type }) => type === 'integrity.reduced')
    return { other, reductions }
  }
  const whole = { thresholdBytes: bytes.byteLength + 1, partSizeBytes: 3 * partBytes } satisfies UploadOptions

  test.each(Object.entries(sources))(
    'that ignores the checksums of parts is compared by ETag, and is sent no more of them (%s)',
    async (_, source) => {
      const { other, reductions } = await observed()
      await using _disposed = other
      const { multipart } = other.r2
      const uploadPart = multipart.uploadPart.bind(multipart)
      vi.spyOn(multipart, 'uploadPart').mockImplementation(async ({ checksum: _, ...input }, options) => ({
        ...(await uploadPart(input, options)),
        checksum: undefined,
      }))
      expect((await run(other, source(), {})).verifiedBy).toBe('CRC32')
      expect((await run(other, source(), {})).verifiedBy).toBe('etag')
      expect(sentIn('CreateMultipartUpload', 'x-amz-checksum-algorithm', other)).toEqual([undefined])
      expect(reductions()).toMatchObject([{ form: 'part', algorithm: 'CRC32', fallback: 'etag' }])
      expect(Buffer.compare(await other.read('k'), bytes)).toBe(0)
      // A wrong bit is still detected.
      other.transport.faultOf = ({ name, partNumber }) =>
        name === 'UploadPart' && partNumber === 2 ? 'corrupt' : undefined
      await expect(run(other, source(), {})).rejects.toMatchObject({ code: 'IntegrityMismatch' })
    },
  )

  test('that ignores checksums from the start is compared by the MD5 of bytes that are read again', async () => {
    const { other, reductions } = await observed()
    await using _disposed = other
    const { multipart, objects } = other.r2
    const [uploadPart, create, put] = [multipart.uploadPart, multipart.create, objects.put]
    vi.spyOn(multipart, 'create').mockImplementation(({ checksumAlgorithm: _, checksumType: _t, ...input }, options) =>
      create.call(multipart, input, options),
    )
    vi.spyOn(multipart, 'uploadPart').mockImplementation(({ checksum: _, ...input }, options) =>
      uploadPart.call(multipart, input, options),
    )
    vi.spyOn(objects, 'put').mockImplementation(({ checksum: _, ...input }, options) =>
      put.call(objects, input, options),
    )
    other.transport.faultOf = ({ name, partNumber, index }) =>
      (name === 'UploadPart' && partNumber === 1 && index < 3) || (name === 'PutObject' && index === 0)
        ? 'corrupt'
        : undefined
    const result = await run(other, { path }, {})
    expect(result).toMatchObject({ verifiedBy: 'etag', checksum: undefined })
    expect(other.transport.count('UploadPart')).toBe(4)
    expect(Buffer.compare(await other.read('k'), bytes)).toBe(0)
    expect((await run(other, { path }, {}, whole)).verifiedBy).toBe('etag')
    expect(other.transport.count('PutObject')).toBe(2)
    expect(Buffer.compare(await other.read('k'), bytes)).toBe(0)
    expect(reductions()).toMatchObject([
      { form: 'part', fallback: 'etag' },
      { form: 'header', fallback: 'etag' },
    ])
  })

  test.each([
    { status: 501, code: 'NotImplemented' },
    { status: 400, code: 'InvalidRequest' },
    { status: 403, code: 'SignatureDoesNotMatch' },
    { status: 500, code: 'InternalError' },
  ])('that refuses checksums with $status $code receives the bodies without them', async (refusal) => {
    const { other, reductions } = await observed()
    await using _disposed = other
    other.transport.faultOf = ({ request: { headers } }) =>
      'x-amz-checksum-crc32' in headers || 'x-amz-checksum-algorithm' in headers ? refusal : undefined
    for (const source of [{ path }, bytes, stream()]) {
      const result = await run(other, source, {})
      // The checksum of the whole proves the parts of an upload that was created with it.
      expect(result.verifiedBy).toBe(result.checksum === undefined ? 'etag' : 'CRC32')
      expect(Buffer.compare(await other.read('k'), bytes)).toBe(0)
    }
    expect(sentIn('UploadPart', 'x-amz-checksum-crc32', other)).toEqual([undefined, undefined, undefined])
    expect((await run(other, { path }, {}, whole)).verifiedBy).toBe('etag')
    expect((await run(other, { path }, {}, whole)).verifiedBy).toBe('etag')
    expect(other.transport.count('PutObject')).toBe(1)
    const reason = expect.stringContaining(`refused x-amz-checksum-crc32 with ${refusal.code}`)
    expect(reductions()).toMatchObject([
      { form: 'upload', algorithm: 'CRC32', fallback: 'parts', reason: expect.stringContaining(refusal.code) },
      { form: 'part', algorithm: 'CRC32', fallback: 'etag', reason },
      { form: 'header', algorithm: 'CRC32', fallback: 'etag', reason },
    ])
    expect(await other.pending()).toBe(0)
  })

  test('that fails parts now and then is not taken for one that refuses their checksum', async () => {
    const { other, reductions } = await observed()
    await using _disposed = other
    // In no row are there three.
    other.transport.faultOf = ({ name, partNumber, index }) => {
      if (name !== 'UploadPart' || partNumber !== 1 || index > 9) return undefined
      return index % 3 === 2 ? { status: 503, code: 'ServiceUnavailable' } : { status: 500, code: 'InternalError' }
    }
    expect((await run(other, bytes.subarray(0, partBytes), {})).verifiedBy).toBe('CRC32')
    expect(reductions()).toEqual([])
  })

  test('that has repeated a checksum before is not taken for one that refuses it', async () => {
    const { other, reductions } = await observed()
    await using _disposed = other
    await run(other, bytes, {})
    other.transport.faultOf = ({ name }) => (name === 'UploadPart' ? { status: 403, code: 'AccessDenied' } : undefined)
    await expect(run(other, bytes, {})).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(sentIn('UploadPart', 'x-amz-checksum-crc32', other)).not.toContain(undefined)
    expect(reductions()).toEqual([])
  })

  test('that refuses every part, with or without a checksum, reports its own error', async () => {
    const { other, reductions } = await observed()
    await using _disposed = other
    other.transport.faultOf = ({ name }) => (name === 'UploadPart' ? { status: 403, code: 'AccessDenied' } : undefined)
    await expect(run(other, bytes, {})).rejects.toMatchObject({ code: 'AccessDenied' })
    expect(reductions()).toEqual([])
    expect(await other.pending()).toBe(0)
  })

  test('that refuses to create an upload with a checksum is asked once, which is reported', async () => {
    const { other, reductions } = await observed()
    await using _disposed = other
    other.transport.faultOf = ({ name, request }) =>
      name === 'CreateMultipartUpload' && request.headers['x-amz-checksum-algorithm'] !== undefined
        ? { status: 501, code: 'NotImplemented' }
        : undefined
    let created = 0
    for (const key of ['a', 'b']) {
      const result = await run(other, bytes, { key })
      created += other.transport.count('CreateMultipartUpload')
      expect(result).toMatchObject({ parts: 3, checksum: undefined, verifiedBy: 'CRC32' })
    }
    expect(created).toBe(3)
    expect(reductions()).toMatchObject([
      {
        form: 'upload',
        algorithm: 'CRC32',
        fallback: 'parts',
        reason: 'it refused the checksum of the whole object with NotImplemented',
      },
    ])
  })

  test.each(['crc32', 'crc64nvme'] as const)(
    'that refuses %s only in the completion gets one without it, which is reported',
    async (integrity) => {
      const { other, reductions } = await observed()
      await using _disposed = other
      other.transport.faultOf = ({ name, request }) =>
        name === 'CompleteMultipartUpload' &&
        (request.headers['x-amz-checksum-crc64nvme'] !== undefined || textOf(request.body).includes('<ChecksumCRC32>'))
          ? { status: 400, code: 'InvalidRequest' }
          : undefined
      const { checksum } = await run(other, bytes, { integrity })
      expect(other.transport.count('CompleteMultipartUpload')).toBe(2)
      expect(checksum?.algorithm).toBe(integrity.toUpperCase())
      expect(reductions()).toMatchObject([{ form: 'upload', algorithm: integrity.toUpperCase(), fallback: 'parts' }])
    },
  )
})

test('CompleteMultipartUpload lists the CRC-32 of each part', async () => {
  await upload(bytes, {})
  const completion = harness.transport.seen.find(({ name }) => name === 'CompleteMultipartUpload')
  const listed = [...textOf(completion?.request.body).matchAll(/<ChecksumCRC32>([^<]+)</g)].map(([, value]) => value)
  expect(listed).toEqual(partsOf('CRC32'))
})

test('CompleteMultipartUpload carries the CRC64NVME of the whole object', async () => {
  await upload(bytes, { integrity: 'crc64nvme' })
  const [value] = sentIn('CompleteMultipartUpload', 'x-amz-checksum-crc64nvme')
  expect(value).toBe(base64(checksumOf('CRC64NVME', bytes)))
})

test('a file whose bytes change between their two readings is sent with the checksum of the new ones, and fails as changed', async () => {
  const changing = join(folder, 'changing')
  await writeFile(changing, bytes)
  harness.transport.faultOf = ({ name, partNumber, index }) =>
    name === 'UploadPart' && partNumber === 2 && index < 3
      ? writeFile(changing, pattern(bytes.byteLength, 9)).then(() => undefined)
      : undefined
  await expect(upload({ path: changing }, {})).rejects.toMatchObject({ code: 'SourceChanged' })
  harness.transport.faultOf = () => undefined
  expect(await harness.pending()).toBe(0)
})

const textOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'bytes' in body ? Buffer.from(body.bytes as Uint8Array).toString() : ''

test.each([
  [{ checksum: { algorithm: 'CRC64NVME', value: 'AAAA' } } as const, 'checksum.value'],
  [{ contentMd5: 'AAAA' }, 'contentMd5'],
  [{ integrity: 'none', verify: true } as const, 'verify'],
])('%j is rejected before anything is sent', async (input, field) => {
  await expect(upload(bytes, input)).rejects.toMatchObject({ code: 'InvalidInput', field })
  expect(harness.transport.seen).toEqual([])
})
