import { execFileSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../base/clock.js'
import { FileIo } from './file-io.js'
import { inspectSmallTarget, SmallFile, writeSmallFile } from './small-file.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-small-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** File system calls after the first ones, none of which was slow: they are synchronous. */
const openSync = async () => {
  const io = new FileIo({ monotonicMs: () => 0 })
  for (let index = 0; index < 32; index++) await inspectSmallTarget(join(folder, 'absent'), false, io)
  return io
}

describe.each([
  ['by the pool', 'pooled', async () => new FileIo(systemClock)],
  ['synchronously', 'sync', openSync],
] as const)('small files, %s', (_words, way, openIo) => {
  test.each([
    ['open', 'EMFILE'],
    ['write', 'ENOSPC'],
    ['close', 'EIO'],
    ['rename', 'EROFS'],
  ] as const)(
    'a write whose %s fails with %s names the file and the problem, and leaves nothing behind',
    async (call, code) => {
      const io = await openIo()
      const path = join(folder, 'file')
      const { [call]: real } = io[way]
      Object.assign(io[way], {
        [call](descriptor: never) {
          // The system closes a file even when `close` returns an error.
          if (call === 'close') closeSync(descriptor)
          throw Object.assign(new Error(code), { code, syscall: call })
        },
      })
      const target = await inspectSmallTarget(path, false, io)
      await expect(async () => writeSmallFile(target, Buffer.from('content'), false, io)).rejects.toMatchObject({
        code: 'FileUnavailable',
        message: expect.stringContaining(`${path}: `),
        cause: { code },
      })
      expect(await readdir(folder)).toEqual([])
      Object.assign(io[way], { [call]: real })
      await writeSmallFile(target, Buffer.from('content'), false, io)
      expect(await readdir(folder)).toEqual(['file'])
    },
  )

  test('a file is read as it was written', async () => {
    const io = await openIo()
    const path = join(folder, 'file')
    for (const content of ['', 'first', 'second, and longer']) {
      await writeSmallFile(await inspectSmallTarget(path, false, io), Buffer.from(content), false, io)
      const file = await SmallFile.open(path, io)
      expect(Buffer.from(await file.read()).toString()).toBe(content)
      file.close()
    }
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('a file that grows or shrinks while it is read fails with SourceChanged', async () => {
    const io = await openIo()
    const path = join(folder, 'file')
    for (const change of [() => appendFile(path, 'x'), () => writeFile(path, '')]) {
      await writeFile(path, 'content')
      const file = await SmallFile.open(path, io)
      await change()
      await expect(file.read()).rejects.toMatchObject({ code: 'SourceChanged' })
      file.close()
    }
  })

  test.skipIf(process.platform === 'win32')(
    'a path that has become a pipe fails, without waiting for its writer',
    async () => {
      const path = join(folder, 'pipe')
      execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', path])
      await expect(SmallFile.open(path, await openIo())).rejects.toMatchObject({ code: 'SourceChanged' })
    },
  )

  test('a missing file fails with an error that names it', async () => {
    const io = await openIo()
    const path = join(folder, 'absent')
    expect(await inspectSmallTarget(path, false, io)).toMatchObject({ exists: false })
    await expect(SmallFile.open(path, io)).rejects.toMatchObject({
      code: 'FileUnavailable',
      message: expect.stringContaining(path),
    })
  })

  test.skipIf(process.platform === 'win32')('the replacement of a file keeps its permissions', async () => {
    const io = await openIo()
    const path = join(folder, 'script')
    await writeFile(path, 'before')
    await chmod(path, 0o777)
    await writeSmallFile(await inspectSmallTarget(path, false, io), Buffer.from('after'), false, io)
    expect([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')]).toEqual([0o777, 'after'])
  })

  test('with noClobber, a file that has appeared meanwhile is not replaced', async () => {
    const io = await openIo()
    const path = join(folder, 'file')
    const target = await inspectSmallTarget(path, true, io)
    await writeFile(path, 'theirs')
    await expect(async () => writeSmallFile(target, Buffer.from('ours'), true, io)).rejects.toMatchObject({
      code: 'TargetExists',
    })
    await writeSmallFile(await inspectSmallTarget(join(folder, 'other'), true, io), Buffer.from('ours'), true, io)
    expect((await readdir(folder)).sort()).toEqual(['file', 'other'])
    expect(await readFile(path, 'utf8')).toBe('theirs')
  })
})
