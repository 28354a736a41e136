import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../base/clock.js'
import { FileIo } from './file-io.js'
import { inspectSmallTarget, writeSmallFile } from './small-file.js'
import { inspectTarget } from './target-file.js'
import { refuseOtherSpelling, TargetFolder } from './target-folder.js'

const io = new FileIo(systemClock)
let scratch = ''
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'r2-target-')))
})
afterEach(() => rm(scratch, { recursive: true, force: true }))

test('folders are created when they are needed, and not before', async () => {
  const folder = new TargetFolder(join(scratch, 'out'))
  expect(await readdir(scratch)).toEqual([])
  expect(await folder.withFile(['a', 'b', 'c'], async (path) => path)).toBe(join(scratch, 'out', 'a', 'b', 'c'))
  expect(await readdir(join(scratch, 'out', 'a'))).toEqual(['b'])
})

test('a symbolic link below the target folder is not followed', async () => {
  await mkdir(join(scratch, 'out'))
  await mkdir(join(scratch, 'elsewhere'))
  await symlink(join(scratch, 'elsewhere'), join(scratch, 'out', 'link'))
  const folder = new TargetFolder(join(scratch, 'out'))
  for (const segments of [
    ['link', 'x'],
    ['link', 'deep', 'x'],
  ]) {
    await expect(folder.withFile(segments, async (path) => path)).rejects.toMatchObject({ code: 'UnsafePath' })
  }
  expect(await readdir(join(scratch, 'elsewhere'))).toEqual([])
})

test('the target folder itself may be a symbolic link, because the user named it', async () => {
  await mkdir(join(scratch, 'real'))
  await symlink(join(scratch, 'real'), join(scratch, 'out'))
  const path = await new TargetFolder(join(scratch, 'out')).withFile(['a', 'b'], async (path) => path)
  expect(path).toBe(join(scratch, 'real', 'a', 'b'))
})

test('a file where a key needs a folder fails that key, and is kept', async () => {
  await writeFile(join(scratch, 'a'), 'kept')
  await expect(new TargetFolder(scratch).withFile(['a', 'b'], async (path) => path)).rejects.toMatchObject({
    code: 'UnsafePath',
  })
  expect(await readFile(join(scratch, 'a'), 'utf8')).toBe('kept')
})

test('files whose names differ only in case are written one after another', async () => {
  const folder = new TargetFolder(scratch)
  const events: string[] = []
  let release = (): void => undefined
  const first = folder.withFile(['README'], async () => {
    events.push('first begins')
    await new Promise<void>((resolve) => {
      release = resolve
      events.push('first waits')
    })
    events.push('first ends')
  })
  const second = folder.withFile(['readme'], async () => void events.push('second begins'))
  await folder.withFile(['other'], async () => void events.push('other'))
  expect(events).toEqual(['first begins', 'first waits', 'other'])
  release()
  await Promise.all([first, second])
  expect(events.slice(3)).toEqual(['first ends', 'second begins'])
})

test('a file that exists under another spelling of its name is not replaced', async () => {
  const io = new FileIo(systemClock)
  const target = { path: join(scratch, 'readme'), exists: true, mode: 0o644 }
  const realpath = vi.spyOn(io.pooled, 'realpath').mockResolvedValue(join(scratch, 'README'))
  await expect(refuseOtherSpelling(target, io)).rejects.toThrow(/README.*same file/)
  realpath.mockResolvedValue(join(scratch, 'readme'))
  await refuseOtherSpelling(target, io)
})

test('an existing file of the same spelling, a link and an absent file can be replaced', async () => {
  await writeFile(join(scratch, 'file'), '')
  await symlink('file', join(scratch, 'link'))
  for (const name of ['file', 'link', 'absent']) {
    await refuseOtherSpelling(await inspectSmallTarget(join(scratch, name), false, io), io)
  }
  await refuseOtherSpelling({ path: join(scratch, 'gone since'), exists: true, mode: 0o644 }, io)
})

test('a write that fails leaves the existing entry, and no temporary file', async () => {
  await mkdir(join(scratch, 'file'))
  const target = { path: join(scratch, 'file'), exists: false, mode: undefined }
  const failing = async () => writeSmallFile(target, Buffer.from('new'), false, io)
  await expect(failing).rejects.toMatchObject({ code: 'FileUnavailable', cause: { code: 'EISDIR' } })
  expect(await readdir(scratch)).toEqual(['file'])
})

test('a device is not replaced by a file', async () => {
  await expect(inspectTarget('/dev/null')).rejects.toMatchObject({ code: 'InvalidInput' })
})

test('a link is replaced by the file, and its target is not written', async () => {
  await writeFile(join(scratch, 'outside'), 'kept')
  await mkdir(join(scratch, 'out'))
  await symlink(join(scratch, 'outside'), join(scratch, 'out', 'file'))
  await new TargetFolder(join(scratch, 'out')).withFile(['file'], async (path) =>
    writeSmallFile(await inspectTarget(path), Buffer.from('new'), false, io),
  )
  expect(await readFile(join(scratch, 'outside'), 'utf8')).toBe('kept')
  expect(await readFile(join(scratch, 'out', 'file'), 'utf8')).toBe('new')
})
