/** Conditional writes whose responses are lost, on a real server and socket: resolved, or reported as unknown. */
import { describe, expect, test } from 'vitest'
import type { Fault } from '../support/faulty-transport.js'
import { errorOf } from '../support/results.js'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '../support/upload-harness.js'

const stored: readonly [string, Fault][] = [
  ['the connection was reset', 'lose-response'],
  ['the response was 500', { status: 500, code: 'InternalError', acts: true }],
]
const notStored: readonly [string, Fault][] = [
  ['the request was lost', 'lose-request'],
  ['the server returned 503', { status: 503, code: 'ServiceUnavailable' }],
]
const object = { bucket, key: 'key' }
const ssec = { key: new Uint8Array(32).fill(7) }

/** Injects the fault into the first request of this name. */
const injectFault = (harness: UploadHarness, name: string, fault: Fault) => {
  harness.transport.seen.length = 0
  harness.transport.faultOf = (seen) => (seen.name === name && seen.index === 0 ? fault : undefined)
}

const names = (harness: UploadHarness) => harness.transport.seen.map(({ name }) => name)

/** The content identifies its writer, so an equal object was stored by this call. */
const unknownOutcome = 'equal'

describe('put', () => {
  test.each(stored)('a put that was stored succeeds although %s', async (_, fault) => {
    await using harness = await uploadHarness()
    injectFault(harness, 'PutObject', fault)
    const metadata = { owner: 'grüße' }
    const { etag } = await harness.r2.objects.put({
      ...object,
      body: 'mine',
      metadata,
      ifNoneMatch: '*',
      unknownOutcome,
    })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject'])
    injectFault(harness, 'PutObject', fault)
    await harness.r2.objects.put({ ...object, body: 'mine too', ifMatch: etag })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject'])
    expect(new TextDecoder().decode(await harness.read('key'))).toBe('mine too')
  })

  test.each(notStored)('a put that was not stored because %s is sent again', async (_, fault) => {
    await using harness = await uploadHarness()
    injectFault(harness, 'PutObject', fault)
    await harness.r2.objects.put({ ...object, body: new Blob(['mine']), ifNoneMatch: '*' })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject', 'PutObject'])
  })

  test('a put with a customer key whose response was lost fails with OutcomeUnknown', async () => {
    await using harness = await uploadHarness()
    injectFault(harness, 'PutObject', 'lose-response')
    const error = await errorOf(harness.r2.objects.put({ ...object, body: 'mine', ssec, ifNoneMatch: '*' }))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', operation: 'PutObject', ...object })
    expect((await harness.r2.objects.get({ ...object, ssec })).text()).toBe('mine')
  })
})

describe('copy', () => {
  const injectCopyFault = (harness: UploadHarness, fault: Fault) => injectFault(harness, 'PutObject', fault)

  test.each(stored)('a copy of a source with sourceIfMatch succeeds although %s', async (_, fault) => {
    await using harness = await uploadHarness()
    const source = { bucket, key: 'source' }
    const { etag } = await harness.r2.objects.put({ ...source, body: 'bytes' })
    injectCopyFault(harness, fault)
    const copied = await harness.r2.objects.copy({
      ...object,
      source,
      sourceIfMatch: etag,
      ifNoneMatch: '*',
      unknownOutcome,
    })
    expect(copied.etag).toBe(etag)
    expect(copied.lastModified).toBeInstanceOf(Date)
    expect(names(harness)).toEqual(['PutObject', 'HeadObject'])
  })

  test('a copy is identified by its new metadata', async () => {
    await using harness = await uploadHarness()
    const source = { bucket, key: 'source' }
    const { etag } = await harness.r2.objects.put({ ...source, body: 'bytes', metadata: { step: '1' } })
    const copy = {
      ...object,
      source,
      sourceIfMatch: etag,
      metadataDirective: 'REPLACE',
      metadata: { step: '2' },
    } as const
    injectCopyFault(harness, 'lose-response')
    await harness.r2.objects.copy({ ...copy, ifNoneMatch: '*', unknownOutcome })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject'])
    injectCopyFault(harness, 'lose-request')
    const again = { ...copy, metadata: { step: '3' }, ifMatch: etag }
    await harness.r2.objects.copy(again)
    expect(names(harness)).toEqual(['PutObject', 'HeadObject', 'PutObject'])
    expect((await harness.r2.objects.head(object)).metadata).toEqual({ step: '3' })
  })

  test('a copy without sourceIfMatch is sent again if no object exists, and fails with OutcomeUnknown if one exists', async () => {
    await using harness = await uploadHarness()
    const source = { bucket, key: 'source' }
    await harness.r2.objects.put({ ...source, body: 'bytes' })
    injectCopyFault(harness, 'lose-request')
    await harness.r2.objects.copy({ ...object, source, ifNoneMatch: '*' })
    await harness.r2.objects.delete(object)
    injectCopyFault(harness, 'lose-response')
    const error = await errorOf(harness.r2.objects.copy({ ...object, source, ifNoneMatch: '*' }))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', operation: 'CopyObject' })
  })

  test('a copy without conditions is sent again without a HEAD', async () => {
    await using harness = await uploadHarness()
    await harness.r2.objects.put({ bucket, key: 'source', body: 'bytes' })
    injectCopyFault(harness, 'lose-response')
    await harness.r2.objects.copy({ ...object, source: { bucket, key: 'source' } })
    expect(names(harness)).toEqual(['PutObject', 'PutObject'])
  })
})

describe('complete', () => {
  const uploadedParts = async (harness: UploadHarness, more: { ssec?: typeof ssec } = {}) => {
    const { uploadId } = await harness.r2.multipart.create({ ...object, ...more })
    const upload = { ...object, uploadId, ...more }
    const parts = []
    for (const [index, size] of [partBytes, 1000].entries()) {
      const partNumber = index + 1
      const { etag } = await harness.r2.multipart.uploadPart({ ...upload, partNumber, body: pattern(size, partNumber) })
      parts.push({ partNumber, etag })
    }
    return { ...upload, parts }
  }

  test.each(stored)('a complete that created the object succeeds although %s', async (_, fault) => {
    await using harness = await uploadHarness()
    const upload = await uploadedParts(harness)
    injectFault(harness, 'CompleteMultipartUpload', fault)
    const { etag } = await harness.r2.multipart.complete(upload)
    expect(etag).toBe((await harness.r2.objects.head(object)).etag)
    expect(etag).toMatch(/^[0-9a-f]{32}-2$/)
    expect(names(harness).slice(0, 2)).toEqual(['CompleteMultipartUpload', 'HeadObject'])
  })

  test("a complete with a customer's key is found by the checksum of the whole", async () => {
    await using harness = await uploadHarness()
    const { multipart } = harness.r2
    const address = { ...object, ssec }
    const { uploadId } = await multipart.create({ ...address, checksumAlgorithm: 'CRC64NVME' })
    const body = pattern(1000)
    const part = { ...address, uploadId, partNumber: 1, body, integrity: 'crc64nvme' } as const
    const { etag, checksum } = await multipart.uploadPart(part)
    injectFault(harness, 'CompleteMultipartUpload', 'lose-response')
    const whole = { algorithm: 'CRC64NVME', value: checksum?.value } as const
    const parts = [{ partNumber: 1, etag }]
    const completed = await multipart.complete({ ...address, uploadId, parts, checksum: whole })
    expect(completed.checksum).toMatchObject(whole)
    expect(harness.transport.count('CompleteMultipartUpload')).toBe(1)
  })

  test('a complete that replaced the object with an equal one succeeds', async () => {
    await using harness = await uploadHarness()
    const { etag } = await harness.r2.multipart.complete(await uploadedParts(harness))
    const again = await uploadedParts(harness)
    injectFault(harness, 'CompleteMultipartUpload', 'lose-response')
    expect((await harness.r2.multipart.complete({ ...again, ifMatch: etag })).etag).toBe(etag)
    expect(names(harness)).toEqual(['CompleteMultipartUpload', 'HeadObject', 'ListParts'])
  })

  test.each(notStored)('a complete that had no effect because %s is sent again', async (_, fault) => {
    await using harness = await uploadHarness()
    const upload = await uploadedParts(harness)
    injectFault(harness, 'CompleteMultipartUpload', fault)
    await harness.r2.multipart.complete({ ...upload, ifNoneMatch: '*' })
    expect(names(harness)).toEqual(['CompleteMultipartUpload', 'HeadObject', 'CompleteMultipartUpload'])
    expect(await harness.pending()).toBe(0)
  })

  test('a complete whose object was replaced before the HEAD fails with OutcomeUnknown', async () => {
    await using harness = await uploadHarness()
    const upload = await uploadedParts(harness)
    injectFault(harness, 'CompleteMultipartUpload', 'lose-response')
    const lose = harness.transport.faultOf
    harness.transport.faultOf = async (seen) => {
      if (seen.name === 'HeadObject' && seen.index === 0) await harness.r2.objects.put({ ...object, body: 'theirs' })
      return lose(seen)
    }
    const error = await errorOf(harness.r2.multipart.complete(upload))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', cause: { code: 'UploadNotFound' }, attempts: 2, ...object })
  })

  test('a complete with a customer key whose response was lost fails with OutcomeUnknown', async () => {
    await using harness = await uploadHarness()
    const upload = await uploadedParts(harness, { ssec })
    injectFault(harness, 'CompleteMultipartUpload', 'lose-response')
    expect(await errorOf(harness.r2.multipart.complete(upload))).toMatchObject({ code: 'OutcomeUnknown' })
  })

  test('a complete of an aborted upload fails with UploadNotFound after one attempt', async () => {
    await using harness = await uploadHarness()
    const { parts, ...address } = await uploadedParts(harness)
    const upload = { ...address, parts }
    await harness.r2.multipart.abort(address)
    expect(await errorOf(harness.r2.multipart.complete(upload))).toMatchObject({ code: 'UploadNotFound', attempts: 1 })
  })
})
