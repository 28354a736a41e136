/** The process that is killed, without HTTP: runs the load directly on the storage and reports on standard output, a file. */
import { writeSync } from 'node:fs'
import { createFileStorage, joinContent } from '../../../packages/local/src/storage/index.js'
import type { ObjectRecord, Storage } from '../../../packages/local/src/storage/storage.js'
import { chunksOf, newBucket, objectOf, uploadOf } from '../storage-fixtures.js'
import type { Target } from './mixed-load.js'
import { runLoad } from './mixed-load.js'
import type { Body } from './stored-bodies.js'
import { bucket, bytesOfBody, md5Of } from './stored-bodies.js'

const [dataDir = '', seed = '0', durable = 'true'] = process.argv.slice(2)

const recordOf = (content: ObjectRecord['content'], body: Body): ObjectRecord => ({
  ...objectOf(content),
  metadata: { body: JSON.stringify(body) },
})

const targetOf = (storage: Storage): Target => {
  let uploads = 0
  const stage = async (body: Body) => (await storage.stage(chunksOf(bytesOfBody(body), 100_000))).content
  return {
    partSizeBytesMin: 0,
    put: async (key, body) => {
      const content = await stage(body)
      await storage.putObject(bucket, key, () => recordOf(content, body))
    },
    delete: (key) => storage.deleteObjects(bucket, [key]),
    copy: async (source, target) => {
      const object = storage.getObject(bucket, source)
      if (object === undefined) throw new Error(`${source} was acknowledged but is not stored`)
      const { content } = storage.share(object.content)
      await storage.putObject(bucket, target, () => ({ ...object, content }))
    },
    createUpload: async (key, body) => {
      const upload = uploadOf(key, `${seed}-${uploads++}`, bucket)
      await storage.createUpload(upload)
      return {
        putPart: async (partNumber, piece) => {
          const etag = md5Of(bytesOfBody([piece]))
          await storage.putPart(upload, { partNumber, content: await stage([piece]), etag, lastModifiedMs: 1 })
        },
        complete: async () => {
          await storage.completeUpload(upload, (parts) =>
            recordOf(joinContent(parts.map(({ content }) => content)), body),
          )
        },
        abort: async () => {
          await storage.abortUpload(upload)
        },
      }
    },
    abortAllUploads: async () => {
      for (const entry of storage.listUploads(bucket, { limit: 1_000 }).entries)
        if ('upload' in entry) await storage.abortUpload(entry.upload)
    },
  }
}

const storage = await createFileStorage({ dataDir, durable: durable === 'true' })
await newBucket(storage, bucket)
await runLoad(targetOf(storage), Number(seed), (line) => {
  writeSync(1, `${JSON.stringify(line)}\n`)
  if (line.state === 'acknowledged') process.send?.('acknowledged')
})
