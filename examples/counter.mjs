// Update one object from several concurrent writers without losing an update. Run: node examples/counter.mjs
import { openR2 } from './support/open-r2.mjs'

const { r2, bucket, close } = await openR2()
const key = 'counter.json'

const increment = () =>
  r2.objects.updateWithLock(
    { bucket, key, changeJson: (current = { count: 0 }) => ({ count: current.count + 1 }) },
    { maxRetries: 20, baseDelayMs: 5 },
  )

const results = await Promise.all(Array.from({ length: 8 }, increment))
const { count } = (await r2.objects.get({ bucket, key })).json()
console.log(`8 writers, count ${count}, ${results.reduce((sum, { attempts }) => sum + attempts, 0)} attempts`)
if (count !== 8) process.exitCode = 1

await r2.objects.delete({ bucket, key })
await close()
