/** A damaged folder is refused with a reason. LMDB alone would end the process, so each is opened in a process of its own. */
import { execFile } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '#test/support/kill/body.js'
import { bytesOf, chunksOf, newBucket, objectOf, putBytes, temporaryFolder } from '#test/support/local-storage.js'
import { startLocalR2 } from '../index.js'
import { createFileStorage } from './index.js'
import { findDamage } from './records-check.js'
import { headBytes, readHead } from './records-file.js'

const pageBytes = 4096
let folder: Awaited<ReturnType<typeof temporaryFolder>>
/** The records of a folder with 300 objects, and the same folder to be copied. */
let records: Buffer
let sound: string

beforeAll(async () => {
  folder = await temporaryFolder()
  sound = join(folder.path, 'sound')
  const storage = await createFileStorage({ dataDir: sound, durable: false })
  await newBucket(storage)
  for (let index = 0; index < 300; index++) await putBytes(storage, `key-${index}`, bytesOf(index * 40, index))
  await putBytes(storage, 'large', bytesOf(300_000, 1))
  await storage.close()
  records = await readFile(join(sound, 'records.mdb'))
})
afterAll(() => folder[Symbol.asyncDispose]())

/** Opens folders one after the other in one process, reads all that they hold, and says how each ended. */
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
  // A signal that ends the process rejects here.
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout.trim().split('\n')
}

let copies = 0
const copyWith = async (bytes: Uint8Array | undefined): Promise<string> => {
  const dataDir = join(folder.path, `copy-${copies++}`)
  await cp(sound, dataDir, { recursive: true })
  if (bytes === undefined) await rm(join(dataDir, 'records.mdb'))
  else await writeFile(join(dataDir, 'records.mdb'), bytes)
  return dataDir
}

const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(records)
  change(bytes)
  return bytes
}

test('a damaged file of records is refused with what is wrong and what to do, and nothing in the folder changes', async () => {
  const inBothHeads = (write: (bytes: Buffer, head: number) => void) =>
    changed((bytes) => {
      for (const head of [0, pageBytes]) write(bytes, head)
    })
  const cases: readonly (readonly [what: string, bytes: Uint8Array | undefined, problem: RegExp])[] = [
    ['missing', undefined, /is missing/],
    ['empty', Buffer.alloc(0), /is empty/],
    ['one byte', records.subarray(0, 1), /ends within its head/],
    ['cut within the first head', records.subarray(0, 100), /ends within its head/],
    ['cut after the first head', records.subarray(0, pageBytes), /ends within its head/],
    ['cut after both heads', records.subarray(0, 2 * pageBytes), /is cut off: it has 8192 bytes and needs at least/],
    ['cut in half', records.subarray(0, records.length / 2), /is cut off/],
    ['all zeros', Buffer.alloc(records.length), /its head is all zeros/],
    ['zeros after the heads', changed((bytes) => bytes.fill(0, 2 * pageBytes)), /is not a page of a table/],
    ['a first head of zeros', changed((bytes) => bytes.fill(0, 0, pageBytes)), /its head is all zeros/],
    ['a second head of zeros', changed((bytes) => bytes.fill(0, pageBytes, 2 * pageBytes)), /its head is all zeros/],
    ['random bytes', bytesOf(records.length, 99), /its head is not that of an LMDB file/],
    ['random bytes after the heads', changed((bytes) => bytesOf(records.length, 9).copy(bytes, 8192, 8192)), /page/],
    ['text', Buffer.from('precious text\n'.repeat(1000)), /its head is not that of an LMDB file/],
    ['version 1', inBothHeads((bytes, head) => bytes.writeUInt32LE(1, head + 28)), /version 1 of LMDB's format, not 2/],
    ['version 999', inBothHeads((bytes, head) => bytes.writeUInt32LE(999, head + 28)), /version 999 of LMDB's format/],
    ['a page size of 0', inBothHeads((bytes, head) => bytes.writeUInt32LE(0, head + 48)), /its page size is 0/],
    [
      'a page size of 5000',
      inBothHeads((bytes, head) => bytes.writeUInt32LE(5000, head + 48)),
      /its page size is 5000/,
    ],
    [
      'a root beyond the end',
      inBothHeads((bytes, head) => bytes.writeBigUInt64LE(1_000_000n, head + 136)),
      /refers to page 1000000, which does not exist/,
    ],
    ['a root in a head', inBothHeads((bytes, head) => bytes.writeBigUInt64LE(1n, head + 136)), /refers to page 1,/],
  ]
  const dataDirs = await Promise.all(cases.map(([, bytes]) => copyWith(bytes)))
  const outcomes = await openAll(dataDirs)
  for (const [index, [what, bytes, problem]] of cases.entries()) {
    const dataDir = dataDirs[index] ?? ''
    const outcome = outcomes[index] ?? ''
    expect(outcome, what).toMatch(
      /^DataFolderDamaged: data folder .* is damaged: records\.mdb, its table of contents, is /,
    )
    expect(outcome, what).toMatch(problem)
    expect(outcome, what).toMatch(/Restore the folder from a copy, or move it away to start empty$/)
    const path = join(dataDir, 'records.mdb')
    if (bytes === undefined) await expect(stat(path)).rejects.toThrow('ENOENT')
    else expect((await readFile(path)).equals(bytes), what).toBe(true)
    expect(await readdir(join(dataDir, 'blobs'))).toHaveLength(1)
  }
})

test('pages that are broken at random are refused or read around, and never end the process', async () => {
  const broken = Array.from({ length: 40 }, (_, seed) =>
    changed((bytes) => {
      const pages = records.length / pageBytes
      for (let count = 0; count <= seed % 4; count++) {
        const page = 2 + ((seed * 7919 + count * 104_729) % (pages - 2))
        bytesOf(pageBytes, seed).copy(bytes, page * pageBytes, 0, seed % 3 === 0 ? 64 : pageBytes)
      }
    }),
  )
  const outcomes = await openAll(await Promise.all(broken.map(copyWith)))
  expect(outcomes).toHaveLength(broken.length)
  expect(outcomes.filter((outcome) => outcome.startsWith('DataFolderDamaged')).length).toBeGreaterThan(5)
})

test('a folder where records.mdb is a folder is refused', async () => {
  const dataDir = await copyWith(undefined)
  await mkdir(join(dataDir, 'records.mdb'))
  expect(await openAll([dataDir])).toEqual([expect.stringMatching(/^DataFolderDamaged: .* is not a file\./)])
})

test('a lock file of any content is no harm, and a folder in its place is refused', async () => {
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

// The superuser may open everything.
test.skipIf(process.getuid?.() === 0)(
  'files that this process may not open are refused with what the system says',
  async () => {
    const dataDirs = await Promise.all([records, records].map(copyWith))
    await chmod(join(dataDirs[0] ?? '', 'records.mdb-lock'), 0o444)
    await chmod(join(dataDirs[1] ?? '', 'records.mdb'), 0o444)
    for (const outcome of await openAll(dataDirs)) expect(outcome).toMatch(/^Error: EACCES: permission denied, open/)
  },
)

test('the server refuses it as a wrong configuration that names the option', async () => {
  const dataDir = await copyWith(records.subarray(0, 5000))
  await expect(startLocalR2({ dataDir })).rejects.toMatchObject({
    code: 'InvalidConfig',
    field: 'dataDir',
    message: expect.stringContaining('is damaged: records.mdb'),
  })
})

test('a file that LMDB ends early after deleting a lot, because its last pages are free, is sound', async () => {
  await using other = await temporaryFolder()
  const storage = await createFileStorage({ dataDir: other.path, durable: false })
  await newBucket(storage)
  const path = join(other.path, 'records.mdb')
  const random = randomFrom(1)
  const allKeys = Array.from({ length: 300 }, (_, index) => `key-${index}`)
  const isEarly = async () => {
    const bytes = await readFile(path)
    const heads = [0, pageBytes].map((at) => readHead(bytes.subarray(at, at + headBytes)))
    const last = heads.flatMap((head) => (typeof head === 'string' ? [] : [head]))
    const { lastPage } = last.reduce((newest, head) => (head.transaction > newest.transaction ? head : newest))
    return bytes.length < (lastPage + 1) * pageBytes
  }
  let rounds = 0
  do {
    // Many changes of one page in one transaction free pages that were never written.
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
  } while (!(await isEarly()) && ++rounds < 1000)
  expect(rounds).toBeLessThan(1000)
  await storage.close()
  await (await createFileStorage({ dataDir: other.path })).close()
})

test('a folder whose first start was killed has no records, or an empty file of them, and opens', async () => {
  await using other = await temporaryFolder()
  await writeFile(join(other.path, 'r2kit-local.json'), '{"version":1}\n')
  await writeFile(join(other.path, 'records.mdb'), '')
  await (await createFileStorage({ dataDir: other.path })).close()
  expect(await readFile(join(other.path, 'r2kit-local.json'), 'utf8')).toBe('{"version":1,"records":true}\n')
  await copyFile(join(sound, 'records.mdb'), join(other.path, 'records.mdb'))
  await (await createFileStorage({ dataDir: other.path })).close()
  await truncate(join(other.path, 'records.mdb'))
  await expect(createFileStorage({ dataDir: other.path })).rejects.toThrow('is empty')
})
