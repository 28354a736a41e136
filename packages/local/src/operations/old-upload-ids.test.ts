/** Data folders of earlier versions contain upload IDs in plain base64, with `+`, `/` and `=`. */
import { R2Client } from 'r2kit'
import { expect, test } from 'vitest'
import { newBucket, temporaryFolder, uploadOf } from '#test/support/storage-fixtures.js'
import { startLocalR2 } from '../index.js'
import { createFileStorage } from '../storage/index.js'

const oldId = `${'a+/B'.repeat(31)}+/A=`
const bucket = 'bucket'

test('uploads with base64 IDs of earlier versions can be listed, continued, completed and aborted', async () => {
  await using folder = await temporaryFolder()
  const storage = await createFileStorage({ dataDir: folder.path })
  await newBucket(storage, bucket)
  for (const key of ['completed', 'aborted']) await storage.createUpload(uploadOf(key, oldId, bucket))
  await storage.close()

  await using local = await startLocalR2({ dataDir: folder.path })
  const { endpoint, credentials } = local
  await using r2 = new R2Client({ endpoint, credentials })
  const { uploads, nextKeyMarker, nextUploadIdMarker } = await r2.multipart.listUploads({ bucket, maxUploads: 1 })
  expect(uploads).toMatchObject([{ key: 'aborted', uploadId: oldId }])
  const rest = await r2.multipart.listUploads({
    bucket,
    keyMarker: String(nextKeyMarker),
    uploadIdMarker: String(nextUploadIdMarker),
  })
  expect(rest.uploads).toMatchObject([{ key: 'completed', uploadId: oldId }])

  const upload = { bucket, key: 'completed', uploadId: oldId }
  const { etag } = await r2.multipart.uploadPart({ ...upload, partNumber: 1, body: 'text' })
  expect((await r2.multipart.listParts(upload)).parts).toMatchObject([{ partNumber: 1, etag }])
  await r2.multipart.complete({ ...upload, parts: [{ partNumber: 1, etag }] })
  expect((await r2.objects.get({ bucket, key: 'completed' })).text()).toBe('text')
  await r2.multipart.abort({ bucket, key: 'aborted', uploadId: oldId })
  expect((await r2.multipart.listUploads({ bucket })).uploads).toEqual([])
})
