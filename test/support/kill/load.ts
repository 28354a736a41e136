/**
 * The process that is killed: writes a mixed load to a data folder and says on standard output, which is a file, what it is
 * about to do and what has been acknowledged. Every worker owns its keys, so that of each key at most one change is open.
 */
import { writeSync } from 'node:fs'
import { createFileStorage, joinContent } from '../../../packages/local/src/storage/index.js'
import type { Storage } from '../../../packages/local/src/storage/storage.js'
import { chunksOf, newBucket, objectOf, uploadOf } from '../local-storage.js'
import type { Body, Report } from './kill-storage.js'
import { bytesOfBody, randomFrom } from './kill-storage.js'

const [dataDir = '', seed = '0', durable = 'true'] = process.argv.slice(2)
const workers = 8
const keysPerWorker = 4

const report = (line: Report) => writeSync(1, `${JSON.stringify(line)}\n`)

const changed = async (key: string, body: Body | null, change: () => Promise<unknown>) => {
  report({ key, body, state: 'begun' })
  await change()
  report({ key, body, state: 'acknowledged' })
  process.send?.('acknowledged')
}

const stage = (storage: Storage, body: Body) => storage.stage(chunksOf(bytesOfBody(body), 100_000))

const put = async (storage: Storage, key: string, body: Body) => {
  const { content } = await stage(storage, body)
  await storage.putObject('b', key, () => objectOf(content, JSON.stringify(body)))
}

const copy = async (storage: Storage, source: string, target: string) => {
  const object = storage.getObject('b', source)
  if (object === undefined) return
  // What this worker has read is the last it has written: nobody else writes its keys.
  const { content } = storage.share(object.content)
  await changed(target, JSON.parse(object.etag), () =>
    storage.putObject('b', target, () => objectOf(content, object.etag)),
  )
}

const multipart = async (storage: Storage, key: string, uploadId: string, body: Body, isAborted: boolean) => {
  const upload = uploadOf(key, uploadId)
  await storage.createUpload(upload)
  for (const [index, piece] of body.entries()) {
    const { content } = await stage(storage, [piece])
    await storage.putPart(upload, { partNumber: index + 1, content, etag: JSON.stringify([piece]), lastModifiedMs: 1 })
  }
  if (isAborted) await storage.abortUpload(upload)
  else {
    await changed(key, body, () =>
      storage.completeUpload(upload, (parts) =>
        objectOf(joinContent(parts.map(({ content }) => content)), JSON.stringify(body)),
      ),
    )
  }
}

const work = async (storage: Storage, worker: number) => {
  const random = randomFrom(Number(seed) * workers + worker)
  const anyKey = () => `w${worker}/k${random(keysPerWorker)}`
  const anyPiece = () => ({
    size: [0, 100, 5_000, 66_000, 300_000, 700_000][random(6)] ?? 0,
    seed: random(1_000_000),
  })
  for (let step = 0; ; step++) {
    const key = anyKey()
    const body = [anyPiece()]
    const kind = random(10)
    if (kind < 5) await changed(key, body, () => put(storage, key, body))
    else if (kind < 6) await changed(key, null, () => storage.deleteObjects('b', [key]))
    else if (kind < 8) await copy(storage, anyKey(), key)
    else await multipart(storage, key, `${seed}-${worker}-${step}`, [...body, anyPiece(), anyPiece()], kind === 8)
  }
}

const storage = await createFileStorage({ dataDir, durable: durable === 'true' })
await newBucket(storage)
for (const entry of storage.listUploads('b', { limit: 1_000 }).entries)
  if ('upload' in entry) await storage.abortUpload(entry.upload)
await Promise.all(Array.from({ length: workers }, (_, worker) => work(storage, worker)))
