import { expect, test } from 'vitest'
import { fakeClient } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import type { R2Client } from '../../r2-client.js'

const object = { bucket: 'photos', key: 'k' }
const part = { ...object, uploadId: 'u', partNumber: 1 }

test.each<[string, (r2: R2Client, more: object) => Promise<unknown>]>([
  ['acl', (r2, more) => r2.objects.put({ ...object, body: '', ...more })],
  ['tagging', (r2, more) => r2.objects.copy({ ...object, source: object, ...more })],
  ['grantRead', (r2, more) => r2.multipart.create({ ...object, ...more })],
  ['serverSideEncryption', (r2, more) => r2.objects.put({ ...object, body: '', ...more })],
  ['sseKmsKeyId', (r2, more) => r2.objects.put({ ...object, body: '', ...more })],
  ['objectLockMode', (r2, more) => r2.objects.put({ ...object, body: '', ...more })],
  ['websiteRedirectLocation', (r2, more) => r2.objects.put({ ...object, body: '', ...more })],
  ['expectedBucketOwner', (r2, more) => r2.objects.get({ ...object, ...more })],
  ['mfa', (r2, more) => r2.objects.delete({ ...object, ...more })],
  ['ifMatch', (r2, more) => r2.objects.delete({ ...object, ...more })],
  ['ifNoneMatch', (r2, more) => r2.multipart.uploadPart({ ...part, body: '', ...more })],
  ['sourceIfMatch', (r2, more) => r2.multipart.uploadPartCopy({ ...part, source: object, ...more })],
])('%s is rejected before anything is sent where R2 does not support it', async (field, call) => {
  const { r2, transport } = fakeClient(() => ({}))
  const error = await errorOf(call(r2, { [field]: 'x' }))
  expect(error).toMatchObject({
    code: 'InvalidInput',
    field,
    message: expect.stringContaining('is not supported by R2'),
  })
  expect(transport.sent).toEqual([])
})

test('an unsupported field whose value is undefined is ignored', async () => {
  const { r2, transport } = fakeClient(() => ({ status: 204 }))
  await r2.objects.delete({ ...object, ...{ ifMatch: undefined } })
  expect(transport.sent).toHaveLength(1)
})
