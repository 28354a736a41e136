// A client with three operations, of which a bundler keeps only these. Run: node examples/small-program.mjs
import { createClient, deleteObject, getObject, isR2Error, putObject } from 'r2kit/core'
import { openOptions } from './support/open-r2.mjs'

const { options, bucket, close } = await openOptions()
const r2 = createClient(options, { put: putObject, get: getObject, delete: deleteObject })
const at = { bucket, key: 'small.txt' }

const { etag } = await r2.put({ ...at, body: 'a few operations', createBucketIfMissing: true })
const object = await r2.get(at)
console.log(`${object.text()} (${object.size} bytes, ${object.etag === etag ? 'as stored' : 'DIFFERENT'})`)

await r2.delete(at)
try {
  await r2.get(at)
} catch (error) {
  if (!isR2Error(error, 'ObjectNotFound')) throw error
  console.log(`${error.code}: ${error.hint}`)
}
await r2.dispose()
await close()
