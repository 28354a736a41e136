/** A disk that fails at each file system call of a download. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { downloadHarness } from '#test/support/download-harness.js'
import { objectOf } from '#test/support/object-server.js'
import { isR2Error } from '../../errors/index.js'
import { asFileError } from './file-error.js'
import { fileJournal } from './file-journal.js'
import { createPartialFile, partialName } from './partial-file.js'
import { inspectTarget } from './target-file.js'
import { openTargetFolder } from './target-folder.js'

/** The call that fails, its error code, and how many calls of it succeed before. */
const disk = vi.hoisted(() => ({ call: '', code: '', spared: 0 }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const failure = (call: string) =>
    Object.assign(new Error(`${disk.code}: ${call}`), { code: disk.code, syscall: call })
  const faulty =
    <Arguments extends unknown[], Result>(call: string, act: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      if (disk.call === call && disk.spared-- <= 0) throw failure(call)
      return act(...given)
    }
  return {
    ...real,
    access: faulty('access', real.access),
    lstat: faulty('lstat', real.lstat),
    mkdir: faulty('mkdir', real.mkdir),
    rename: faulty('rename', real.rename),
    link: faulty('link', real.link),
    readFile: faulty('readFile', real.readFile),
    open: faulty('open', async (...given: Parameters<typeof real.open>) => {
      const file = await real.open(...given)
      const close = file.close.bind(file)
      for (const call of ['truncate', 'writev', 'write', 'read', 'sync', 'writeFile'] as const) {
        const act: (...given: never[]) => Promise<unknown> = file[call].bind(file)
        Object.assign(file, { [call]: faulty(call, act) })
      }
      // The system closes a file even when `close` returns an error.
      return Object.assign(file, { close: () => close().then(faulty('close', async () => undefined)) })
    }),
  }
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-disk-'))
})
afterEach(async () => {
  Object.assign(disk, { call: '', code: '', spared: 0 })
  await rm(folder, { recursive: true })
})

const fails = (call: string, code: string, spared = 0) => Object.assign(disk, { call, code, spared })
const fileError = (code: string, path: string, field = 'target.path') => ({
  code: 'FileUnavailable',
  retryable: false,
  field,
  message: expect.stringContaining(path),
  hint: expect.any(String),
  cause: expect.objectContaining({ code }),
})
const hundred = Uint8Array.from({ length: 100 }, (_, index) => index)

describe('a download to a file', () => {
  test.each([
    ['lstat', 'EACCES'],
    ['lstat', 'ELOOP'],
    ['access', 'EACCES'],
    ['access', 'EROFS'],
  ])('a download whose %s fails with %s requests nothing', async (call, code) => {
    const harness = downloadHarness(objectOf(hundred))
    const path = join(folder, 'out')
    fails(call, code)
    await expect(harness.clock.run(harness.toFile(path).then((done) => done))).rejects.toMatchObject(
      fileError(code, path),
    )
    expect(harness.server.seen).toEqual([])
    expect(harness.isIdle()).toBe(true)
  })

  test.each([
    ['open', 'EMFILE', 0],
    ['truncate', 'EFBIG', 0],
    ['write', 'ENOSPC', 0],
    ['write', 'EIO', 3],
    ['sync', 'EIO', 0],
    ['close', 'EIO', 0],
    ['rename', 'EISDIR', 0],
    ['rename', 'EACCES', 0],
  ])(
    'a download whose %s fails with %s names the problem, and leaves the existing file unchanged',
    async (call, code, spared) => {
      const harness = downloadHarness(objectOf(hundred))
      const path = join(folder, 'out')
      await writeFile(path, 'before')
      fails(call, code, spared)
      const transfer = harness.toFile(path, { rangeSizeBytes: 10, fsync: true })
      await expect(harness.clock.run(transfer.then((done) => done))).rejects.toMatchObject(fileError(code, path))
      expect(harness.isIdle()).toBe(true)
      expect(await readdir(folder)).toEqual(['out'])
      fails('', '')
      expect(await readFile(path, 'utf8')).toBe('before')
    },
  )

  test('a download with noClobber names a full disk when its last step fails', async () => {
    const harness = downloadHarness(objectOf(hundred))
    const path = join(folder, 'out')
    fails('link', 'ENOSPC')
    const transfer = harness.toFile(path, { noClobber: true })
    await expect(harness.clock.run(transfer.then((done) => done))).rejects.toMatchObject(fileError('ENOSPC', path))
    expect(await readdir(folder)).toEqual([])
  })

  test('a failed clean-up of the temporary file does not reject', async () => {
    const path = join(folder, 'out')
    const target = await inspectTarget(path)
    const file = await createPartialFile(target, partialName(target), 10)
    fails('close', 'EIO')
    await file.discard()
    expect(await readdir(folder)).toEqual([])
  })
})

test.each([
  ['mkdir', 'EACCES', 0, 'path'],
  ['mkdir', 'ENOSPC', 1, 'target.path'],
  ['lstat', 'EIO', 0, 'target.path'],
])('a target folder whose %s fails with %s names the problem', async (call, code, spared, field) => {
  const target = openTargetFolder(join(folder, 'many'))
  // A folder that was just created is not inspected.
  if (call === 'lstat') await mkdir(join(folder, 'many', 'a'), { recursive: true })
  fails(call, code, spared)
  await expect(target.makeFolder(['a'])).rejects.toMatchObject(fileError(code, 'many', field))
})

test('a target folder that cannot be created is rejected by requireUsable, which creates none', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(openTargetFolder(join(folder, 'file')).requireUsable()).rejects.toMatchObject({
    code: 'InvalidInput',
    field: 'path',
  })
  await expect(openTargetFolder(join(folder, 'file', 'below')).requireUsable()).rejects.toMatchObject(
    fileError('ENOTDIR', 'below', 'path'),
  )
  await openTargetFolder(join(folder, 'new', 'deep')).requireUsable()
  await openTargetFolder(folder).requireUsable()
  expect(await readdir(folder)).toEqual(['file'])
  fails('access', 'EROFS')
  await expect(openTargetFolder(join(folder, 'new', 'deep')).requireUsable()).rejects.toMatchObject(
    fileError('EROFS', 'deep', 'path'),
  )
})

test('a journal whose file cannot be read or written names the problem', async () => {
  const journal = fileJournal(join(folder, 'journal'))
  expect(await journal.read('id')).toBeUndefined()
  fails('readFile', 'EACCES')
  await expect(journal.read('id')).rejects.toMatchObject(fileError('EACCES', 'id.journal', 'journal'))
  fails('writeFile', 'ENOSPC')
  await expect(journal.append('id', hundred)).rejects.toMatchObject(fileError('ENOSPC', 'id.journal', 'journal'))
})

test('ENOENT names the file when it is read, and its folder when it is written', () => {
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' })
  expect(asFileError(missing, { action: 'read', path: '/a', field: 'source' })).toMatchObject({
    message: 'cannot read /a: it does not exist (ENOENT)',
  })
  expect(asFileError(missing, { action: 'write', path: '/a', field: 'target.path' })).toMatchObject({
    message: 'cannot write /a: its folder does not exist (ENOENT)',
  })
})

test('an unknown system code keeps the system’s message, and an error that is not the system’s stays unchanged', () => {
  const access = { action: 'write', path: '/a', field: 'target.path' } as const
  const strange = Object.assign(new Error('ESTRANGE: strange'), { code: 'ESTRANGE', syscall: 'open' })
  const mapped = asFileError(strange, access)
  expect(isR2Error(mapped, 'FileUnavailable')).toBe(true)
  expect(mapped).toMatchObject({ message: 'cannot write /a: ESTRANGE: strange', cause: strange })
  const bug = new TypeError('a bug')
  expect(asFileError(bug, access)).toBe(bug)
})
