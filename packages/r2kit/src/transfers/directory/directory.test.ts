import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { R2ClientOptions, TransferProgress } from 'r2kit'
import type { FileResult } from 'r2kit/transfers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bucket, pattern, type UploadHarness, uploadHarness } from '#test/support/upload-harness.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

let scratch = ''
let harness: UploadHarness
const open = async (options: Partial<R2ClientOptions> = {}) => {
  harness = await uploadHarness(options)
}
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'r2-directory-')))
})
afterEach(async () => {
  await harness[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

const write = async (path: string, content: string | Uint8Array = path) => {
  await mkdir(dirname(join(scratch, path)), { recursive: true })
  await writeFile(join(scratch, path), content)
}
const put = (key: string, body: string | Uint8Array = key) => harness.r2.objects.put({ bucket, key, body })
const keys = async () => {
  const found: string[] = []
  for await (const { key } of harness.r2.objects.listAll({ bucket })) found.push(key)
  return found
}
/** Collects the results: status and key, or path, of each file. */
const collect = () => {
  const results: FileResult[] = []
  const lines = () =>
    results
      .map((result) => `${result.status} ${result.key ?? result.path?.slice(scratch.length + 1)}${reasonOf(result)}`)
      .sort()
  return { options: { onResult: (result: FileResult) => void results.push(result) }, lines, results }
}
const reasonOf = (result: FileResult): string => {
  if (result.status === 'failed') return `: ${result.error.code}`
  return result.status === 'skipped' ? `: ${result.reason}` : ''
}

test('a folder is uploaded and downloaded again, with a result for each file and a summary', async () => {
  await open()
  const files = { 'a.txt': 'a', 'sub/b ☃': 'bb', 'sub/deep/empty': '', 'large.bin': pattern(3_000_000) }
  for (const [path, content] of Object.entries(files)) await write(`src/${path}`, content)
  const up = collect()
  const summary = await harness.r2.transfers.uploadDirectory(
    join(scratch, 'src'),
    {
      bucket,
      prefix: 'p',
      contentType: (key) => (key.endsWith('.txt') ? 'text/plain' : undefined),
      metadata: { m: '1' },
    },
    up.options,
  )
  const all = ['done p/a.txt', 'done p/large.bin', 'done p/sub/b ☃', 'done p/sub/deep/empty']
  expect(up.lines()).toEqual(all)
  const counts = { done: 4, planned: 0, skipped: 0, failed: 0, filtered: 0, bytes: 3_000_003, resumedBytes: 0 }
  expect(summary).toEqual(counts)
  expect(await harness.r2.objects.head({ bucket, key: 'p/a.txt' })).toMatchObject({
    contentType: 'text/plain',
    metadata: { m: '1' },
  })
  const down = collect()
  const target = join(scratch, 'made', 'here')
  expect(await harness.r2.transfers.downloadDirectory({ bucket, prefix: 'p/' }, target, down.options)).toEqual(counts)
  expect(down.lines()).toEqual(all)
  for (const [path, content] of Object.entries(files)) {
    expect(Buffer.compare(await readFile(join(target, path)), Buffer.from(content))).toBe(0)
  }
  for (const result of down.results)
    expect(result).toMatchObject({ verifiedBy: expect.stringMatching(/^(etag|CRC32)$/) })
})

test('a small object is verified by the checksum that is stored with it', async () => {
  await open()
  await harness.r2.objects.put({ bucket, key: 'a', body: 'a', checksum: { algorithm: 'CRC32' } })
  await harness.r2.objects.put({ bucket, key: 'b', body: 'b', checksum: { algorithm: 'SHA256' } })
  const down = collect()
  await harness.r2.transfers.downloadDirectory({ bucket }, join(scratch, 'to'), down.options)
  const verified = down.results.map((result) => [result.key, 'verifiedBy' in result && result.verifiedBy])
  expect(Object.fromEntries(verified)).toEqual({ a: 'CRC32', b: 'SHA256' })
})

test('entries that cannot be an object are reported with the reason, and the rest is uploaded', async () => {
  await open()
  await write('src/good')
  await mkdir(join(scratch, 'src', 'hollow'))
  await symlink('good', join(scratch, 'src', 'link'))
  await writeFile(Buffer.concat([Buffer.from(`${scratch}/src/`), Buffer.from([0x66, 0xff])]), '')
  await write(`src/${Array.from({ length: 5 }, () => 'x'.repeat(250)).join('/')}`)
  const { lines, options } = collect()
  const summary = await harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket }, options)
  expect(summary).toMatchObject({ done: 1, skipped: 2, failed: 2 })
  expect(lines()).toEqual([
    'done good',
    'failed src/f\ufffd: UnsafePath',
    `failed ${Array.from({ length: 5 }, () => 'x'.repeat(250)).join('/')}: InvalidInput`,
    'skipped src/hollow: empty-folder',
    'skipped src/link: symbolic-link',
  ])
  expect(await keys()).toEqual(['good'])
})

test('no key makes a download write outside of its folder, not even through a link', async () => {
  await open()
  const hostile = ['../x', '/x', 'a/../../x', 'a//b', './x', 'dir/..', 'link/x', `${'x'.repeat(300)}`, 'full/', 'nul\0']
  const possible = hostile.filter((key) => !key.includes('\0'))
  for (const key of [...possible, 'good/file', 'hollow/']) await put(key, key === 'hollow/' ? '' : 'content')
  await mkdir(join(scratch, 'outside'))
  await mkdir(join(scratch, 'out'))
  await symlink(join(scratch, 'outside'), join(scratch, 'out', 'link'))
  const { lines, options } = collect()
  const summary = await harness.r2.transfers.downloadDirectory({ bucket }, join(scratch, 'out'), options)
  expect(summary).toMatchObject({ done: 2, failed: possible.length })
  expect(lines()).toEqual(
    ['done good/file', 'done hollow/', ...possible.map((key) => `failed ${key}: UnsafePath`)].sort(),
  )
  expect((await readdir(scratch, { recursive: true })).sort()).toEqual(
    ['out', 'out/good', 'out/good/file', 'out/hollow', 'out/link', 'outside'].sort(),
  )
})

test('of two keys that need the same name, one is downloaded and the other fails', async () => {
  await open()
  await put('a', 'file')
  await put('a/b', 'below')
  const { lines, options } = collect()
  const summary = await harness.r2.transfers.downloadDirectory({ bucket }, join(scratch, 'out'), options)
  expect(summary).toMatchObject({ done: 1, failed: 1 })
  expect(lines()).toHaveLength(2)
})

test('with noClobber, existing objects and files are left alone', async () => {
  await open()
  await put('a', 'remote')
  await write('src/a', 'local')
  await write('src/b', 'local')
  const up = collect()
  await harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket }, { ...up.options, noClobber: true })
  expect(up.lines()).toEqual(['done b', 'skipped a: exists'])
  await put('c', 'remote')
  await put('large', pattern(2_000_000))
  await write('src/large', 'local')
  const down = collect()
  await harness.r2.transfers.downloadDirectory({ bucket }, join(scratch, 'src'), { ...down.options, noClobber: true })
  expect(down.lines()).toEqual(['done c', 'skipped a: exists', 'skipped b: exists', 'skipped large: exists'])
  expect(await readFile(join(scratch, 'src', 'a'), 'utf8')).toBe('local')
  expect(await readFile(join(scratch, 'src', 'large'), 'utf8')).toBe('local')
})

test.each([{}, { ssec: { key: new Uint8Array(32).fill(7) } }])(
  'an upload whose response was lost is not mistaken for an existing object (%o)',
  async (input) => {
    await open()
    await write('src/a', 'ours')
    harness.transport.faultOf = ({ name, index }) => (name === 'PutObject' && index === 0 ? 'lose-response' : undefined)
    const { lines, options } = collect()
    const transfer = harness.r2.transfers.uploadDirectory(
      join(scratch, 'src'),
      { bucket, ...input },
      { ...options, noClobber: true },
    )
    await transfer
    expect(lines()).toEqual(['done a'])
  },
)

test('small files need one request each, for upload and for download', async () => {
  await open()
  for (let index = 0; index < 50; index++) await write(`src/${index}`)
  harness.transport.seen.length = 0
  await harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket })
  expect(harness.transport.seen).toHaveLength(50)
  await harness.r2.transfers.downloadDirectory({ bucket }, join(scratch, 'out'))
  expect(harness.transport.seen).toHaveLength(50 + 1 + 50)
})

test('lost requests and SlowDown errors delay a folder, but fail no file', async () => {
  await open()
  for (let index = 0; index < 40; index++) await write(`src/${index}`)
  let requests = 0
  harness.transport.faultOf = () => {
    requests++
    if (requests % 5 === 0) return { status: 503, code: 'SlowDown' }
    return requests % 7 === 0 ? 'lose-request' : undefined
  }
  expect(await harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket })).toMatchObject({
    done: 40,
    failed: 0,
  })
  const target = join(scratch, 'out')
  expect(await harness.r2.transfers.downloadDirectory({ bucket }, target)).toMatchObject({ done: 40, failed: 0 })
  expect((await readdir(target)).length).toBe(40)
})

test('an error that affects every file ends the transfer of a folder, and one file’s failure does not', async () => {
  await open()
  for (let index = 0; index < 40; index++) await write(`src/${index}`)
  harness.transport.faultOf = ({ request }) =>
    request.path.endsWith('/7') ? { status: 400, code: 'InvalidArgument' } : undefined
  const { lines, options } = collect()
  const summary = await harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket }, options)
  expect(summary).toMatchObject({ done: 39, failed: 1 })
  expect(lines()).toContain('failed 7: BadRequest')
  harness.transport.faultOf = () => ({ status: 403, code: 'AccessDenied' })
  harness.transport.seen.length = 0
  const denied = harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket }, { concurrency: 4 })
  await expect(denied).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(harness.transport.seen.length).toBeLessThanOrEqual(8)
})

test('an outage ends the transfer of a folder after the time without progress, not file by file', async () => {
  const clock = new VirtualClock(Date.now())
  await open({ clock, transfers: { noProgressTimeoutMs: 60_000 } })
  for (let index = 0; index < 40; index++) await write(`src/${index}`)
  harness.transport.faultOf = () => 'lose-request'
  const startMs = clock.monotonicMs()
  const gone = harness.r2.transfers
    .uploadDirectory(join(scratch, 'src'), { bucket }, { concurrency: 4 })
    .catch((error) => error)
  let isOver = false
  void gone.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await new Promise(setImmediate)
    await clock.advance(1000)
  }
  expect(await gone).toMatchObject({ code: 'ConnectionReset' })
  expect(clock.monotonicMs() - startMs).toBeLessThan(3 * 60_000)
})

test('an abort ends the transfer of a folder immediately, and nothing is written afterwards', async () => {
  await open()
  for (let index = 0; index < 100; index++) await put(`k${index}`)
  const controller = new AbortController()
  const onResult = () => controller.abort()
  const target = join(scratch, 'out')
  const aborted = harness.r2.transfers.downloadDirectory({ bucket }, target, {
    signal: controller.signal,
    onResult,
    concurrency: 2,
  })
  await expect(aborted).rejects.toMatchObject({ code: 'Aborted' })
  const left = await readdir(target)
  expect(left.length).toBeLessThan(10)
  expect(left.filter((name) => name.startsWith('.'))).toEqual([])
})

test('an exception in onResult fails the transfer of a folder', async () => {
  await open()
  await write('src/a')
  const onResult = () => {
    throw new Error('the listener failed')
  }
  const up = harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket }, { onResult })
  await expect(up).rejects.toThrow('the listener failed')
})

test('a slow onResult applies backpressure: never more files than the concurrency are in progress', async () => {
  await open()
  for (let index = 0; index < 30; index++) await write(`src/${index}`)
  const waiting: (() => void)[] = []
  const onResult = () => new Promise<void>((resolve) => waiting.push(resolve))
  let isOver = false
  const up = harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket }, { onResult, concurrency: 3 })
  void up.then(() => {
    isOver = true
  })
  while (!isOver) {
    await new Promise(setImmediate)
    expect(waiting.length).toBeLessThanOrEqual(3)
    if (waiting.length === 3 || harness.transport.seen.length >= 30) waiting.shift()?.()
  }
  expect(await keys()).toHaveLength(30)
})

test('large files are uploaded in parts beside small ones, and progress counts the bytes of both', async () => {
  await open()
  await write('src/big', '')
  await truncate(join(scratch, 'src', 'big'), 101 * 1024 * 1024)
  for (let index = 0; index < 20; index++) await write(`src/small/${index}`, 'x')
  const order: string[] = []
  let last: TransferProgress | undefined
  const up = harness.r2.transfers.uploadDirectory(
    join(scratch, 'src'),
    { bucket },
    {
      onResult: ({ key }) => void order.push(key ?? ''),
      onProgress: (progress) => {
        last = progress
      },
    },
  )
  expect(await up).toMatchObject({ done: 21, bytes: 101 * 1024 * 1024 + 20 })
  expect(last).toMatchObject({ bytes: 101 * 1024 * 1024 + 20, parts: 21, state: 'done' })
  // It is the first in the folder, but no other file waited for it.
  expect(order.at(-1)).toBe('big')
  expect((await harness.r2.objects.head({ bucket, key: 'big' })).etag).toMatch(/-11$/)
  expect(await harness.pending()).toBe(0)
})

test('a paused transfer of a folder begins no file, and continues where it stopped', async () => {
  await open()
  for (let index = 0; index < 30; index++) await write(`src/${index}`)
  const up = harness.r2.transfers.uploadDirectory(
    join(scratch, 'src'),
    { bucket },
    { concurrency: 2, onResult: () => up.pause() },
  )
  let isOver = false
  void up.then(() => {
    isOver = true
  })
  let pauses = 0
  while (!isOver) {
    await new Promise(setImmediate)
    if (!up.paused) continue
    pauses++
    up.resume()
  }
  expect(pauses).toBeGreaterThan(5)
  expect(await up).toMatchObject({ done: 30 })
})

test('the filter selects files, and a dry run only reports them', async () => {
  await open()
  await write('src/a.txt', 'abc')
  await write('src/b.tmp')
  const { lines, options } = collect()
  const filter = ({ key, path }: { key: string; path: string }) => {
    expect(path).toBe(join(scratch, 'src', key))
    return !key.endsWith('.tmp')
  }
  const planned = await harness.r2.transfers.uploadDirectory(
    join(scratch, 'src'),
    { bucket },
    { ...options, filter, dryRun: true },
  )
  expect(planned).toMatchObject({ done: 0, planned: 1, filtered: 1, bytes: 3 })
  expect(lines()).toEqual(['planned a.txt'])
  expect(await keys()).toEqual([])
  await put('a')
  const target = join(scratch, 'out')
  expect(await harness.r2.transfers.downloadDirectory({ bucket }, target, { dryRun: true })).toMatchObject({
    planned: 1,
  })
  await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('an object that has grown since it was listed is downloaded whole', async () => {
  await open()
  await put('k', 'small')
  harness.transport.faultOf = async ({ request }) => {
    if (request.method === 'GET' && request.path.endsWith('/k') && harness.transport.seen.length < 4)
      await put('k', pattern(2_000_000))
    return undefined
  }
  harness.transport.seen.length = 0
  const target = join(scratch, 'out')
  expect(await harness.r2.transfers.downloadDirectory({ bucket }, target)).toMatchObject({ done: 1, bytes: 2_000_000 })
  expect(Buffer.compare(await readFile(join(target, 'k')), pattern(2_000_000))).toBe(0)
})

test('an upload of a path that is no folder, or does not exist, fails before anything is sent', async () => {
  await open()
  await write('file')
  const upload = (path: string) => harness.r2.transfers.uploadDirectory(join(scratch, path), { bucket })
  await expect(upload('file')).rejects.toMatchObject({ code: 'InvalidInput' })
  await expect(upload('absent')).rejects.toMatchObject({ code: 'FileUnavailable' })
  const nowhere = harness.r2.transfers.downloadDirectory({ bucket: 'absent-bucket' }, join(scratch, 'out'))
  await expect(nowhere).rejects.toMatchObject({ code: 'BucketNotFound' })
})

test('a download to a folder that cannot be created fails before anything is listed', async () => {
  await open()
  await write('file')
  harness.transport.seen.length = 0
  const download = (path: string) => harness.r2.transfers.downloadDirectory({ bucket }, join(scratch, path))
  await expect(download('file')).rejects.toMatchObject({ code: 'InvalidInput', field: 'path' })
  await expect(download('file/below')).rejects.toMatchObject({
    code: 'FileUnavailable',
    field: 'path',
    message: expect.stringContaining(join(scratch, 'file/below')),
    hint: expect.any(String),
    cause: { code: 'ENOTDIR' },
  })
  expect(harness.transport.seen).toEqual([])
})

test('a file that cannot be written has a result with path, problem and hint', async () => {
  await open()
  const long = 'n'.repeat(250)
  await put('fine')
  await put(`${`${long}/`.repeat(3)}${long}`)
  const down = collect()
  const target = join(scratch, ...Array(14).fill(long)) // so deep that only short names still fit
  expect(await harness.r2.transfers.downloadDirectory({ bucket }, target, down.options)).toMatchObject({
    done: 1,
    failed: 1,
  })
  const [failed] = down.results.filter(({ status }) => status === 'failed')
  expect(failed).toMatchObject({
    error: {
      code: 'FileUnavailable',
      message: expect.stringContaining('longer than the system allows'),
      hint: expect.any(String),
      cause: { code: 'ENAMETOOLONG' },
    },
  })
})

test.each([
  [undefined, 'CRC32'],
  ['sha256', 'SHA256'],
  ['md5', 'etag'],
  ['none', undefined],
] as const)(
  'the files of a folder are uploaded with the check %s, and their results name it',
  async (integrity, by) => {
    await open()
    await write('src/small', 'a')
    await write('src/large', pattern(3_000_000))
    const { options, results } = collect()
    await harness.r2.transfers.uploadDirectory(join(scratch, 'src'), { bucket, integrity }, options)
    expect(results.map((result) => result.status === 'done' && result.verifiedBy)).toEqual([by, by])
    for (const key of ['small', 'large']) {
      const { checksum } = await harness.r2.objects.head({ bucket, key })
      expect(checksum?.algorithm).toBe(by === 'etag' ? undefined : by)
    }
  },
)
