// Put, get, list and delete an object. Run: node examples/quickstart.mjs
import { openR2 } from './support/open-r2.mjs'

const { r2, bucket, close } = await openR2()

const { etag } = await r2.objects.put({ bucket, key: 'notes/today.txt', body: 'Buy milk.', contentType: 'text/plain' })
console.log(`stored and verified: ${etag}`)

const note = await r2.objects.get({ bucket, key: 'notes/today.txt' })
console.log(`${note.size} bytes of ${note.contentType}: ${note.text()}`)

for await (const object of r2.objects.listAll({ bucket, prefix: 'notes/' })) {
  console.log(`${object.key}, ${object.size} bytes, ${object.lastModified.toISOString()}`)
}

await r2.objects.delete({ bucket, key: 'notes/today.txt' })
await close()
