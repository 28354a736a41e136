/** Folders whose small files go to a server that refuses their checksum. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { R2Event } from 'r2kit'
import type { FileResult } from 'r2kit/transfers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucket, uploadHarness } from '#test/support/upload-harness.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-refused-'))
  for (const name of ['a', 'b', 'c']) await writeFile(join(folder, name), name)
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  { status: 500, code: 'InternalError' },
  { status: 501, code: 'NotImplemented' },
  { status: 403, code: 'SignatureDoesNotMatch' },
])('the files of a folder are sent without checksums to a server that refuses them with $status', async (refusal) => {
  const events: R2Event[] = []
  await using harness = await uploadHarness({ onEvent: (event) => void events.push(event) })
  harness.transport.faultOf = ({ request: { headers } }) => ('x-amz-checksum-crc32' in headers ? refusal : undefined)
  const results: FileResult[] = []
  const onResult = (result: FileResult) => void results.push(result)
  expect(await harness.r2.transfers.uploadDirectory(folder, { bucket }, { onResult })).toMatchObject({ done: 3 })
  for (const result of results) expect(result).toMatchObject({ status: 'done', verifiedBy: 'etag' })
  expect(events.filter(({ type }) => type === 'integrity.reduced')).toMatchObject([
    { form: 'header', algorithm: 'CRC32', fallback: 'etag', reason: expect.stringContaining(refusal.code) },
  ])
})

test('an internal error now and then does not make the files of a folder lose their checksums', async () => {
  await using harness = await uploadHarness()
  harness.transport.faultOf = ({ name, index }) =>
    name === 'PutObject' && index < 3 ? { status: 500, code: 'InternalError' } : undefined
  await harness.r2.transfers.uploadDirectory(folder, { bucket })
  const { objects } = await harness.r2.objects.list({ bucket })
  for (const { key } of objects)
    expect(await harness.r2.objects.head({ bucket, key })).toMatchObject({ checksum: { algorithm: 'CRC32' } })
})
