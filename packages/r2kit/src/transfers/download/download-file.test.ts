/** Downloads to files: the content of the disk at every moment, and the resume after a crash. */
import {
  appendFile,
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { downloadHarness } from '#test/support/download-harness.js'
import { MemoryJournal } from '#test/support/memory-journal.js'
import { type ObjectServer, objectOf, type StoredObject } from '#test/support/object-server.js'
import { R2Error } from '../../errors/index.js'
import type { TransferJournal } from '../journal.js'
import type { FileDownloadOptions } from './options.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'r2kit-download-'))
})
afterEach(() => rm(folder, { recursive: true }))

const bytesOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 255)
const hundred = bytesOf(100)
const small = { rangeSizeBytes: 30 }

/** Downloads this object once. File I/O takes real time, so the virtual clock is advanced meanwhile. */
const run = async (
  object: StoredObject | undefined,
  options: FileDownloadOptions = {},
  faultOf: ObjectServer['faultOf'] = () => undefined,
) => {
  const harness = downloadHarness(object)
  harness.server.faultOf = faultOf
  const work = harness.toFile(join(folder, 'out'), { ...small, ...options })
  const outcome = work.then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  )
  let isDone = false
  void outcome.then(() => {
    isDone = true
  })
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve))
    // Only delays before retries have timers.
    if (harness.clock.timers > 0) await harness.clock.advance(1000)
  }
  return { ...(await outcome), harness, progress: work.progress }
}

const cutAll = ({ index }: { index: number }) => (index > 1 ? new R2Error('TlsFailed', 'final') : undefined)
const content = () => readFile(join(folder, 'out'))

describe('the file of a download', () => {
  test('a finished download leaves its file and nothing else', async () => {
    const { result } = await run(objectOf(hundred), { fsync: true })
    expect(result).toMatchObject({ bytes: 100, verifiedBy: 'etag', resumedBytes: 0 })
    expect(Buffer.compare(await content(), hundred)).toBe(0)
    expect(await readdir(folder)).toEqual(['out'])
  })

  test('a download writes to a hidden file beside the target, which is untouched until the end', async () => {
    await writeFile(join(folder, 'out'), 'before')
    let seen: string[] = []
    await run(objectOf(hundred), {}, async ({ index }) => {
      if (index !== 2) return undefined
      seen = await readdir(folder)
      expect(await readFile(join(folder, 'out'), 'utf8')).toBe('before')
      return undefined
    })
    expect(seen).toHaveLength(2)
    expect(seen[0]).toMatch(/^\.out\.[0-9a-f]{12}\.r2kit$/)
    expect(Buffer.compare(await content(), hundred)).toBe(0)
  })

  test.each([
    ['an absent object', undefined, undefined],
    ['a permanent failure', objectOf(hundred), cutAll],
    ['a wrong byte', { ...objectOf(hundred), bytes: hundred.toReversed() }, undefined],
  ])('a download that fails with %s leaves no file, and keeps the existing one', async (_, object, faultOf) => {
    await writeFile(join(folder, 'out'), 'before')
    const { error, harness } = await run(object, {}, faultOf)
    expect(error).toBeInstanceOf(R2Error)
    expect(await readdir(folder)).toEqual(['out'])
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('before')
    expect(harness.isIdle()).toBe(true)
  })

  test('a download whose object changed leaves no file, even with a journal', async () => {
    const journal = new MemoryJournal()
    const harness = objectOf(hundred)
    const { error } = await run(harness, { journal }, ({ index }) =>
      index > 1 ? (response) => ({ ...response, headers: { ...response.headers, etag: '"other"' } }) : undefined,
    )
    expect(error).toMatchObject({ code: 'ObjectChanged' })
    expect(await readdir(folder)).toEqual([])
    expect(journal.entries.size).toBe(0)
  })

  test('a file keeps the permissions of the one it replaces, unless mode is given', async () => {
    await writeFile(join(folder, 'out'), 'before')
    await chmod(join(folder, 'out'), 0o640)
    await run(objectOf(hundred))
    expect((await stat(join(folder, 'out'))).mode & 0o777).toBe(0o640)
    await run(objectOf(hundred), { mode: 0o606 })
    expect((await stat(join(folder, 'out'))).mode & 0o777).toBe(0o606)
  })

  test('a download replaces a symbolic link, and leaves the file that it points to alone', async () => {
    await writeFile(join(folder, 'elsewhere'), 'mine')
    await symlink(join(folder, 'elsewhere'), join(folder, 'out'))
    await run(objectOf(hundred))
    expect((await lstat(join(folder, 'out'))).isFile()).toBe(true)
    expect(await readFile(join(folder, 'elsewhere'), 'utf8')).toBe('mine')
  })

  test('a download does not replace a folder, and requests nothing', async () => {
    await mkdir(join(folder, 'out'))
    const { error, harness } = await run(objectOf(hundred))
    expect(error).toMatchObject({ code: 'InvalidInput', field: 'target.path' })
    expect(harness.server.seen).toHaveLength(0)
  })

  test('the name of a file can be as long as the file system allows', async () => {
    const harness = downloadHarness(objectOf(hundred))
    const name = `${'ä'.repeat(127)}x`
    await harness.toFile(join(folder, name), { rangeSizeBytes: 1000 })
    expect(await readdir(folder)).toEqual([name])
  })

  test('the file of an empty object is empty', async () => {
    await run(objectOf(new Uint8Array(0)))
    expect((await content()).byteLength).toBe(0)
  })

  test('a target that cannot be a file fails with field, path, problem and hint, and nothing is requested', async () => {
    await writeFile(join(folder, 'file'), '')
    const wrong: [path: string, rule: string, hint: string][] = [
      [join(folder, 'no', 'out'), 'its folder does not exist (ENOENT)', 'Create the folder first'],
      [join(folder, 'file', 'out'), 'a part of its path is a file, not a folder (ENOTDIR)', 'move that file away'],
      [join(folder, 'n'.repeat(300)), 'longer than the system allows (ENAMETOOLONG)', 'shorter'],
      [folder, 'is a folder', 'Name a file'],
    ]
    for (const [path, rule, hint] of wrong) {
      const harness = downloadHarness(objectOf(hundred))
      const failure: unknown = await harness.toFile(path).catch((error: unknown) => error)
      expect(failure).toMatchObject({
        name: 'R2Error',
        field: 'target.path',
        message: expect.stringContaining(rule),
        hint: expect.stringContaining(hint),
      })
      expect((failure as Error).message).toContain(path)
      expect(harness.server.seen).toEqual([])
      expect(harness.isIdle()).toBe(true)
    }
    expect(await readdir(folder)).toEqual(['file'])
  })
})

describe('a download after a crash', () => {
  /** A run that ended with two ranges stored and a third in flight. */
  const crashed = async (journal: TransferJournal, object = objectOf(hundred)) => {
    const { error } = await run(object, { journal }, cutAll)
    expect(error).toMatchObject({ code: 'TlsFailed' })
    const [partial = ''] = await readdir(folder)
    return join(folder, partial)
  }

  test('stored ranges are read again, and not requested', async () => {
    const journal = new MemoryJournal()
    await crashed(journal)
    const { result, harness, progress } = await run(objectOf(hundred), { journal })
    expect(harness.server.seen.map(({ method, range }) => `${method} ${range}`)).toEqual([
      'HEAD undefined',
      'GET bytes=60-89',
      'GET bytes=90-99',
    ])
    expect(result).toMatchObject({ resumedBytes: 60, verifiedBy: 'etag' })
    expect(progress).toMatchObject({ bytes: 100, resumedBytes: 60, parts: 3, totalParts: 3 })
    expect(Buffer.compare(await content(), hundred)).toBe(0)
    expect(await readdir(folder)).toEqual(['out'])
    expect(journal.entries.size).toBe(0)
  })

  test('each of several crashed runs resumes where the one before stopped', async () => {
    const journal = new MemoryJournal()
    const partial = await crashed(journal)
    await run(objectOf(hundred), { journal }, ({ index }) => (index > 0 ? new R2Error('TlsFailed', 'no') : undefined))
    expect(await readdir(folder)).not.toContain(partial)
    const { harness } = await run(objectOf(hundred), { journal })
    expect(harness.server.ranges).toEqual(['bytes=90-99'])
    expect(Buffer.compare(await content(), hundred)).toBe(0)
  })

  test('a stored range with other bytes than recorded is fetched again', async () => {
    const journal = new MemoryJournal()
    const partial = await crashed(journal)
    const file = await open(partial, 'r+')
    await file.write(new Uint8Array([0xff]), 0, 1, 40)
    await file.close()
    const { result, harness } = await run(objectOf(hundred), { journal })
    expect(harness.server.ranges).toEqual(['bytes=30-59', 'bytes=60-89', 'bytes=90-99'])
    expect(result).toMatchObject({ resumedBytes: 30 })
    expect(Buffer.compare(await content(), hundred)).toBe(0)
  })

  test('an object that was overwritten since the crash is fetched from the start, and the old file is removed', async () => {
    const journal = new MemoryJournal()
    await crashed(journal)
    const other = hundred.toReversed()
    const { result } = await run(objectOf(other), { journal })
    expect(result).toMatchObject({ resumedBytes: 0 })
    expect(Buffer.compare(await content(), other)).toBe(0)
    expect(await readdir(folder)).toEqual(['out'])
  })

  test('a resumed download of a deleted object fails, and leaves neither file nor journal', async () => {
    const journal = new MemoryJournal()
    await crashed(journal)
    const { error } = await run(undefined, { journal })
    expect(error).toMatchObject({ code: 'ObjectNotFound' })
    expect(await readdir(folder)).toEqual([])
    expect(journal.entries.size).toBe(0)
  })

  test.each([
    ['is gone', (path: string) => rm(path)],
    ['has another length', (path: string) => appendFile(path, 'x')],
    [
      'was replaced by a link',
      async (path: string) => {
        await rename(path, `${path}.moved`)
        await symlink(`${path}.moved`, path)
      },
    ],
  ])('a temporary file that %s is not resumed', async (_, damage) => {
    const journal = new MemoryJournal()
    await damage(await crashed(journal))
    const { result } = await run(objectOf(hundred), { journal })
    expect(result).toMatchObject({ resumedBytes: 0, verifiedBy: 'etag' })
    expect(Buffer.compare(await content(), hundred)).toBe(0)
  })

  test('a journal that names another file does not make a download touch that file', async () => {
    const journal = new MemoryJournal()
    const partial = await crashed(journal)
    const precious = join(folder, 'precious')
    await copyFile(partial, precious)
    for (const [id, lines] of journal.entries) {
      const text = lines.toString().replaceAll(partial, precious)
      // The checksums of changed lines are wrong; an attacker would compute them again.
      const { encodeRecord } = await import('../journal.js')
      const renewed = text
        .split('\n')
        .filter(Boolean)
        .map((line) => encodeRecord(JSON.parse(line.replace(/^\S+ \S+ /, ''))))
      journal.entries.set(id, Buffer.concat(renewed))
    }
    const before = await readFile(precious)
    await run({ ...objectOf(hundred.toReversed()) }, { journal })
    expect(Buffer.compare(await readFile(precious), before)).toBe(0)
  })

  test('onFailure: discard removes the temporary file and the journal after a failure', async () => {
    const journal = new MemoryJournal()
    const { error } = await run(objectOf(hundred), { journal, onFailure: 'discard' }, cutAll)
    expect(error).toMatchObject({ code: 'TlsFailed' })
    expect(await readdir(folder)).toEqual([])
    expect(journal.entries.size).toBe(0)
  })

  test('a journal that cannot be written is a warning, and the download succeeds', async () => {
    const journal = new MemoryJournal()
    journal.append = () => Promise.reject(new Error('disk full'))
    const { result, harness } = await run(objectOf(hundred), { journal })
    expect(result).toMatchObject({ bytes: 100 })
    expect(harness.warnings.length).toBeGreaterThan(0)
  })

  test('a journal option that is a path keeps journals as files in that folder', async () => {
    const journal = join(folder, 'journal')
    await run(objectOf(hundred), { journal }, cutAll)
    expect(await readdir(journal)).toHaveLength(1)
    const { result } = await run(objectOf(hundred), { journal })
    expect(result).toMatchObject({ resumedBytes: 60 })
    expect(await readdir(journal)).toEqual([])
  })
})

test('no sequence of interruptions, crashes, damage and new versions yields other bytes than the object’s', async () => {
  const runOnce = fc.record({
    /** Whether the object is overwritten before this run. */
    overwrite: fc.boolean(),
    /** The request after which the process dies. */
    crashAfter: fc.option(fc.nat(8), { nil: undefined }),
    cuts: fc.array(fc.option(fc.record({ cutAfter: fc.nat(30) }), { nil: undefined }), { maxLength: 6 }),
    /** Damage after the crash: a byte of the temporary file changes, and the end of the journal is lost. */
    flip: fc.option(fc.nat(200), { nil: undefined }),
    loseJournalBytes: fc.nat(60),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 200 }),
      fc.option(fc.integer({ min: 10, max: 80 }), { nil: undefined }),
      fc.array(runOnce, { minLength: 1, maxLength: 4 }),
      async (size, partSize, runs) => {
        const journal = new MemoryJournal()
        let bytes = bytesOf(size)
        const last = { overwrite: false, crashAfter: undefined, cuts: [], flip: undefined, loseJournalBytes: 0 }
        for (const { overwrite, crashAfter, cuts, flip, loseJournalBytes } of [...runs, last]) {
          if (overwrite) bytes = bytes.map((byte) => byte ^ 0x55)
          const { result, error } = await run(objectOf(bytes, partSize), { journal }, ({ index }) =>
            crashAfter !== undefined && index >= crashAfter ? new R2Error('TlsFailed', 'the end') : cuts[index],
          )
          if (error === undefined) {
            expect(Buffer.compare(await content(), bytes)).toBe(0)
            expect(result?.verifiedBy).toBe('etag')
            expect(await readdir(folder)).toEqual(['out'])
            expect(journal.entries.size).toBe(0)
            await rm(join(folder, 'out'))
            continue
          }
          expect(error).toMatchObject({ code: 'TlsFailed' })
          for (const [id, lines] of journal.entries) {
            // Only the records of the last ranges may be lost: that of the file is much older than the crash.
            const named = lines.lastIndexOf('"type":"file"')
            const ranges = Math.max(0, lines.indexOf('\n', named))
            journal.entries.set(
              id,
              lines.subarray(0, ranges === 0 ? lines.length : Math.max(ranges, lines.length - loseJournalBytes)),
            )
          }
          const [partial] = await readdir(folder)
          if (flip === undefined || partial === undefined || flip >= size) continue
          const file = await open(join(folder, partial), 'r+')
          await file.write(new Uint8Array([0xaa]), 0, 1, flip)
          await file.close()
        }
        for (const name of await readdir(folder)) await rm(join(folder, name))
      },
    ),
    { numRuns: 60 },
  )
})
