/**
 * The time that the local R2 takes to list the top level of a bucket with a million keys in a thousand folders, and to
 * store them. Calls the storage directly, in memory and on disk (without fsync, since lists are measured). Build first.
 *
 * node bench/local-list.mjs [keys]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileStorage, createMemoryStorage } from '../packages/local/dist/storage/index.js'

const keyCount = Number(process.argv[2] ?? 1_000_000)
const folders = 1_000
const record = {
  httpMetadata: { contentType: 'text/plain' },
  metadata: {},
  storageClass: 'STANDARD',
  etag: 'd41d8cd98f00b204e9800998ecf8427e',
  lastModifiedMs: Date.now(),
  content: { size: 0, pieces: [] },
}

const fill = async (storage) => {
  await storage.createBucket({ name: 'b', createdMs: 1, location: 'AUTO' })
  for (let from = 0; from < keyCount; from += 2_000) {
    const puts = []
    for (let index = from; index < Math.min(from + 2_000, keyCount); index++)
      puts.push(storage.putObject('b', `folder-${index % folders}/file-${index}`, () => record))
    await Promise.all(puts)
  }
}

/** Median of 11 runs, in milliseconds. */
const timed = (action) => {
  const times = []
  for (let run = 0; run < 11; run++) {
    const startMs = performance.now()
    action()
    times.push(performance.now() - startMs)
  }
  return times.sort((a, b) => a - b)[5].toFixed(2)
}

const measure = async (name, storage) => {
  const startMs = performance.now()
  await fill(storage)
  const fillMs = performance.now() - startMs
  console.log(
    `${name}: ${keyCount} keys stored in ${Math.round(fillMs)} ms; ` +
      `top level (${folders} folders) ${timed(() => storage.listObjects('b', { delimiter: '/', limit: 1_000 }))} ms; ` +
      `10 folders ${timed(() => storage.listObjects('b', { delimiter: '/', limit: 10 }))} ms; ` +
      `1,000 objects ${timed(() => storage.listObjects('b', { limit: 1_000 }))} ms`,
  )
  await storage.close()
}

await measure('memory', createMemoryStorage())
const folder = await mkdtemp(join(tmpdir(), 'r2kit-list-'))
await measure('disk', await createFileStorage({ dataDir: join(folder, 'data'), durable: false }))
await rm(folder, { recursive: true })
