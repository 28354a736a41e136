// Let someone without credentials upload one file of one type, with plain HTTP. Run: node examples/presigned-upload.mjs
import { openR2 } from './support/open-r2.mjs'

const { r2, bucket, close } = await openR2()
const key = 'avatars/ada.png'

const upload = await r2.presign.put({ bucket, key, contentType: 'image/png', expiresInSeconds: 300 })
const accepted = await fetch(upload.url, {
  method: upload.method,
  headers: upload.headers,
  body: 'not really a picture',
})
console.log(`with the type that was signed: ${accepted.status}`)

const refused = await fetch(upload.url, { method: 'PUT', headers: { 'content-type': 'text/html' }, body: '<script>' })
console.log(`with another type: ${refused.status}`)
if (accepted.status !== 200 || refused.status !== 403) process.exitCode = 1

const download = await r2.presign.get({ bucket, key, expiresInSeconds: 300 })
console.log(`and down again: ${await (await fetch(download.url)).text()}`)

await r2.objects.delete({ bucket, key })
await close()
