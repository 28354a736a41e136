/** A disk that fails, at every call that a download makes of it. */
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

/** Which call fails next, and how; counted down for those that are to succeed before. */
const disk = vi.hoisted(() => ({ call: '', code: '', spared: 0 }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const failure = (call: string) =>
    Object.assign(new Error(`${disk.code}: so the test says, ${call}`), { code: disk.code, syscall: call })
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
      // It is closed all the same, as by the system.
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
const told = (code: string, path: string, field = 'target.path') => ({
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
  ])('asks nothing of the server where %s fails with %s', async (call, code) => {
    const harness = downloadHarness(objectOf(hundred))
    const path = join(folder, 'out')
    fails(call, code)
    await expect(harness.clock.run(harness.toFile(path).then((done) => done))).rejects.toMatchObject(told(code, path))
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
    'says what is the matter when %s fails with %s, and leaves what was there as it was',
    async (call, code, spared) => {
      const harness = downloadHarness(objectOf(hundred))
      const path = join(folder, 'out')
      await writeFile(path, 'before')
      fails(call, code, spared)
      const transfer = harness.toFile(path, { rangeSizeBytes: 10, fsync: true })
      await expect(harness.clock.run(transfer.then((done) => done))).rejects.toMatchObject(told(code, path))
      expect(harness.isIdle()).toBe(true)
      expect(await readdir(folder)).toEqual(['out'])
      fails('', '')
      expect(await readFile(path, 'utf8')).toBe('before')
    },
  )

  test('that may replace nothing says so when the disk is full in the end', async () => {
    const harness = downloadHarness(objectOf(hundred))
    const path = join(folder, 'out')
    fails('link', 'ENOSPC')
    const transfer = harness.toFile(path, { noClobber: true })
    await expect(harness.clock.run(transfer.then((done) => done))).rejects.toMatchObject(told('ENOSPC', path))
    expect(await readdir(folder)).toEqual([])
  })

  test('a disk that fails again while it is cleaned up after hides no first error', async () => {
    const path = join(folder, 'out')
    const place = await inspectTarget(path)
    const file = await createPartialFile(place, partialName(place), 10)
    fails('close', 'EIO')
    await file.discard()
    expect(await readdir(folder)).toEqual([])
  })
})

test.each([
  ['mkdir', 'EACCES', 0, 'path'],
  ['mkdir', 'ENOSPC', 1, 'target.path'],
  ['lstat', 'EIO', 0, 'target.path'],
])('a folder of many says what is the matter when %s fails with %s', async (call, code, spared, field) => {
  const target = openTargetFolder(join(folder, 'many'))
  // What has been made just now is not looked at.
  if (call === 'lstat') await mkdir(join(folder, 'many', 'a'), { recursive: true })
  fails(call, code, spared)
  await expect(target.makeFolder(['a'])).rejects.toMatchObject(told(code, 'many', field))
})

test('a folder of many is refused before anything is listed where it cannot be made, and is not made where it can', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(openTargetFolder(join(folder, 'file')).requireUsable()).rejects.toMatchObject({
    code: 'InvalidInput',
    field: 'path',
  })
  await expect(openTargetFolder(join(folder, 'file', 'below')).requireUsable()).rejects.toMatchObject(
    told('ENOTDIR', 'below', 'path'),
  )
  await openTargetFolder(join(folder, 'new', 'deep')).requireUsable()
  await openTargetFolder(folder).requireUsable()
  expect(await readdir(folder)).toEqual(['file'])
  fails('access', 'EROFS')
  await expect(openTargetFolder(join(folder, 'new', 'deep')).requireUsable()).rejects.toMatchObject(
    told('EROFS', 'deep', 'path'),
  )
})

test('a journal says what is the matter', async () => {
  const journal = fileJournal(join(folder, 'journal'))
  expect(await journal.read('id')).toBeUndefined()
  fails('readFile', 'EACCES')
  await expect(journal.read('id')).rejects.toMatchObject(told('EACCES', 'id.journal', 'journal'))
  fails('writeFile', 'ENOSPC')
  await expect(journal.append('id', hundred)).rejects.toMatchObject(told('ENOSPC', 'id.journal', 'journal'))
})

test('what is missing is the file where one is read, the folder where one is written', () => {
  const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' })
  expect(asFileError(missing, { action: 'read', path: '/a', field: 'source' })).toMatchObject({
    message: 'cannot read /a: it does not exist (ENOENT)',
  })
  expect(asFileError(missing, { action: 'write', path: '/a', field: 'target.path' })).toMatchObject({
    message: 'cannot write /a: its folder does not exist (ENOENT)',
  })
})

test('a code that is not in the table is told in the system’s words, and what is no error of the system stays as it is', () => {
  const access = { action: 'write', path: '/a', field: 'target.path' } as const
  const strange = Object.assign(new Error('ESTRANGE: strange'), { code: 'ESTRANGE', syscall: 'open' })
  const told = asFileError(strange, access)
  expect(isR2Error(told, 'FileUnavailable')).toBe(true)
  expect(told).toMatchObject({ message: 'cannot write /a: ESTRANGE: strange', cause: strange })
  const bug = new TypeError('a bug')
  expect(asFileError(bug, access)).toBe(bug)
})
