import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Writable } from 'node:stream'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openInput, type RunOptions, runCommand } from '../../../../test/support/run-command.js'

let server: LocalR2
let r2: R2Client
let env: Record<string, string>
let bucket = ''
let scratch = ''
let bucketCount = 0

beforeAll(async () => {
  server = await startLocalR2({ port: 0 })
  const { endpoint, credentials } = server
  r2 = new R2Client({ endpoint, credentials })
  env = {
    R2_ENDPOINT: endpoint,
    R2_ACCESS_KEY_ID: credentials.accessKeyId,
    R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
})
afterAll(async () => {
  await r2.dispose()
  await server.close()
})
beforeEach(async () => {
  bucketCount += 1
  bucket = `bucket-${bucketCount}`
  await r2.buckets.create({ bucket })
  scratch = await mkdtemp(join(tmpdir(), 'r2-cp-'))
})
afterEach(() => rm(scratch, { recursive: true, force: true }))

const run = (words: readonly string[], options: RunOptions = {}) => runCommand(words, { env, ...options })
const file = (...segments: string[]) => join(scratch, ...segments)
const put = (key: string, body: string | Uint8Array = key) => r2.objects.put({ bucket, key, body })
const read = async (key: string) => (await r2.objects.get({ bucket, key })).text()

const keys = async (): Promise<string[]> => {
  const found: string[] = []
  for await (const { key } of r2.objects.listAll({ bucket })) found.push(key)
  return found
}

/** Every file under the scratch folder, with its content. */
const filesUnder = async (folder: string): Promise<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found[relative(folder, path)] = await readFile(path, 'utf8')
  }
  return found
}

const writeTree = async (files: Record<string, string>): Promise<void> => {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(file(path), '..'), { recursive: true })
    await writeFile(file(path), content)
  }
}

test('a file goes up under its own name into a folder, and under the name that is given otherwise', async () => {
  await writeTree({ 'report.html': '<p>' })
  expect(await run(['cp', file('report.html'), `r2://${bucket}/docs/`])).toMatchObject({ exitCode: 0 })
  expect(await run(['cp', file('report.html'), `r2://${bucket}`])).toMatchObject({ exitCode: 0 })
  expect(await run(['cp', file('report.html'), `r2://${bucket}/docs/final`])).toMatchObject({ exitCode: 0 })
  expect(await run(['cp', file('report.html'), `r2://${bucket}/exact/`, '--exact'])).toMatchObject({ exitCode: 0 })
  expect(await keys()).toEqual(['docs/final', 'docs/report.html', 'exact/', 'report.html'])
  expect((await r2.objects.head({ bucket, key: 'docs/report.html' })).contentType).toBe('text/html')
})

test('what is said about an object goes with it, up and on a copy, where the rest is kept', async () => {
  await writeTree({ 'a.txt': 'text' })
  const words = [
    '--metadata',
    'colour=blue',
    '--metadata',
    'x=y=z',
    '--cache-control',
    'max-age=60',
    '--storage-class',
    'STANDARD_IA',
  ]
  expect(await run(['cp', file('a.txt'), `r2://${bucket}/a`, ...words, '--content-type', 'text/x-test'])).toMatchObject(
    { exitCode: 0 },
  )
  const uploaded = await r2.objects.head({ bucket, key: 'a' })
  expect(uploaded).toMatchObject({
    contentType: 'text/x-test',
    cacheControl: 'max-age=60',
    storageClass: 'STANDARD_IA',
  })
  expect(uploaded.metadata).toEqual({ colour: 'blue', x: 'y=z' })
  expect(await run(['cp', `r2://${bucket}/a`, `r2://${bucket}/b`, '--cache-control', 'no-store'])).toMatchObject({
    exitCode: 0,
  })
  const copied = await r2.objects.head({ bucket, key: 'b' })
  expect(copied).toMatchObject({
    contentType: 'text/x-test',
    cacheControl: 'no-store',
    metadata: { colour: 'blue', x: 'y=z' },
  })
})

test('an object comes down into a folder or under a name, and replaces what was there in one step', async () => {
  await put('dir/data.bin', 'new')
  await writeTree({ 'data.bin': 'old', 'elsewhere/keep': '' })
  expect(await run(['cp', `r2://${bucket}/dir/data.bin`, scratch])).toMatchObject({ exitCode: 0 })
  expect(await run(['cp', `r2://${bucket}/dir/data.bin`, file('made', 'here', '/')])).toMatchObject({ exitCode: 0 })
  expect(await run(['cp', `r2://${bucket}/dir/data.bin`, file('named')])).toMatchObject({ exitCode: 0 })
  expect(await filesUnder(scratch)).toEqual({
    'data.bin': 'new',
    'elsewhere/keep': '',
    'made/here/data.bin': 'new',
    named: 'new',
  })
})

test.each([
  ['every byte value', Buffer.from(Array.from({ length: 256 }, (_, value) => value))],
  ['nothing', Buffer.alloc(0)],
  ['3 MB', randomBytes(3_000_000)],
])('%s passes through pipes unchanged', async (_name, bytes) => {
  expect(await run(['cp', '-', `r2://${bucket}/piped`], { stdin: bytes })).toMatchObject({ exitCode: 0 })
  const out = await run(['cp', `r2://${bucket}/piped`, '-'])
  expect(out).toMatchObject({ exitCode: 0, stderr: '' })
  expect(out.stdoutBytes.equals(bytes)).toBe(true)
  const printed = await run(['cat', `r2://${bucket}/piped`, `r2://${bucket}/piped`])
  expect(printed.stdoutBytes.equals(Buffer.concat([bytes, bytes]))).toBe(true)
})

test('a pipe of unknown length that is longer than a part arrives as parts that R2 accepts', async () => {
  const bytes = randomBytes(40 * 1024 * 1024 + 1)
  const input = openInput()
  for (let offset = 0; offset < bytes.length; offset += 700_001) input.write(bytes.subarray(offset, offset + 700_001))
  input.end()
  const result = await run(['cp', '-', `r2://${bucket}/long`, '--json'], { stdin: input })
  expect(result.exitCode).toBe(0)
  expect(result.events[0]).toMatchObject({ event: 'transfer-done', bytes: bytes.length, verified: 'md5' })
  const { size, etag } = await r2.objects.head({ bucket, key: 'long' })
  expect({ size, etag }).toMatchObject({ size: bytes.length, etag: expect.stringMatching(/-3$/) })
  const back = await run(['cp', `r2://${bucket}/long`, file('long'), '--json'])
  expect(back.events[0]).toMatchObject({ event: 'transfer-done', verified: 'length' })
  const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
  expect(hash(await readFile(file('long')))).toBe(hash(bytes))
})

test('a pipe that fails leaves no object and no unfinished upload', async () => {
  const input = openInput()
  input.write(randomBytes(17 * 1024 * 1024))
  const result = run(['cp', '-', `r2://${bucket}/broken`], { stdin: input })
  setImmediate(() => input.destroy(new Error('the producer died')))
  expect(await result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the producer died') })
  expect(await keys()).toEqual([])
  expect((await r2.multipart.listUploads({ bucket })).uploads).toEqual([])
})

test("a folder's contents go up and come back, and a slash at the end changes nothing", async () => {
  const tree = { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c ☃': 'c', empty: '' }
  await writeTree(Object.fromEntries(Object.entries(tree).map(([path, content]) => [`src/${path}`, content])))
  for (const [source, target] of [
    [file('src'), `r2://${bucket}/one`],
    [`${file('src')}/`, `r2://${bucket}/two/`],
  ] as const) {
    const { exitCode, stdout } = await run(['cp', '-r', source, target])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^4 objects copied/)
  }
  expect(await keys()).toEqual(
    ['one', 'two'].flatMap((top) => ['a.txt', 'empty', 'sub/b.txt', 'sub/deep/c ☃'].map((key) => `${top}/${key}`)),
  )
  for (const source of ['one', 'two/']) {
    expect(await run(['cp', '-r', `r2://${bucket}/${source}`, file('back', source)])).toMatchObject({ exitCode: 0 })
    expect(await filesUnder(file('back', source))).toEqual(tree)
  }
})

test('a folder is what lies behind the slash, not what begins alike', async () => {
  await put('log/a')
  await put('logs/b')
  await put('log')
  expect(await run(['cp', '-r', `r2://${bucket}/log`, file('out')])).toMatchObject({ exitCode: 0 })
  expect(await filesUnder(file('out'))).toEqual({ a: 'log/a' })
})

test('objects are copied between buckets and folders on the server', async () => {
  for (const key of ['a/1', 'a/2', 'b']) await put(key)
  await r2.buckets.create({ bucket: `${bucket}-other` })
  const { exitCode, events } = await run(['cp', '-r', `r2://${bucket}`, `r2://${bucket}-other/copy`, '--json'])
  expect(exitCode).toBe(0)
  expect(events.filter(({ event }) => event === 'transfer-done')).toHaveLength(3)
  expect(events.at(-1)).toMatchObject({ event: 'summary', command: 'cp', done: 3, skipped: 0, failed: 0, bytes: 7 })
  expect((await r2.objects.get({ bucket: `${bucket}-other`, key: 'copy/a/2' })).text()).toBe('a/2')
})

const hostileKeys = [
  '../escape',
  '/etc/escape',
  'a/../../escape',
  'a//b',
  './dot',
  'dir/..',
  'link/escape',
  'x'.repeat(300),
  'full/',
]

test('no key leads a download out of its folder: each is reported with a reason, and the rest arrives', async () => {
  await put('good/file')
  for (const key of hostileKeys) await put(key, 'hostile')
  await mkdir(file('outside'))
  await mkdir(file('out'))
  await symlink(file('outside'), file('out', 'link'))
  const { exitCode, events } = await run(['cp', '-r', `r2://${bucket}`, file('out'), '--json'])
  expect(exitCode).toBe(1)
  expect(await filesUnder(scratch)).toEqual({ 'out/good/file': 'good/file' })
  const failures = events.filter(({ event }) => event === 'transfer-failed')
  expect(failures.map(({ source }) => source).sort()).toEqual(hostileKeys.map((key) => `r2://${bucket}/${key}`).sort())
  for (const { error } of failures)
    expect(error).toMatchObject({ code: 'UnsafeTarget', message: expect.stringMatching(/\w/) })
  expect(events.at(-1)).toMatchObject({ event: 'summary', done: 1, failed: hostileKeys.length })
})

test('a key that the command names may hold anything, since the user says where it goes', async () => {
  await put('../escape', 'content')
  expect(await run(['cp', `r2://${bucket}/../escape`, file('named')])).toMatchObject({ exitCode: 0 })
  expect(await filesUnder(scratch)).toEqual({ named: 'content' })
  await put('a/..', 'content')
  expect(await run(['cp', `r2://${bucket}/a/..`, scratch])).toMatchObject({ exitCode: 2 })
})

test('of two keys that need one name both are accounted for, and none is lost in silence', async () => {
  await put('a', 'file')
  await put('a/b', 'below')
  await put('c', 'fine')
  const { exitCode, events } = await run(['cp', '-r', `r2://${bucket}`, file('out'), '--json'])
  expect(exitCode).toBe(1)
  const failed = events
    .filter(({ event }) => event === 'transfer-failed')
    .map(({ source }) => String(source).slice(`r2://${bucket}/`.length))
  expect(failed).toHaveLength(1)
  const arrived = Object.keys(await filesUnder(file('out'))).sort()
  expect([...arrived, ...failed].sort()).toEqual(['a', 'a/b', 'c'])
})

test('keys that differ only in case are two files where the file system says so', async () => {
  await put('README', 'upper')
  await put('readme', 'lower')
  const { exitCode } = await run(['cp', '-r', `r2://${bucket}`, file('out')])
  const arrived = await filesUnder(file('out'))
  if (exitCode === 0) expect(arrived).toEqual({ README: 'upper', readme: 'lower' })
  else expect(Object.keys(arrived)).toHaveLength(1)
})

test('a key that ends in a slash and is empty makes a folder', async () => {
  await put('hollow/', '')
  await put('docs/', '')
  await put('docs/a')
  expect(await run(['cp', '-r', `r2://${bucket}`, file('out')])).toMatchObject({ exitCode: 0 })
  expect((await readdir(file('out'))).sort()).toEqual(['docs', 'hollow'])
})

test('links and empty folders are reported and left out; a name that is no key is a failure', async () => {
  await writeTree({ 'src/a': 'a' })
  await mkdir(file('src', 'hollow'))
  await symlink('a', file('src', 'link'))
  const tame = await run(['cp', '-r', file('src'), `r2://${bucket}`])
  expect(tame.exitCode).toBe(0)
  expect(tame.stderr).toMatch(/left out .*link: a symbolic link/)
  expect(tame.stderr).toMatch(/left out .*hollow: an empty folder/)
  expect(tame.stdout).toMatch(/1 object copied, 2 left out/)
  await writeFile(Buffer.concat([Buffer.from(`${file('src')}/`), Buffer.from([0xff])]), '')
  const long = 'long-name-'.repeat(20)
  await writeTree({ [`src/${Array.from({ length: 6 }, () => long).join('/')}`]: 'too long for a key' })
  const { exitCode, events } = await run(['cp', '-r', file('src'), `r2://${bucket}`, '--json'])
  expect(exitCode).toBe(1)
  expect(events.at(-1)).toMatchObject({ event: 'summary', done: 1, skipped: 2, failed: 2 })
})

test('followed links are uploaded as what they point to', async () => {
  await writeTree({ 'src/a': 'a', 'other/b': 'b' })
  await symlink(file('other'), file('src', 'link'))
  expect(await run(['cp', '-r', '--follow-symlinks', file('src'), `r2://${bucket}`])).toMatchObject({ exitCode: 0 })
  expect(await keys()).toEqual(['a', 'link/b'])
})

test('with --no-clobber what exists stays, in every direction', async () => {
  await put('k', 'remote')
  await put('other', 'other')
  await writeTree({ k: 'local' })
  const ways = [
    [file('k'), `r2://${bucket}/k`],
    [`r2://${bucket}/k`, file('k')],
    [`r2://${bucket}/other`, `r2://${bucket}/k`],
  ] as const
  for (const [source, target] of ways) {
    const result = await run(['cp', '--no-clobber', source, target])
    expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('exists already') })
  }
  expect(await read('k')).toBe('remote')
  expect(await readFile(file('k'), 'utf8')).toBe('local')
  expect(await run(['cp', '--no-clobber', file('k'), `r2://${bucket}/new`])).toMatchObject({ exitCode: 0, stderr: '' })
  expect(await read('new')).toBe('local')
})

test('a dry run says what would be done, and does nothing', async () => {
  await writeTree({ 'src/a': 'abc' })
  await put('down', 'x')
  const up = await run(['cp', '-r', '--dry-run', file('src'), `r2://${bucket}/up`, '--json'])
  expect(up.events).toMatchObject([
    { event: 'transfer-planned', source: file('src', 'a'), target: `r2://${bucket}/up/a`, bytes: 3 },
    { event: 'summary', dryRun: true, done: 1, bytes: 3 },
  ])
  const down = await run(['mv', '-r', '--dry-run', `r2://${bucket}`, file('out')])
  expect(down.stdout).toMatch(/would move .*down → /)
  expect(await keys()).toEqual(['down'])
  expect(await readdir(scratch)).toEqual(['src'])
})

test('a move deletes its source once the copy is there, in every direction', async () => {
  await writeTree({ 'src/a': 'a', 'src/b': 'b' })
  expect(await run(['mv', '-r', file('src'), `r2://${bucket}/up`])).toMatchObject({ exitCode: 0 })
  expect(await filesUnder(file('src'))).toEqual({})
  expect(await run(['mv', '-r', `r2://${bucket}/up`, `r2://${bucket}/across`])).toMatchObject({ exitCode: 0 })
  expect(await keys()).toEqual(['across/a', 'across/b'])
  expect(await run(['mv', '-r', `r2://${bucket}/across`, file('down')])).toMatchObject({ exitCode: 0 })
  expect(await keys()).toEqual([])
  expect(await filesUnder(file('down'))).toEqual({ a: 'a', b: 'b' })
})

test('a move that cannot write its copy keeps its source', async () => {
  await put('../x', 'kept')
  await put('k', 'kept')
  expect(await run(['mv', '-r', `r2://${bucket}`, file('out')])).toMatchObject({ exitCode: 1 })
  expect(await keys()).toEqual(['../x'])
  await put('k', 'kept')
  await writeTree({ exists: 'local' })
  expect(await run(['mv', '--no-clobber', `r2://${bucket}/k`, file('exists')])).toMatchObject({ exitCode: 0 })
  expect(await keys()).toEqual(['../x', 'k'])
})

test('a folder moved up out of itself does not swallow what lies deeper', async () => {
  for (const key of ['a/a/x', 'a/y']) await put(key)
  const { exitCode, events } = await run(['mv', '-r', `r2://${bucket}/a`, `r2://${bucket}`, '--json'])
  expect(exitCode).toBe(1)
  expect(events.find(({ event }) => event === 'transfer-failed')).toMatchObject({ source: `r2://${bucket}/a/a/x` })
  expect(await keys()).toEqual(['a/a/x', 'y'])
})

test.each([
  [3, ['cp', 'r2://BUCKET/absent', 'SCRATCH/x']],
  [3, ['cp', 'r2://absent-bucket/k', 'SCRATCH/x']],
  [3, ['cp', '-r', 'r2://BUCKET/absent', 'SCRATCH/x']],
  [3, ['cp', '-r', 'r2://absent-bucket', 'SCRATCH/x']],
  [3, ['cp', 'SCRATCH/absent', 'r2://BUCKET/k']],
  [3, ['cp', 'r2://BUCKET/absent', 'r2://BUCKET/k']],
  [3, ['cat', 'r2://BUCKET/absent']],
  [3, ['stat', 'r2://BUCKET/absent']],
  [3, ['rm', 'r2://BUCKET/absent']],
  [3, ['rm', '-r', 'r2://BUCKET/absent']],
  [0, ['rm', '-r', '--force', 'r2://BUCKET/absent']],
  [3, ['rb', 'r2://absent-bucket']],
  [3, ['ls', 'r2://absent-bucket']],
  [0, ['ls', 'r2://BUCKET/absent']],
  [3, ['du', 'r2://absent-bucket']],
  [1, ['mb', 'r2://BUCKET']],
  [2, ['mb', 'r2://Not_A_Bucket']],
  [1, ['cp', 'r2://BUCKET/k', '/dev/null']],
])('the exit code is %d for %j', async (exitCode, words) => {
  await put('k')
  const filled = words.map((word) => word.replace('BUCKET', bucket).replace('SCRATCH', scratch))
  const result = await run(filled)
  expect(result).toMatchObject({ exitCode })
  expect(result.stderr.split('\n')).toHaveLength(exitCode === 0 ? 1 : 2)
  expect(await readdir(scratch)).toEqual([])
})

test('wrong credentials end a recursive copy at once, with the exit code of authentication', async () => {
  await writeTree({ 'src/a': '', 'src/b': '', 'src/c': '' })
  const wrong = { ...env, R2_SECRET_ACCESS_KEY: 'f'.repeat(64) }
  const { exitCode, events, stderr } = await run(['cp', '-r', file('src'), `r2://${bucket}`, '--json'], { env: wrong })
  expect(exitCode).toBe(4)
  expect(events.at(-1)).toMatchObject({ event: 'error', exitCode: 4, error: { code: 'SignatureDoesNotMatch' } })
  expect(stderr).not.toContain('f'.repeat(64))
})

test('an interrupted download ends with 130 and leaves nothing', async () => {
  await put('big', randomBytes(8_000_000))
  const controller = new AbortController()
  const target = file('out')
  const result = run(['cp', '-r', `r2://${bucket}`, target], { signal: controller.signal })
  controller.abort()
  expect(await result).toMatchObject({ exitCode: 130 })
  expect(await filesUnder(scratch)).toEqual({})
})

test('an interrupted upload of a pipe ends with 130 and aborts what it began', async () => {
  const controller = new AbortController()
  const input = openInput()
  input.write(randomBytes(17 * 1024 * 1024))
  const result = run(['cp', '-', `r2://${bucket}/k`, '--json'], { signal: controller.signal, stdin: input })
  setImmediate(() => controller.abort())
  const { exitCode, events } = await result
  expect(exitCode).toBe(130)
  expect(events.at(-1)).toMatchObject({ event: 'error', error: { code: 'Aborted' }, exitCode: 130 })
  expect(await keys()).toEqual([])
  expect((await r2.multipart.listUploads({ bucket })).uploads).toEqual([])
})

test('a reader of standard output that has had enough ends the command without an error', async () => {
  await put('big', randomBytes(8_000_000))
  let bytes = 0
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done(bytes > 1000 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null)
    },
  })
  expect(await run(['cat', `r2://${bucket}/big`], { stdout })).toMatchObject({ exitCode: 0, stderr: '' })
  expect(bytes).toBeLessThan(8_000_000)
})

test('progress is drawn on a terminal and nowhere else, and never in the way of results', async () => {
  await writeTree({ 'src/a': 'a', 'src/b': 'bb' })
  const plain = await run(['cp', '-r', file('src'), `r2://${bucket}`])
  expect(plain.stderr).toBe('')
  const drawn = await run(['cp', '-r', file('src'), `r2://${bucket}`], { isTTY: true })
  expect(drawn.stderr).toContain('\x1b[')
  expect(drawn.stdout).toMatch(/^2 objects copied, 3 B/)
  for (const silencer of ['--quiet', '--json', '--verbose']) {
    expect((await run(['cp', '-r', file('src'), `r2://${bucket}`, silencer], { isTTY: true })).stderr).toBe('')
  }
})
