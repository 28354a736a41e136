// Store, list, read and delete unusual keys: r2kit sends every key unchanged. Run: node examples/keys.mjs
import { openR2 } from './support/open-r2.mjs'

const { r2, bucket, close } = await openR2()
const keys = [
  'a/../b',
  './c',
  '//d',
  'e//f/',
  ' spaces ',
  '50%25',
  'g+h',
  'naïve/日本/🙂',
  'quote"\'<&>',
  'tab\there',
  '\\i',
]

for (const key of keys) await r2.objects.put({ bucket, key, body: key })

const listed = []
for await (const { key } of r2.objects.listAll({ bucket })) listed.push(key)
for (const key of keys) {
  const { body } = await r2.objects.get({ bucket, key })
  const same = listed.includes(key) && new TextDecoder().decode(body) === key
  console.log(`${same ? 'exact' : 'DIFFERENT'}  ${JSON.stringify(key)}`)
  if (!same) process.exitCode = 1
}

const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys })
console.log(`${deleted.length} deleted, ${failed.length} failed`)
await close()
