/**
 * Puts per second on the local R2's storage, called directly, 32 in flight, by size and mode. The step at 128 KiB is the
 * limit for bodies that are stored inline in the table. Build first.
 *
 * node bench/local-storage.mjs
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileStorage, createMemoryStorage } from '../packages/local/dist/storage/index.js'

const inFlight = 32
const record = {
  httpMetadata: { contentType: 'text/plain' },
  metadata: { name: 'value' },
  storageClass: 'STANDARD',
  etag: 'd41d8cd98f00b204e9800998ecf8427e',
  lastModifiedMs: Date.now(),
}

const measure = async (name, storage, size, count) => {
  await storage.createBucket({ name: 'b', createdMs: 1, location: 'AUTO' })
  const body = Buffer.alloc(size, 7)
  const source = async function* () {
    yield body
  }
  let next = 0
  const worker = async () => {
    while (next < count) {
      const key = `key-${next++}`
      const { content } = await storage.stage(source())
      await storage.putObject('b', key, () => ({ ...record, content }))
    }
  }
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  await Promise.all(Array.from({ length: inFlight }, worker))
  const ms = performance.now() - startMs
  const { user, system } = process.cpuUsage(startCpu)
  const rate = Math.round((count / ms) * 1_000)
  console.log(`${name}, ${size} B: ${rate} puts/s, ${Math.round((user + system) / count)} µs CPU per put`)
  await storage.close()
}

await measure('memory', createMemoryStorage(), 1_024, 50_000)
for (const size of [1_024, 16_384, 65_536, 131_072, 131_073, 262_144]) {
  for (const durable of [true, false]) {
    const folder = await mkdtemp(join(tmpdir(), 'r2kit-bench-'))
    const storage = await createFileStorage({ dataDir: join(folder, 'data'), durable })
    await measure(durable ? 'durable' : 'not durable', storage, size, size > 20_000 ? 1_500 : 8_000)
    await rm(folder, { recursive: true })
  }
}
