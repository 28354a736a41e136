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

/** Calls that have met nothing slow yet: beyond the first ones they are direct. */
const direct = async () => {
  const calls = new FileIo({ monotonicMs: () => 0 })
  for (let index = 0; index < 32; index++) await inspectSmallTarget(join(folder, 'absent'), false, calls)
  return calls
}

describe.each([
  ['through the pool', 'pooled', async () => new FileIo(systemClock)],
  ['directly', 'direct', direct],
] as const)('%s', (_words, way, openCalls) => {
  test.each([
    ['open', 'EMFILE'],
    ['write', 'ENOSPC'],
    ['close', 'EIO'],
    ['rename', 'EROFS'],
  ] as const)('when %s fails with %s, a file says what is the matter and nothing is left of it', async (call, code) => {
    const calls = await openCalls()
    const path = join(folder, 'file')
    const { [call]: real } = calls[way]
    Object.assign(calls[way], {
      [call](descriptor: never) {
        // A file is closed whatever closing it says.
        if (call === 'close') closeSync(descriptor)
        throw Object.assign(new Error(code), { code, syscall: call })
      },
    })
    const place = await inspectSmallTarget(path, false, calls)
    await expect(async () => writeSmallFile(place, Buffer.from('content'), false, calls)).rejects.toMatchObject({
      code: 'FileUnavailable',
      message: expect.stringContaining(`${path}: `),
      cause: { code },
    })
    expect(await readdir(folder)).toEqual([])
    Object.assign(calls[way], { [call]: real })
    await writeSmallFile(place, Buffer.from('content'), false, calls)
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('a file comes back as it was written', async () => {
    const calls = await openCalls()
    const path = join(folder, 'file')
    for (const content of ['', 'first', 'second, and longer']) {
      await writeSmallFile(await inspectSmallTarget(path, false, calls), Buffer.from(content), false, calls)
      const file = await SmallFile.open(path, calls)
      expect(Buffer.from(await file.read()).toString()).toBe(content)
      file.close()
    }
    expect(await readdir(folder)).toEqual(['file'])
  })

  test('a file that grows or shrinks while it is read is an error', async () => {
    const calls = await openCalls()
    const path = join(folder, 'file')
    for (const change of [() => appendFile(path, 'x'), () => writeFile(path, '')]) {
      await writeFile(path, 'content')
      const file = await SmallFile.open(path, calls)
      await change()
      await expect(file.read()).rejects.toMatchObject({ code: 'SourceChanged' })
      file.close()
    }
  })

  test.skipIf(process.platform === 'win32')('what has become a pipe is an error, and is not waited for', async () => {
    const path = join(folder, 'pipe')
    execFileSync('/bin/sh', ['-c', 'mkfifo "$0"', path])
    await expect(SmallFile.open(path, await openCalls())).rejects.toMatchObject({ code: 'SourceChanged' })
  })

  test('what is missing is an error that names the file', async () => {
    const calls = await openCalls()
    const path = join(folder, 'absent')
    expect(await inspectSmallTarget(path, false, calls)).toMatchObject({ exists: false })
    await expect(SmallFile.open(path, calls)).rejects.toMatchObject({
      code: 'FileUnavailable',
      message: expect.stringContaining(path),
    })
  })

  test.skipIf(process.platform === 'win32')('a file that is replaced keeps all its permissions', async () => {
    const calls = await openCalls()
    const path = join(folder, 'script')
    await writeFile(path, 'before')
    await chmod(path, 0o777)
    await writeSmallFile(await inspectSmallTarget(path, false, calls), Buffer.from('after'), false, calls)
    expect([(await stat(path)).mode & 0o777, await readFile(path, 'utf8')]).toEqual([0o777, 'after'])
  })

  test('where nothing may be replaced, what has appeared stays', async () => {
    const calls = await openCalls()
    const path = join(folder, 'file')
    const place = await inspectSmallTarget(path, true, calls)
    await writeFile(path, 'theirs')
    await expect(async () => writeSmallFile(place, Buffer.from('ours'), true, calls)).rejects.toMatchObject({
      code: 'TargetExists',
    })
    await writeSmallFile(await inspectSmallTarget(join(folder, 'other'), true, calls), Buffer.from('ours'), true, calls)
    expect((await readdir(folder)).sort()).toEqual(['file', 'other'])
    expect(await readFile(path, 'utf8')).toBe('theirs')
  })
})
