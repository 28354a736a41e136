// Let a client without credentials upload one file of one type, with plain HTTP. Run: node examples/presigned-upload.mjs
import { openR2 } from './support/open-r2.mjs'

const { r2, bucket, close } = await openR2()
const key = 'avatars/ada.png'

const upload = await r2.presign.put({ bucket, key, contentType: 'image/png', expiresInSeconds: 300 })
const accepted = await fetch(upload.url, {
  method: upload.method,
  headers: upload.headers,
  body: 'not really a picture',
})
console.log(`upload with the signed type: ${accepted.status}`)

const rejected = await fetch(upload.url, { method: 'PUT', headers: { 'content-type': 'text/html' }, body: '<script>' })
console.log(`upload with another type: ${rejected.status}`)
if (accepted.status !== 200 || rejected.status !== 403) process.exitCode = 1

const download = await r2.presign.get({ bucket, key, expiresInSeconds: 300 })
console.log(`download: ${await (await fetch(download.url)).text()}`)

await r2.objects.delete({ bucket, key })
await close()
