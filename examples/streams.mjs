// Upload a file and download it as a stream, in constant memory. Run: node examples/streams.mjs
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { openR2 } from './support/open-r2.mjs'

const { r2, bucket, close } = await openR2()
const path = process.execPath // A large file that always exists.

await r2.objects.put({ bucket, key: 'node', body: { path } })
const { body, size } = await r2.objects.getStream({ bucket, key: 'node' })

const sha256 = async (chunks) => {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}
const [downloaded, original] = await Promise.all([sha256(body), sha256(createReadStream(path))])
console.log(`${size} bytes downloaded, ${downloaded === original ? 'identical' : 'DIFFERENT'}`)
if (downloaded !== original) process.exitCode = 1

const tail = await r2.objects.get({ bucket, key: 'node', range: { suffix: 16 } })
console.log(`the last ${tail.body.length} bytes: offset ${tail.contentRange?.offset} of ${tail.contentRange?.total}`)

await r2.objects.delete({ bucket, key: 'node' })
await close()
