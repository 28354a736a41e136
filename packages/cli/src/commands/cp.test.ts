import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { CommandWorld } from '../../../../test/support/command-world.js'
import { openInput } from '../../../../test/support/run-command.js'

const world = CommandWorld.create()

test('a file goes up under its own name into a folder, and under the name that is given otherwise', async () => {
  await world.writeTree({ 'report.html': '<p>' })
  expect(await world.run(['cp', world.file('report.html'), world.at('docs/')])).toMatchObject({ exitCode: 0 })
  expect(await world.run(['cp', world.file('report.html'), `r2://${world.bucket}`])).toMatchObject({ exitCode: 0 })
  expect(await world.run(['cp', world.file('report.html'), world.at('docs/final')])).toMatchObject({ exitCode: 0 })
  expect(await world.run(['cp', world.file('report.html'), world.at('exact/'), '--exact'])).toMatchObject({
    exitCode: 0,
  })
  expect(await world.keys()).toEqual(['docs/final', 'docs/report.html', 'exact/', 'report.html'])
  expect((await world.r2.objects.head({ bucket: world.bucket, key: 'docs/report.html' })).contentType).toBe('text/html')
})

test('what is said about an object goes with it, up and on a copy, where the rest is kept', async () => {
  await world.writeTree({ 'a.txt': 'text' })
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
  expect(
    await world.run(['cp', world.file('a.txt'), world.at('a'), ...words, '--content-type', 'text/x-test']),
  ).toMatchObject({ exitCode: 0 })
  const uploaded = await world.r2.objects.head({ bucket: world.bucket, key: 'a' })
  expect(uploaded).toMatchObject({
    contentType: 'text/x-test',
    cacheControl: 'max-age=60',
    storageClass: 'STANDARD_IA',
  })
  expect(uploaded.metadata).toEqual({ colour: 'blue', x: 'y=z' })
  expect(await world.run(['cp', world.at('a'), world.at('b'), '--cache-control', 'no-store'])).toMatchObject({
    exitCode: 0,
  })
  const copied = await world.r2.objects.head({ bucket: world.bucket, key: 'b' })
  expect(copied).toMatchObject({
    contentType: 'text/x-test',
    cacheControl: 'no-store',
    metadata: { colour: 'blue', x: 'y=z' },
  })
})

test.each([
  ['every byte value', Buffer.from(Array.from({ length: 256 }, (_, value) => value))],
  ['nothing', Buffer.alloc(0)],
  ['3 MB', randomBytes(3_000_000)],
])('%s passes through pipes unchanged', async (_name, bytes) => {
  expect(await world.run(['cp', '-', world.at('piped')], { stdin: bytes })).toMatchObject({ exitCode: 0 })
  const out = await world.run(['cp', world.at('piped'), '-'])
  expect(out).toMatchObject({ exitCode: 0, stderr: '' })
  expect(out.stdoutBytes.equals(bytes)).toBe(true)
  const printed = await world.run(['cat', world.at('piped'), world.at('piped')])
  expect(printed.stdoutBytes.equals(Buffer.concat([bytes, bytes]))).toBe(true)
})

test('a pipe of unknown length that is longer than a part arrives as parts that R2 accepts', async () => {
  const bytes = randomBytes(40 * 1024 * 1024 + 1)
  const input = openInput()
  for (let offset = 0; offset < bytes.length; offset += 700_001) input.write(bytes.subarray(offset, offset + 700_001))
  input.end()
  const result = await world.run(['cp', '-', world.at('long'), '--json'], { stdin: input })
  expect(result.exitCode).toBe(0)
  expect(result.events[0]).toMatchObject({ event: 'transfer-done', bytes: bytes.length, verified: 'md5' })
  const { size, etag } = await world.r2.objects.head({ bucket: world.bucket, key: 'long' })
  expect({ size, etag }).toMatchObject({ size: bytes.length, etag: expect.stringMatching(/-3$/) })
  const back = await world.run(['cp', world.at('long'), world.file('long'), '--json'])
  expect(back.events[0]).toMatchObject({ event: 'transfer-done', verified: expect.stringMatching(/^(md5|crc64nvme)$/) })
  const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex')
  expect(hash(await readFile(world.file('long')))).toBe(hash(bytes))
})

test('a pipe that fails leaves no object and no unfinished upload', async () => {
  const input = openInput()
  input.write(randomBytes(17 * 1024 * 1024))
  const result = world.run(['cp', '-', world.at('broken')], { stdin: input })
  setImmediate(() => input.destroy(new Error('the producer died')))
  expect(await result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('the producer died') })
  expect(await world.keys()).toEqual([])
  expect((await world.r2.multipart.listUploads({ bucket: world.bucket })).uploads).toEqual([])
})

test("a folder's contents go up and come back, and a slash at the end changes nothing", async () => {
  const tree = { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c ☃': 'c', empty: '' }
  await world.writeTree(Object.fromEntries(Object.entries(tree).map(([path, content]) => [`src/${path}`, content])))
  for (const [source, target] of [
    [world.file('src'), world.at('one')],
    [`${world.file('src')}/`, world.at('two/')],
  ] as const) {
    const { exitCode, stdout } = await world.run(['cp', '-r', source, target])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^4 objects copied/)
  }
  expect(await world.keys()).toEqual(
    ['one', 'two'].flatMap((top) => ['a.txt', 'empty', 'sub/b.txt', 'sub/deep/c ☃'].map((key) => `${top}/${key}`)),
  )
  for (const source of ['one', 'two/']) {
    expect(await world.run(['cp', '-r', world.at(`${source}`), world.file('back', source)])).toMatchObject({
      exitCode: 0,
    })
    expect(await world.tree(world.file('back', source))).toEqual(tree)
  }
})

test('a folder is what lies behind the slash, not what begins alike', async () => {
  await world.put('log/a')
  await world.put('logs/b')
  await world.put('log')
  expect(await world.run(['cp', '-r', world.at('log'), world.file('out')])).toMatchObject({ exitCode: 0 })
  expect(await world.tree(world.file('out'))).toEqual({ a: 'log/a' })
})

test('objects are copied between buckets and folders on the server', async () => {
  for (const key of ['a/1', 'a/2', 'b']) await world.put(key)
  await world.r2.buckets.create({ bucket: `${world.bucket}-other` })
  const { exitCode, events } = await world.run([
    'cp',
    '-r',
    `r2://${world.bucket}`,
    `r2://${world.bucket}-other/copy`,
    '--json',
  ])
  expect(exitCode).toBe(0)
  expect(events.filter(({ event }) => event === 'transfer-done')).toHaveLength(3)
  expect(events.at(-1)).toMatchObject({ event: 'summary', command: 'cp', done: 3, skipped: 0, failed: 0, bytes: 7 })
  expect((await world.r2.objects.get({ bucket: `${world.bucket}-other`, key: 'copy/a/2' })).text()).toBe('a/2')
})

test('links and empty folders are reported and left out; a name that is no key is a failure', async () => {
  await world.writeTree({ 'src/a': 'a' })
  await mkdir(world.file('src', 'hollow'))
  await symlink('a', world.file('src', 'link'))
  const tame = await world.run(['cp', '-r', world.file('src'), `r2://${world.bucket}`])
  expect(tame.exitCode).toBe(0)
  expect(tame.stderr).toMatch(/left out .*link: a symbolic link/)
  expect(tame.stderr).toMatch(/left out .*hollow: an empty folder/)
  expect(tame.stdout).toMatch(/1 object copied, 2 left out/)
  await writeFile(Buffer.concat([Buffer.from(`${world.file('src')}/`), Buffer.from([0xff])]), '')
  const long = 'long-name-'.repeat(20)
  await world.writeTree({ [`src/${Array.from({ length: 6 }, () => long).join('/')}`]: 'too long for a key' })
  const { exitCode, events } = await world.run(['cp', '-r', world.file('src'), `r2://${world.bucket}`, '--json'])
  expect(exitCode).toBe(1)
  expect(events.at(-1)).toMatchObject({ event: 'summary', done: 1, skipped: 2, failed: 2 })
})

test.skipIf(process.platform === 'win32')('what may not be read is a failure each, and the rest goes up', async () => {
  await world.writeTree({ 'src/a': 'a', 'src/locked': 'no', 'src/folder/b': 'b', 'src/z': 'z' })
  await Promise.all([chmod(world.scratch, 0o755), chmod(world.file('src', 'locked'), 0)])
  await chmod(world.file('src', 'folder'), 0)
  try {
    const words = ['cp', '-r', world.file('src'), `r2://${world.bucket}`, '--json']
    const { exitCode, events } = await asOrdinaryUser(() => world.run(words))
    expect(exitCode).toBe(1)
    const failed = events.filter(({ event }) => event === 'transfer-failed')
    expect(failed.map(({ source }) => basename(String(source))).sort()).toEqual(['folder', 'locked'])
    expect(failed.map(({ error }) => error)).toEqual(failed.map(() => expect.objectContaining({ code: 'EACCES' })))
    expect(events.at(-1)).toMatchObject({ event: 'summary', done: 2, failed: 2 })
  } finally {
    await chmod(world.file('src', 'folder'), 0o755)
  }
  expect(await world.keys()).toEqual(['a', 'z'])
})

/** Root may read everything: its process is nobody's for a while. */
const asOrdinaryUser = async <T>(work: () => Promise<T>): Promise<T> => {
  if (process.getuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

test('followed links are uploaded as what they point to', async () => {
  await world.writeTree({ 'src/a': 'a', 'other/b': 'b' })
  await symlink(world.file('other'), world.file('src', 'link'))
  expect(await world.run(['cp', '-r', '--follow-symlinks', world.file('src'), `r2://${world.bucket}`])).toMatchObject({
    exitCode: 0,
  })
  expect(await world.keys()).toEqual(['a', 'link/b'])
})

test('with --no-clobber what exists stays, in every direction', async () => {
  await world.put('k', 'remote')
  await world.put('other', 'other')
  await world.writeTree({ k: 'local' })
  const ways = [
    [world.file('k'), world.at('k')],
    [world.at('k'), world.file('k')],
    [world.at('other'), world.at('k')],
  ] as const
  for (const [source, target] of ways) {
    const result = await world.run(['cp', '--no-clobber', source, target])
    expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('exists already') })
  }
  expect(await world.read('k')).toBe('remote')
  expect(await readFile(world.file('k'), 'utf8')).toBe('local')
  expect(await world.run(['cp', '--no-clobber', world.file('k'), world.at('new')])).toMatchObject({
    exitCode: 0,
    stderr: '',
  })
  expect(await world.read('new')).toBe('local')
})

test('a dry run says what would be done, and does nothing', async () => {
  await world.writeTree({ 'src/a': 'abc' })
  await world.put('down', 'x')
  const up = await world.run(['cp', '-r', '--dry-run', world.file('src'), world.at('up'), '--json'])
  expect(up.events).toMatchObject([
    { event: 'transfer-planned', source: world.file('src', 'a'), target: world.at('up/a'), bytes: 3 },
    { event: 'summary', dryRun: true, done: 1, bytes: 3 },
  ])
  const down = await world.run(['mv', '-r', '--dry-run', `r2://${world.bucket}`, world.file('out')])
  expect(down.stdout).toMatch(/would move .*down → /)
  expect(await world.keys()).toEqual(['down'])
  expect(await readdir(world.scratch)).toEqual(['src'])
})
