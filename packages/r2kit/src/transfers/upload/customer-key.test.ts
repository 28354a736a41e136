/** How uploads with a customer's key are verified: the ETag of the object is not its MD5. */
import type { R2Event } from 'r2kit'
import { expect, test, vi } from 'vitest'
import { bucket, partBytes, pattern, uploadHarness } from '#test/support/upload-harness.js'

const bytes = pattern(partBytes + 7)
const ssec = { key: pattern(32) }
const inParts = { thresholdBytes: 1, partSizeBytes: partBytes }
const whole = { thresholdBytes: bytes.byteLength + 1, partSizeBytes: partBytes }

test.each([
  [{}, 'CRC32'],
  [{ checksum: { algorithm: 'SHA256' } }, 'SHA256'],
] as const)('a conditional PUT whose response is lost is found by its checksum (%j)', async (check, verifiedBy) => {
  await using harness = await uploadHarness()
  harness.transport.seen.length = 0
  harness.transport.faultOf = ({ name, index }) => (name === 'PutObject' && index === 0 ? 'lose-response' : undefined)
  const condition = { ifNoneMatch: '*', unknownOutcome: 'equal' } as const
  const result = await harness.r2.transfers.upload(bytes, { bucket, key: 'k', ssec, ...condition, ...check }, whole)
  expect(harness.transport.count('PutObject')).toBe(1)
  expect(result).toMatchObject({ verifiedBy })
})

test.each([
  ['crc32', 'CRC32'],
  ['crc64nvme', 'CRC64NVME'],
] as const)(
  'a completion whose response is lost is found by the checksum of the object (%s)',
  async (integrity, by) => {
    await using harness = await uploadHarness()
    harness.transport.faultOf = ({ name }) => (name === 'CompleteMultipartUpload' ? 'lose-response' : undefined)
    const result = await harness.r2.transfers.upload(bytes, { bucket, key: 'k', ssec, integrity }, inParts)
    expect(result).toMatchObject({ parts: 2, verifiedBy: by })
  },
)

test('a completion without a checksum whose response is lost has an unknown outcome', async () => {
  await using harness = await uploadHarness()
  harness.transport.faultOf = ({ name }) => (name === 'CompleteMultipartUpload' ? 'lose-response' : undefined)
  const input = { bucket, key: 'k', ssec, integrity: 'md5' } as const
  await expect(harness.r2.transfers.upload(bytes, input, inParts)).rejects.toMatchObject({ code: 'OutcomeUnknown' })
})

test('Content-MD5 is reported as the check that no response confirms', async () => {
  const events: R2Event[] = []
  await using harness = await uploadHarness({ onEvent: (event) => void events.push(event) })
  const { multipart, objects, transfers } = harness.r2
  const { uploadPart } = multipart
  const { put } = objects
  vi.spyOn(multipart, 'uploadPart').mockImplementation(async (input, options) => ({
    ...(await uploadPart.call(multipart, input, options)),
    etag: 'opaque',
  }))
  vi.spyOn(objects, 'put').mockImplementation(async (input, options) => ({
    ...(await put.call(objects, input, options)),
    etag: 'opaque',
  }))
  const input = { bucket, key: 'k', ssec, integrity: 'md5' } as const
  expect((await transfers.upload(bytes, input, whole)).verifiedBy).toBeUndefined()
  // The server does not know the ETags.
  await expect(transfers.upload(bytes, input, inParts)).rejects.toMatchObject({ code: 'InvalidPart' })
  expect(events.filter(({ type }) => type === 'integrity.reduced')).toMatchObject([
    { form: 'header', algorithm: 'MD5', fallback: 'content-md5' },
    { form: 'part', algorithm: 'MD5', fallback: 'content-md5' },
  ])
})
