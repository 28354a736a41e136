/** Finished files leave nothing in memory. Otherwise folders of millions of files would not fit. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type HttpRequest, type HttpResponse, R2Client, type Transport } from 'r2kit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testCredentials } from '#test/support/fake-transport.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const files = 6000
/** The numbers of finished files at which the heap is measured. Files in flight may need memory, finished ones must not. */
const [first, last] = [1000, files]
/** Less than the path of one file, which is the least that could be leaked. */
const bytesPerFileAtMost = 150

const content = Buffer.from('content')
const etag = `"${createHash('md5').update(content).digest('hex')}"`
const objectHeaders = {
  etag,
  'content-length': String(content.length),
  'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
}
const keyOf = (index: number) =>
  `folder-${String(Math.floor(index / 50)).padStart(4, '0')}/${'name-'.repeat(20)}${index}`

/** A page of a list; the next one begins at its token. */
const page = (token: number): string => {
  const rows = Array.from(
    { length: 100 },
    (_, index) =>
      `<Contents><Key>${keyOf(token + index)}</Key><Size>${content.length}</Size><ETag>${etag.replaceAll('"', '&quot;')}</ETag>` +
      '<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>',
  )
  const next = token + 100
  const more =
    next < files
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`
      : '<IsTruncated>false</IsTruncated>'
  return `<ListBucketResult><Name>bucket</Name>${more}${rows.join('')}</ListBucketResult>`
}

/** A bucket with `files` equal objects, which accepts and forgets all others. */
const server: Transport = {
  name: 'forgetful',
  cannotSend: () => undefined,
  async send({ method, query, responseBody }: HttpRequest): Promise<HttpResponse> {
    if (method === 'PUT') return { status: 200, headers: { etag }, body: new Uint8Array() }
    const isList = query.includes('list-type')
    const body = isList ? Buffer.from(page(Number(new URLSearchParams(query).get('continuation-token') ?? 0))) : content
    const headers = isList ? {} : objectHeaders
    return { status: 200, headers, body: responseBody === 'bytes' ? body : new Blob([body]).stream() }
  },
  close: async () => undefined,
}

let scratch = ''
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'r2kit-memory-'))
})
afterEach(() => rm(scratch, { recursive: true }))

/** Measures the live heap after some files, and after many more. */
const watchHeap = () => {
  let done = 0
  const live: number[] = []
  const onResult = async () => {
    done++
    if (done !== first && done !== last) return
    // Some garbage is collectable only in the next turn.
    for (let round = 0; round < 3; round++) {
      collectGarbage()
      await new Promise(setImmediate)
    }
    live.push(process.memoryUsage().heapUsed)
  }
  const bytesPerFile = () => ((live[1] ?? Number.NaN) - (live[0] ?? Number.NaN)) / (last - first)
  return { onResult, bytesPerFile }
}

const client = () =>
  new R2Client({ accountId: '0123456789abcdef0123456789abcdef', credentials: testCredentials, transport: server })

const writeFiles = (count: number) => {
  for (let index = 0; index < count; index++) {
    if (index % 50 === 0) mkdirSync(join(scratch, keyOf(index), '..'), { recursive: true })
    writeFileSync(join(scratch, keyOf(index)), content)
  }
}

test('an uploaded file leaves nothing in memory', async () => {
  writeFiles(files)
  await using r2 = client()
  const { onResult, bytesPerFile } = watchHeap()
  expect(await r2.transfers.uploadDirectory(scratch, { bucket: 'bucket' }, { onResult })).toMatchObject({ done: files })
  expect(bytesPerFile()).toBeLessThan(bytesPerFileAtMost)
})

test('a downloaded object leaves nothing in memory', async () => {
  await using r2 = client()
  const { onResult, bytesPerFile } = watchHeap()
  expect(await r2.transfers.downloadDirectory({ bucket: 'bucket' }, scratch, { onResult })).toMatchObject({
    done: files,
  })
  expect(bytesPerFile()).toBeLessThan(bytesPerFileAtMost)
})
