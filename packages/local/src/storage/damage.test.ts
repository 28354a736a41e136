/** Opens damaged data folders, in another process: LMDB itself would end the process. */
import { execFile } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '#test/support/kill/stored-bodies.js'
import { bytesOf, chunksOf, newBucket, objectOf, putBytes, temporaryFolder } from '#test/support/storage-fixtures.js'
import { startLocalR2 } from '../index.js'
import { createFileStorage } from './index.js'
import { findDamage } from './records-check.js'
import { metaPageBytes, readMetaPage } from './records-file.js'

const pageBytes = 4096
let folder: Awaited<ReturnType<typeof temporaryFolder>>
/** The database of an intact folder with 300 objects, and the path of that folder. */
let records: Buffer
let intact: string

beforeAll(async () => {
  folder = await temporaryFolder()
  intact = join(folder.path, 'intact')
  const storage = await createFileStorage({ dataDir: intact, durable: false })
  await newBucket(storage)
  for (let index = 0; index < 300; index++) await putBytes(storage, `key-${index}`, bytesOf(index * 40, index))
  await putBytes(storage, 'large', bytesOf(300_000, 1))
  await storage.close()
  records = await readFile(join(intact, 'records.mdb'))
})
afterAll(() => folder[Symbol.asyncDispose]())

/** Opens folders one after the other in a new process and reads their objects. @returns The outcome of each. */
const openAll = async (dataDirs: readonly string[]): Promise<readonly string[]> => {
  const script = `
    import { createFileStorage } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    for (const dataDir of process.argv.slice(1)) {
      try {
        const storage = await createFileStorage({ dataDir, durable: false })
        let count = 0
        for (const entry of storage.listObjects('b', { limit: 10_000 }).entries) {
          const object = storage.getObject('b', entry.key)
          for await (const chunk of storage.read(object.content)) count += chunk.length > 0 ? 1 : 0
        }
        await storage.putObject('b', 'new', () => ({ content: { size: 0, pieces: [] }, etag: 'e', lastModifiedMs: 1, metadata: {}, httpMetadata: {}, storageClass: 'STANDARD' }))
        await storage.close()
        console.log('opened ' + count)
      } catch (error) {
        console.log(error.name + ': ' + error.message.replaceAll('\\n', ' '))
      }
    }`
  const args = ['--conditions=r2kit-source', '--import', 'tsx', '--input-type=module', '-e', script, ...dataDirs]
  // Rejects if a signal ends the process.
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout.trim().split('\n')
}

let copies = 0
const copyWith = async (bytes: Uint8Array | undefined): Promise<string> => {
  const dataDir = join(folder.path, `copy-${copies++}`)
  await cp(intact, dataDir, { recursive: true })
  if (bytes === undefined) await rm(join(dataDir, 'records.mdb'))
  else await writeFile(join(dataDir, 'records.mdb'), bytes)
  return dataDir
}

const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(records)
  change(bytes)
  return bytes
}

test('a damaged database is rejected with the damage and advice, and the folder is not changed', async () => {
  const inBothMetaPages = (write: (bytes: Buffer, metaPage: number) => void) =>
    changed((bytes) => {
      for (const metaPage of [0, pageBytes]) write(bytes, metaPage)
    })
  const cases: readonly (readonly [what: string, bytes: Uint8Array | undefined, problem: RegExp])[] = [
    ['missing', undefined, /is missing/],
    ['empty', Buffer.alloc(0), /is empty/],
    ['one byte', records.subarray(0, 1), /ends within a meta page/],
    ['truncated within the first meta page', records.subarray(0, 100), /ends within a meta page/],
    ['truncated after the first meta page', records.subarray(0, pageBytes), /ends within a meta page/],
    [
      'truncated after both meta pages',
      records.subarray(0, 2 * pageBytes),
      /is truncated: it has 8192 bytes and needs at least/,
    ],
    ['truncated to half', records.subarray(0, records.length / 2), /is truncated/],
    ['all zeros', Buffer.alloc(records.length), /a meta page contains only zeros/],
    ['zeros after the meta pages', changed((bytes) => bytes.fill(0, 2 * pageBytes)), /is not a page of a table/],
    ['a first meta page of zeros', changed((bytes) => bytes.fill(0, 0, pageBytes)), /a meta page contains only zeros/],
    [
      'a second meta page of zeros',
      changed((bytes) => bytes.fill(0, pageBytes, 2 * pageBytes)),
      /a meta page contains only zeros/,
    ],
    ['random bytes', bytesOf(records.length, 99), /a meta page is not that of an LMDB file/],
    [
      'random bytes after the meta pages',
      changed((bytes) => bytesOf(records.length, 9).copy(bytes, 8192, 8192)),
      /page/,
    ],
    ['text', Buffer.from('precious text\n'.repeat(1000)), /a meta page is not that of an LMDB file/],
    [
      'version 1',
      inBothMetaPages((bytes, metaPage) => bytes.writeUInt32LE(1, metaPage + 28)),
      /version 1 of LMDB's format, not 2/,
    ],
    [
      'version 999',
      inBothMetaPages((bytes, metaPage) => bytes.writeUInt32LE(999, metaPage + 28)),
      /version 999 of LMDB's format/,
    ],
    [
      'a page size of 0',
      inBothMetaPages((bytes, metaPage) => bytes.writeUInt32LE(0, metaPage + 48)),
      /its page size of 0 bytes is invalid/,
    ],
    [
      'a page size of 5000',
      inBothMetaPages((bytes, metaPage) => bytes.writeUInt32LE(5000, metaPage + 48)),
      /its page size of 5000 bytes is invalid/,
    ],
    [
      'a root beyond the end',
      inBothMetaPages((bytes, metaPage) => bytes.writeBigUInt64LE(1_000_000n, metaPage + 136)),
      /refers to page 1000000, which does not exist/,
    ],
    [
      'a root that is a meta page',
      inBothMetaPages((bytes, metaPage) => bytes.writeBigUInt64LE(1n, metaPage + 136)),
      /refers to page 1,/,
    ],
  ]
  const dataDirs = await Promise.all(cases.map(([, bytes]) => copyWith(bytes)))
  const outcomes = await openAll(dataDirs)
  for (const [index, [what, bytes, problem]] of cases.entries()) {
    const dataDir = dataDirs[index] ?? ''
    const outcome = outcomes[index] ?? ''
    expect(outcome, what).toMatch(/^DataFolderDamaged: data folder .* is damaged: records\.mdb, its database, is /)
    expect(outcome, what).toMatch(problem)
    expect(outcome, what).toMatch(/Restore the folder from a backup, or move it away to start with an empty one\.$/)
    const path = join(dataDir, 'records.mdb')
    if (bytes === undefined) await expect(stat(path)).rejects.toThrow('ENOENT')
    else expect((await readFile(path)).equals(bytes), what).toBe(true)
    expect(await readdir(join(dataDir, 'blobs'))).toHaveLength(1)
  }
})

test('randomly corrupted pages are rejected or not reached, and never end the process', async () => {
  const corrupted = Array.from({ length: 40 }, (_, seed) =>
    changed((bytes) => {
      const pages = records.length / pageBytes
      for (let count = 0; count <= seed % 4; count++) {
        const page = 2 + ((seed * 7919 + count * 104_729) % (pages - 2))
        bytesOf(pageBytes, seed).copy(bytes, page * pageBytes, 0, seed % 3 === 0 ? 64 : pageBytes)
      }
    }),
  )
  const outcomes = await openAll(await Promise.all(corrupted.map(copyWith)))
  expect(outcomes).toHaveLength(corrupted.length)
  expect(outcomes.filter((outcome) => outcome.startsWith('DataFolderDamaged')).length).toBeGreaterThan(5)
})

test('a data folder whose records.mdb is a folder is rejected', async () => {
  const dataDir = await copyWith(undefined)
  await mkdir(join(dataDir, 'records.mdb'))
  expect(await openAll([dataDir])).toEqual([expect.stringMatching(/^DataFolderDamaged: .* is not a file\./)])
})

test('a lock file of any content is accepted, and a folder in its place is rejected', async () => {
  const contents = ['', 'abc', Buffer.alloc(8192, 65)]
  const dataDirs = await Promise.all([records, records, records, records].map(copyWith))
  for (const [index, content] of contents.entries()) {
    await writeFile(join(dataDirs[index] ?? '', 'records.mdb-lock'), content)
  }
  await rm(join(dataDirs[3] ?? '', 'records.mdb-lock'))
  await mkdir(join(dataDirs[3] ?? '', 'records.mdb-lock'))
  const outcomes = await openAll(dataDirs)
  expect(outcomes.slice(0, 3)).toEqual(contents.map(() => expect.stringMatching(/^opened \d+$/)))
  expect(outcomes[3]).toMatch(/^DataFolderDamaged: .* is damaged: records\.mdb-lock is not a file\./)
})

// The superuser may open any file.
test.skipIf(process.getuid?.() === 0)("files without permission are rejected with the system's error", async () => {
  const dataDirs = await Promise.all([records, records].map(copyWith))
  await chmod(join(dataDirs[0] ?? '', 'records.mdb-lock'), 0o444)
  await chmod(join(dataDirs[1] ?? '', 'records.mdb'), 0o444)
  for (const outcome of await openAll(dataDirs)) expect(outcome).toMatch(/^Error: EACCES: permission denied, open/)
})

test('startLocalR2 rejects a damaged data folder as InvalidConfig of dataDir', async () => {
  const dataDir = await copyWith(records.subarray(0, 5000))
  await expect(startLocalR2({ dataDir })).rejects.toMatchObject({
    code: 'InvalidConfig',
    field: 'dataDir',
    message: expect.stringContaining('is damaged: records.mdb'),
  })
})

test('a database file that LMDB truncated, because its last pages are free, is accepted', async () => {
  await using other = await temporaryFolder()
  const storage = await createFileStorage({ dataDir: other.path, durable: false })
  await newBucket(storage)
  const path = join(other.path, 'records.mdb')
  const random = randomFrom(1)
  const allKeys = Array.from({ length: 300 }, (_, index) => `key-${index}`)
  const isTruncated = async () => {
    const bytes = await readFile(path)
    const metaPages = [0, pageBytes].map((at) => readMetaPage(bytes.subarray(at, at + metaPageBytes)))
    const valid = metaPages.flatMap((meta) => (typeof meta === 'string' ? [] : [meta]))
    const { lastPage } = valid.reduce((newest, meta) => (meta.transaction > newest.transaction ? meta : newest))
    return bytes.length < (lastPage + 1) * pageBytes
  }
  let rounds = 0
  do {
    // Many changes of a page within one transaction free pages that were never written.
    const changes: (() => Promise<unknown>)[] = []
    for (let count = 1 + random(20); count > 0; count--) {
      const key = `key-${random(300)}`
      if (random(3) === 0) changes.push(() => storage.deleteObjects('b', [key]))
      else {
        const { content } = await storage.stage(chunksOf(bytesOf(random(random(4) === 0 ? 100_000 : 2000), count)))
        changes.push(() => storage.putObject('b', key, () => objectOf(content)))
      }
    }
    if (random(30) === 0) changes.push(() => storage.deleteObjects('b', allKeys))
    await Promise.all(changes.map((change) => change()))
    expect(findDamage(path)).toBeUndefined()
  } while (!(await isTruncated()) && ++rounds < 1000)
  expect(rounds).toBeLessThan(1000)
  await storage.close()
  await (await createFileStorage({ dataDir: other.path })).close()
})

test('a data folder whose first start was killed opens without a database, or with an empty file', async () => {
  await using other = await temporaryFolder()
  await writeFile(join(other.path, 'r2kit-local.json'), '{"version":1}\n')
  await writeFile(join(other.path, 'records.mdb'), '')
  await (await createFileStorage({ dataDir: other.path })).close()
  expect(await readFile(join(other.path, 'r2kit-local.json'), 'utf8')).toBe('{"version":1,"records":true}\n')
  await copyFile(join(intact, 'records.mdb'), join(other.path, 'records.mdb'))
  await (await createFileStorage({ dataDir: other.path })).close()
  await truncate(join(other.path, 'records.mdb'))
  await expect(createFileStorage({ dataDir: other.path })).rejects.toThrow('is empty')
})
