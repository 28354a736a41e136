/** Conditional writes to a real server on a real socket, whose responses are lost: each is resolved, or reported as unknown. */
import { describe, expect, test } from 'vitest'
import type { Fault } from '../support/faulty-transport.js'
import { errorOf } from '../support/transport-suite.js'
import { bucket, partBytes, pattern, type UploadHarness, uploadHarness } from '../support/upload-harness.js'

const stored: readonly [string, Fault][] = [
  ['the connection broke', 'lose-answer'],
  ['the response was 500', { status: 500, code: 'InternalError', acts: true }],
]
const notStored: readonly [string, Fault][] = [
  ['the request was lost', 'lose-request'],
  ['the server refused', { status: 503, code: 'ServiceUnavailable' }],
]
const object = { bucket, key: 'key' }
const ssec = { key: new Uint8Array(32).fill(7) }

/** The first request of that name meets the fault. */
const losing = (harness: UploadHarness, name: string, fault: Fault) => {
  harness.transport.seen.length = 0
  harness.transport.faultOf = (seen) => (seen.name === name && seen.index === 0 ? fault : undefined)
}

const names = (harness: UploadHarness) => harness.transport.seen.map(({ name }) => name)

/** The bytes name their writer: an equal object is of this call. */
const unknownOutcome = 'equal'

describe('put', () => {
  test.each(stored)('that was stored, although %s, is a success', async (_, fault) => {
    await using harness = await uploadHarness()
    losing(harness, 'PutObject', fault)
    const metadata = { owner: 'grüße' }
    const { etag } = await harness.r2.objects.put({
      ...object,
      body: 'mine',
      metadata,
      ifNoneMatch: '*',
      unknownOutcome,
    })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject'])
    losing(harness, 'PutObject', fault)
    await harness.r2.objects.put({ ...object, body: 'mine too', ifMatch: etag })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject'])
    expect(new TextDecoder().decode(await harness.read('key'))).toBe('mine too')
  })

  test.each(notStored)('that was not stored, since %s, is sent again', async (_, fault) => {
    await using harness = await uploadHarness()
    losing(harness, 'PutObject', fault)
    await harness.r2.objects.put({ ...object, body: new Blob(['mine']), ifNoneMatch: '*' })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject', 'PutObject'])
  })

  test('with a customer’s key that was stored is unknown', async () => {
    await using harness = await uploadHarness()
    losing(harness, 'PutObject', 'lose-answer')
    const error = await errorOf(harness.r2.objects.put({ ...object, body: 'mine', ssec, ifNoneMatch: '*' }))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', operation: 'PutObject', ...object })
    expect((await harness.r2.objects.get({ ...object, ssec })).text()).toBe('mine')
  })
})

describe('copy', () => {
  const isCopy = (harness: UploadHarness, fault: Fault) => losing(harness, 'PutObject', fault)

  test.each(stored)('of a source that is named by its ETag is found, although %s', async (_, fault) => {
    await using harness = await uploadHarness()
    const source = { bucket, key: 'source' }
    const { etag } = await harness.r2.objects.put({ ...source, body: 'bytes' })
    isCopy(harness, fault)
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

  test('is recognised by its new metadata', async () => {
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
    isCopy(harness, 'lose-answer')
    await harness.r2.objects.copy({ ...copy, ifNoneMatch: '*', unknownOutcome })
    expect(names(harness)).toEqual(['PutObject', 'HeadObject'])
    isCopy(harness, 'lose-request')
    const again = { ...copy, metadata: { step: '3' }, ifMatch: etag }
    await harness.r2.objects.copy(again)
    expect(names(harness)).toEqual(['PutObject', 'HeadObject', 'PutObject'])
    expect((await harness.r2.objects.head(object)).metadata).toEqual({ step: '3' })
  })

  test('of a source without an ETag is sent again where there is nothing, and unknown where there is something', async () => {
    await using harness = await uploadHarness()
    const source = { bucket, key: 'source' }
    await harness.r2.objects.put({ ...source, body: 'bytes' })
    isCopy(harness, 'lose-request')
    await harness.r2.objects.copy({ ...object, source, ifNoneMatch: '*' })
    await harness.r2.objects.delete(object)
    isCopy(harness, 'lose-answer')
    const error = await errorOf(harness.r2.objects.copy({ ...object, source, ifNoneMatch: '*' }))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', operation: 'CopyObject' })
  })

  test('without conditions is just sent again', async () => {
    await using harness = await uploadHarness()
    await harness.r2.objects.put({ bucket, key: 'source', body: 'bytes' })
    isCopy(harness, 'lose-answer')
    await harness.r2.objects.copy({ ...object, source: { bucket, key: 'source' } })
    expect(names(harness)).toEqual(['PutObject', 'PutObject'])
  })
})

describe('complete', () => {
  const begun = async (harness: UploadHarness, more: { ssec?: typeof ssec } = {}) => {
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

  test.each(stored)('that made the object, although %s, is a success', async (_, fault) => {
    await using harness = await uploadHarness()
    const upload = await begun(harness)
    losing(harness, 'CompleteMultipartUpload', fault)
    const { etag } = await harness.r2.multipart.complete(upload)
    expect(etag).toBe((await harness.r2.objects.head(object)).etag)
    expect(etag).toMatch(/^[0-9a-f]{32}-2$/)
    expect(names(harness).slice(0, 2)).toEqual(['CompleteMultipartUpload', 'HeadObject'])
  })

  test('that made the same object once more is a success', async () => {
    await using harness = await uploadHarness()
    const { etag } = await harness.r2.multipart.complete(await begun(harness))
    const again = await begun(harness)
    losing(harness, 'CompleteMultipartUpload', 'lose-answer')
    expect((await harness.r2.multipart.complete({ ...again, ifMatch: etag })).etag).toBe(etag)
    expect(names(harness)).toEqual(['CompleteMultipartUpload', 'HeadObject', 'ListParts'])
  })

  test.each(notStored)('that did nothing, since %s, is sent again', async (_, fault) => {
    await using harness = await uploadHarness()
    const upload = await begun(harness)
    losing(harness, 'CompleteMultipartUpload', fault)
    await harness.r2.multipart.complete({ ...upload, ifNoneMatch: '*' })
    expect(names(harness)).toEqual(['CompleteMultipartUpload', 'HeadObject', 'CompleteMultipartUpload'])
    expect(await harness.pending()).toBe(0)
  })

  test('whose object was replaced before it was looked at is unknown', async () => {
    await using harness = await uploadHarness()
    const upload = await begun(harness)
    losing(harness, 'CompleteMultipartUpload', 'lose-answer')
    const lose = harness.transport.faultOf
    harness.transport.faultOf = async (seen) => {
      if (seen.name === 'HeadObject' && seen.index === 0) await harness.r2.objects.put({ ...object, body: 'theirs' })
      return lose(seen)
    }
    const error = await errorOf(harness.r2.multipart.complete(upload))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', cause: { code: 'UploadNotFound' }, attempts: 2, ...object })
  })

  test('with a customer’s key that made the object is unknown', async () => {
    await using harness = await uploadHarness()
    const upload = await begun(harness, { ssec })
    losing(harness, 'CompleteMultipartUpload', 'lose-answer')
    expect(await errorOf(harness.r2.multipart.complete(upload))).toMatchObject({ code: 'OutcomeUnknown' })
  })

  test('of an upload that was aborted is UploadNotFound, as ever', async () => {
    await using harness = await uploadHarness()
    const { parts, ...address } = await begun(harness)
    const upload = { ...address, parts }
    await harness.r2.multipart.abort(address)
    expect(await errorOf(harness.r2.multipart.complete(upload))).toMatchObject({ code: 'UploadNotFound', attempts: 1 })
  })
})
