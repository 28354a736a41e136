import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import {
  bytesAt,
  bytesOf,
  chunksOf,
  newBucket,
  objectOf,
  putBytes,
  temporaryFolder,
  uploadOf,
} from '#test/support/storage-fixtures.js'
import { createFileStorage, DataFolderBusy, DataFolderForeign } from './index.js'

const large = 300_000

const filesIn = async (path: string) => ({
  incoming: await readdir(join(path, 'incoming')),
  blobs: await readdir(join(path, 'blobs')),
})

test('file storage keeps objects after close and reopening', async () => {
  await using folder = await temporaryFolder()
  const first = await createFileStorage({ dataDir: folder.path })
  await newBucket(first)
  await putBytes(first, 'small', bytesOf(5, 1))
  await putBytes(first, 'large', bytesOf(large, 2))
  await first.close()
  const second = await createFileStorage({ dataDir: folder.path })
  expect((await bytesAt(second, 'small'))?.equals(bytesOf(5, 1))).toBe(true)
  expect((await bytesAt(second, 'large'))?.equals(bytesOf(large, 2))).toBe(true)
  await second.close()
})

test('a body file is removed exactly when no record references it', async () => {
  await using folder = await temporaryFolder()
  const storage = await createFileStorage({ dataDir: folder.path })
  await newBucket(storage)
  const { content } = await putBytes(storage, 'k', bytesOf(large, 1))
  const { content: copy } = storage.share(content)
  await storage.putObject('b', 'copy', () => objectOf(copy))
  expect(await filesIn(folder.path)).toMatchObject({ incoming: [], blobs: [expect.any(String)] })
  await storage.deleteObjects('b', ['k'])
  expect((await filesIn(folder.path)).blobs).toHaveLength(1)
  await storage.deleteObjects('b', ['copy'])
  await storage.close()
  expect(await filesIn(folder.path)).toEqual({ incoming: [], blobs: [] })
})

test('a failed source, discarded content and a rejected part leave no file', async () => {
  await using folder = await temporaryFolder()
  const storage = await createFileStorage({ dataDir: folder.path })
  await newBucket(storage)
  const failing = async function* () {
    yield* chunksOf(bytesOf(3_000_000, 1))
    throw new Error('connection lost')
  }
  await expect(storage.stage(failing())).rejects.toThrow('connection lost')
  await (await storage.stage(chunksOf(bytesOf(large, 1)))).discard()
  const { content } = await storage.stage(chunksOf(bytesOf(large, 1)))
  const upload = uploadOf('k', 'none')
  expect(await storage.putPart(upload, { partNumber: 1, content, etag: 'e', lastModifiedMs: 1 })).toBe(false)
  await storage.close()
  expect(await filesIn(folder.path)).toEqual({ incoming: [], blobs: [] })
})

test('a staged body that was not committed is removed at the next start', async () => {
  await using folder = await temporaryFolder()
  const first = await createFileStorage({ dataDir: folder.path })
  await first.stage(chunksOf(bytesOf(large, 1)))
  await first.close()
  expect((await filesIn(folder.path)).incoming).toHaveLength(1)
  await (await createFileStorage({ dataDir: folder.path })).close()
  expect(await filesIn(folder.path)).toEqual({ incoming: [], blobs: [] })
})

test('a data folder can be opened once per process, whatever its path looks like, and again after close', async () => {
  await using folder = await temporaryFolder()
  const first = await createFileStorage({ dataDir: folder.path })
  await expect(createFileStorage({ dataDir: `${folder.path}/./` })).rejects.toThrow(DataFolderBusy)
  await first.close()
  await (await createFileStorage({ dataDir: folder.path })).close()
})

test('a second process cannot open a data folder, and the error names the first process', async () => {
  await using folder = await temporaryFolder()
  const storage = await createFileStorage({ dataDir: folder.path })
  const script = `import { createFileStorage } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    await createFileStorage({ dataDir: process.argv[1] }).catch((error) => console.log(error.name, error.message))`
  const args = ['--conditions=r2kit-source', '--import', 'tsx', '--input-type=module', '-e', script, folder.path]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toMatch(`DataFolderBusy data folder ${folder.path} is in use by process ${process.pid}:`)
  await storage.close()
})

test('a folder with other data, or of another version, is rejected and not changed', async () => {
  await using folder = await temporaryFolder()
  const foreign = join(folder.path, 'foreign')
  await mkdir(foreign)
  await writeFile(join(foreign, 'thesis.txt'), 'precious')
  await expect(createFileStorage({ dataDir: foreign })).rejects.toThrow(DataFolderForeign)
  expect(await readdir(foreign)).toEqual(['thesis.txt'])
  const newer = join(folder.path, 'newer')
  await mkdir(newer)
  for (const text of ['{"version":2}', 'not json', 'null']) {
    await writeFile(join(newer, 'r2kit-local.json'), text)
    await expect(createFileStorage({ dataDir: newer })).rejects.toThrow(DataFolderForeign)
  }
})

test('a data folder with a partially written marker can be opened', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'r2kit-local.json.new'), '{"ver')
  await (await createFileStorage({ dataDir: folder.path })).close()
})
