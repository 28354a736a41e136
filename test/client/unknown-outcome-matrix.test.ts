/**
 * All combinations of a fault of the deciding request, the way the object is written, the condition, and the existing
 * object, on a real server. Success must mean that this call stored the object; any failure other than `OutcomeUnknown`
 * must mean that it stored nothing.
 */
import { isR2Error, type PutObjectInput } from 'r2kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../support/faulty-transport.js'
import { bucket, type UploadHarness, uploadHarness } from '../support/upload-harness.js'

const faults = {
  'a 500 before the server acts': { status: 500, code: 'InternalError' },
  'a 503 before the server acts': { status: 503, code: 'ServiceUnavailable' },
  'a timeout before the server acts': { fails: 'Timeout' },
  'a timeout after the server has acted': { fails: 'Timeout', acts: true },
  'a reset before the server acts': 'lose-request',
  'a reset after the server has acted': 'lose-response',
  'a 500 after the server has acted': { status: 500, code: 'InternalError', acts: true },
} satisfies Record<string, Fault>

type Content = Pick<PutObjectInput, 'contentType' | 'metadata'> & { body: string }
type Condition = Pick<PutObjectInput, 'ifMatch' | 'ifNoneMatch' | 'unknownOutcome'>

const before: Content = { body: 'the bytes', contentType: 'text/plain', metadata: { version: '1' } }
const contents: Record<string, Content> = {
  'the same bytes with another description': { ...before, contentType: 'text/csv', metadata: { version: '2' } },
  'the same bytes with the same description': before,
  'other bytes': { ...before, body: 'new bytes' },
}

/** `exists`: whether an object was stored before, within the same second. `codes`: the acceptable failures. */
const conditions: Record<string, { exists: boolean; of: (etag: string) => Condition; codes: readonly string[] }> = {
  'without a condition': { exists: true, of: () => ({}), codes: [] },
  'if the ETag matches': { exists: true, of: (etag) => ({ ifMatch: etag }), codes: [] },
  'if another ETag does not match': {
    exists: true,
    of: () => ({ ifNoneMatch: `"${'0'.repeat(32)}"` }),
    codes: [],
  },
  'if there is no object, while one exists': {
    exists: true,
    of: () => ({ ifNoneMatch: '*' }),
    codes: ['PreconditionFailed', 'OutcomeUnknown'],
  },
  'if there is no object, while none exists': {
    exists: false,
    of: () => ({ ifNoneMatch: '*' }),
    codes: ['OutcomeUnknown'],
  },
  'if there is no object, with unknownOutcome equal': {
    exists: false,
    of: () => ({ ifNoneMatch: '*', unknownOutcome: 'equal' }),
    codes: [],
  },
  'if the ETag matches, with unknownOutcome proven': {
    exists: true,
    of: (etag) => ({ ifMatch: etag, unknownOutcome: 'proven' }),
    codes: ['OutcomeUnknown'],
  },
}

type Input = Content & Condition & { bucket: string; key: string }
const bytesOf = (text: string) => new TextEncoder().encode(text)

const writes: Record<string, (harness: UploadHarness, input: Input) => Promise<{ etag: string }>> = {
  put: ({ r2 }, input) => r2.objects.put(input),
  'upload in one request': async ({ r2 }, { body, ...input }) => r2.transfers.upload(bytesOf(body), input),
  'upload in parts': async ({ r2 }, { body, ...input }) =>
    r2.transfers.upload(bytesOf(body), input, { thresholdBytes: 1 }),
}

let harness: UploadHarness
beforeAll(async () => {
  harness = await uploadHarness()
})
afterAll(async () => harness[Symbol.asyncDispose]())

const combinations = Object.entries(writes).flatMap(([method, write]) =>
  Object.entries(conditions).flatMap(([when, condition]) =>
    Object.keys(contents).map((content) => ({ method, write, when, condition, content })),
  ),
)

test.each(combinations)(
  '$method of $content, $when, reports its true outcome after every fault',
  async ({ method, write, condition, content }) => {
    const wanted = contents[content] as Content
    for (const [name, fault] of Object.entries(faults)) {
      const key = `${method}/${content}/${name}`
      harness.transport.faultOf = () => undefined
      await harness.r2.objects.delete({ bucket, key })
      // Written by the same method, because the ETag of a multipart object differs from that of a PUT.
      const previous = condition.exists ? await write(harness, { bucket, key, ...before }) : undefined
      harness.transport.seen.length = 0
      const deciding = method === 'upload in parts' ? 'CompleteMultipartUpload' : 'PutObject'
      harness.transport.faultOf = (seen) => (seen.name === deciding && seen.index === 0 ? fault : undefined)

      const outcome = await write(harness, { bucket, key, ...wanted, ...condition.of(previous?.etag ?? '') }).catch(
        (error: unknown) => error,
      )

      const isStored = harness.transport.seen.some((seen) => seen.name === deciding && seen.status === 200)
      const code = isR2Error(outcome) ? outcome.code : 'success'
      expect([name, code]).toEqual([name, expect.toSatisfy((it) => it === 'success' || condition.codes.includes(it))])
      if (code === 'success') {
        expect([name, isStored]).toEqual([name, true])
        const { body, ...found } = await harness.r2.objects.get({ bucket, key })
        expect(found).toMatchObject({ contentType: wanted.contentType, metadata: wanted.metadata })
        expect(new TextDecoder().decode(body)).toBe(wanted.body)
      } else if (code !== 'OutcomeUnknown') expect([name, isStored]).toEqual([name, false])
      expect([name, await harness.pending()]).toEqual([name, 0])
    }
  },
)
