import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'
import { openInput } from '#test/support/run-command.js'

const harness = CommandHarness.create()

test('an uploaded file keeps its name in a target folder, and gets the name of any other target', async () => {
  await harness.writeTree({ 'report.html': '<p>' })
  expect(await harness.run(['cp', harness.file('report.html'), harness.at('docs/')])).toMatchObject({ exitCode: 0 })
  expect(await harness.run(['cp', harness.file('report.html'), `r2://${harness.bucket}`])).toMatchObject({
    exitCode: 0,
  })
  expect(await harness.run(['cp', harness.file('report.html'), harness.at('docs/final')])).toMatchObject({
    exitCode: 0,
  })
  expect(await harness.run(['cp', harness.file('report.html'), harness.at('exact/'), '--exact'])).toMatchObject({
    exitCode: 0,
  })
  expect(await harness.keys()).toEqual(['docs/final', 'docs/report.html', 'exact/', 'report.html'])
  expect((await harness.r2.objects.head({ bucket: harness.bucket, key: 'docs/report.html' })).contentType).toBe(
    'text/html',
  )
})

test('headers and metadata are set by an upload, and merged with those of the source by a copy', async () => {
  await harness.writeTree({ 'a.txt': 'text' })
  const fields = [
    '--metadata',
    'colour=blue',
    '--metadata',
    'x=y=z',
    '--cache-control',
    'max-age=60',
    '--storage-class',
    'STANDARD_IA',
  ]
  expect(
    await harness.run(['cp', harness.file('a.txt'), harness.at('a'), ...fields, '--content-type', 'text/x-test']),
  ).toMatchObject({ exitCode: 0 })
  const uploaded = await harness.r2.objects.head({ bucket: harness.bucket, key: 'a' })
  expect(uploaded).toMatchObject({
    contentType: 'text/x-test',
    cacheControl: 'max-age=60',
    storageClass: 'STANDARD_IA',
  })
  expect(uploaded.metadata).toEqual({ colour: 'blue', x: 'y=z' })
  expect(await harness.run(['cp', harness.at('a'), harness.at('b'), '--cache-control', 'no-store'])).toMatchObject({
    exitCode: 0,
  })
  const copied = await harness.r2.objects.head({ bucket: harness.bucket, key: 'b' })
  expect(copied).toMatchObject({
    contentType: 'text/x-test',
    cacheControl: 'no-store',
    metadata: { colour: 'blue', x: 'y=z' },
  })
})

test.each([
  ['every byte value', Buffer.from(Array.from({ length: 256 }, (_, value) => value))],
  ['an empty object', Buffer.alloc(0)],
  ['3 MB', randomBytes(3_000_000)],
])('%s is piped up and down unchanged', async (_name, bytes) => {
  expect(await harness.run(['cp', '-', harness.at('piped')], { stdin: bytes })).toMatchObject({ exitCode: 0 })
  const out = await harness.run(['cp', harness.at('piped'), '-'])
  expect(out).toMatchObject({ exitCode: 0, stderr: '' })
  expect(out.stdoutBytes.equals(bytes)).toBe(true)
  const printed = await harness.run(['cat', harness.at('piped'), harness.at('piped')])
  expect(printed.stdoutBytes.equals(Buffer.concat([bytes, bytes]))).toBe(true)
})

test('a pipe of unknown length is uploaded in equal parts', async () => {
  const bytes = randomBytes(40 * 1024 * 1024 + 1)
  const input = openInput()
  for (let offset = 0; offset < bytes.length; offset += 700_001) input.write(bytes.subarray(offset, offset + 700_001))
  input.end()
  const result = await harness.run(['cp', '-', harness.at('long'), '--json'], { stdin: input })
  expect(result.exitCode).toBe(0)
  expect(result.events[0]).toMatchObject({ event: 'transfer-done', bytes: bytes.length, verified: 'crc32' })
  const { size, etag } = await harness.r2.objects.head({ bucket: harness.bucket, key: 'long' })
  expect({ size, etag }).toMatchObject({ size: bytes.length, etag: expect.stringMatching(/-3$/) })
  const back = await harness.run(['cp', harness.at('long'), harness.file('long'), '--json'])
  expect(back.events[0]).toMatchObject({ event: 'transfer-done', verified: 'crc32' })
  const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
  expect(hash(await readFile(harness.file('long')))).toBe(hash(bytes))
})

test('a pipe that fails leaves no object and no unfinished upload', async () => {
  const input = openInput()
  input.write(randomBytes(17 * 1024 * 1024))
  const result = harness.run(['cp', '-', harness.at('broken')], { stdin: input })
  setImmediate(() => input.destroy(new Error('the producer died')))
  expect(await result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the producer died') })
  expect(await harness.keys()).toEqual([])
  expect((await harness.r2.multipart.listUploads({ bucket: harness.bucket })).uploads).toEqual([])
})

test('the contents of a folder are uploaded and downloaded, with or without a trailing slash', async () => {
  const tree = { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c ☃': 'c', empty: '' }
  await harness.writeTree(Object.fromEntries(Object.entries(tree).map(([path, content]) => [`src/${path}`, content])))
  for (const [source, target] of [
    [harness.file('src'), harness.at('one')],
    [`${harness.file('src')}/`, harness.at('two/')],
  ] as const) {
    const { exitCode, stdout } = await harness.run(['cp', '-r', source, target])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^4 objects copied/)
  }
  expect(await harness.keys()).toEqual(
    ['one', 'two'].flatMap((top) => ['a.txt', 'empty', 'sub/b.txt', 'sub/deep/c ☃'].map((key) => `${top}/${key}`)),
  )
  for (const source of ['one', 'two/']) {
    expect(await harness.run(['cp', '-r', harness.at(`${source}`), harness.file('back', source)])).toMatchObject({
      exitCode: 0,
    })
    expect(await harness.tree(harness.file('back', source))).toEqual(tree)
  }
})

test('a recursive download of log includes log/ but not logs/ or the object log', async () => {
  await harness.put('log/a')
  await harness.put('logs/b')
  await harness.put('log')
  expect(await harness.run(['cp', '-r', harness.at('log'), harness.file('out')])).toMatchObject({ exitCode: 0 })
  expect(await harness.tree(harness.file('out'))).toEqual({ a: 'log/a' })
})

test('objects are copied between buckets and folders on the server', async () => {
  for (const key of ['a/1', 'a/2', 'b']) await harness.put(key)
  await harness.r2.buckets.create({ bucket: `${harness.bucket}-other` })
  const { exitCode, events } = await harness.run([
    'cp',
    '-r',
    `r2://${harness.bucket}`,
    `r2://${harness.bucket}-other/copy`,
    '--json',
  ])
  expect(exitCode).toBe(0)
  expect(events.filter(({ event }) => event === 'transfer-done')).toHaveLength(3)
  expect(events.at(-1)).toMatchObject({ event: 'summary', command: 'cp', done: 3, skipped: 0, failed: 0, bytes: 7 })
  expect((await harness.r2.objects.get({ bucket: `${harness.bucket}-other`, key: 'copy/a/2' })).text()).toBe('a/2')
})

test('symbolic links and empty folders are reported and skipped; a name that is not a valid key fails', async () => {
  await harness.writeTree({ 'src/a': 'a' })
  await mkdir(harness.file('src', 'hollow'))
  await symlink('a', harness.file('src', 'link'))
  const valid = await harness.run(['cp', '-r', harness.file('src'), `r2://${harness.bucket}`])
  expect(valid.exitCode).toBe(0)
  expect(valid.stderr).toMatch(/skipped .*link: a symbolic link/)
  expect(valid.stderr).toMatch(/skipped .*hollow: an empty folder/)
  expect(valid.stdout).toMatch(/1 object copied, 2 skipped/)
  await writeFile(Buffer.concat([Buffer.from(`${harness.file('src')}/`), Buffer.from([0xff])]), '')
  const long = 'long-name-'.repeat(20)
  await harness.writeTree({ [`src/${Array.from({ length: 6 }, () => long).join('/')}`]: 'too long for a key' })
  const { exitCode, events } = await harness.run(['cp', '-r', harness.file('src'), `r2://${harness.bucket}`, '--json'])
  expect(exitCode).toBe(1)
  expect(events.at(-1)).toMatchObject({ event: 'summary', done: 1, skipped: 2, failed: 2 })
})

test.skipIf(process.platform === 'win32')(
  'unreadable files and folders fail individually, and the others are uploaded',
  async () => {
    await harness.writeTree({ 'src/a': 'a', 'src/locked': 'no', 'src/folder/b': 'b', 'src/z': 'z' })
    await Promise.all([chmod(harness.scratch, 0o755), chmod(harness.file('src', 'locked'), 0)])
    await chmod(harness.file('src', 'folder'), 0)
    try {
      const args = ['cp', '-r', harness.file('src'), `r2://${harness.bucket}`, '--json']
      const { exitCode, events } = await asOrdinaryUser(() => harness.run(args))
      expect(exitCode).toBe(1)
      const failed = events.filter(({ event }) => event === 'transfer-failed')
      expect(failed.map(({ source }) => basename(String(source))).sort()).toEqual(['folder', 'locked'])
      expect(failed.map(({ error }) => error)).toEqual(failed.map(() => expect.objectContaining({ code: 'EACCES' })))
      expect(events.at(-1)).toMatchObject({ event: 'summary', done: 2, failed: 2 })
    } finally {
      await chmod(harness.file('src', 'folder'), 0o755)
    }
    expect(await harness.keys()).toEqual(['a', 'z'])
  },
)

/** Runs `work` as an unprivileged user, because root can read every file. */
const asOrdinaryUser = async <T>(work: () => Promise<T>): Promise<T> => {
  if (process.getuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

test('with --follow-symlinks, the targets of symbolic links are uploaded', async () => {
  await harness.writeTree({ 'src/a': 'a', 'other/b': 'b' })
  await symlink(harness.file('other'), harness.file('src', 'link'))
  expect(
    await harness.run(['cp', '-r', '--follow-symlinks', harness.file('src'), `r2://${harness.bucket}`]),
  ).toMatchObject({
    exitCode: 0,
  })
  expect(await harness.keys()).toEqual(['a', 'link/b'])
})

test('with --no-clobber, existing targets are kept, in every direction', async () => {
  await harness.put('k', 'remote')
  await harness.put('other', 'other')
  await harness.writeTree({ k: 'local' })
  const routes = [
    [harness.file('k'), harness.at('k')],
    [harness.at('k'), harness.file('k')],
    [harness.at('other'), harness.at('k')],
  ] as const
  for (const [source, target] of routes) {
    const result = await harness.run(['cp', '--no-clobber', source, target])
    expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('already exists') })
  }
  expect(await harness.read('k')).toBe('remote')
  expect(await readFile(harness.file('k'), 'utf8')).toBe('local')
  expect(await harness.run(['cp', '--no-clobber', harness.file('k'), harness.at('new')])).toMatchObject({
    exitCode: 0,
    stderr: '',
  })
  expect(await harness.read('new')).toBe('local')
})

test('a dry run prints the planned transfers, and executes none', async () => {
  await harness.writeTree({ 'src/a': 'abc' })
  await harness.put('down', 'x')
  const up = await harness.run(['cp', '-r', '--dry-run', harness.file('src'), harness.at('up'), '--json'])
  expect(up.events).toMatchObject([
    { event: 'transfer-planned', source: harness.file('src', 'a'), target: harness.at('up/a'), bytes: 3 },
    { event: 'summary', dryRun: true, done: 1, bytes: 3 },
  ])
  const down = await harness.run(['mv', '-r', '--dry-run', `r2://${harness.bucket}`, harness.file('out')])
  expect(down.stdout).toMatch(/would move .*down → /)
  expect(await harness.keys()).toEqual(['down'])
  expect(await readdir(harness.scratch)).toEqual(['src'])
})
