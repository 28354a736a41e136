// Test a lifecycle rule on a local R2 in memory with its own clock. Run: node examples/local-r2-in-tests.mjs
import { startLocalR2 } from '@r2kit/local'
import { R2Client, systemClock } from 'r2kit'

let offsetMs = 0
const clock = { ...systemClock, now: () => Date.now() + offsetMs }

const local = await startLocalR2({ memory: true, clock })
const r2 = new R2Client({ endpoint: local.endpoint, credentials: local.credentials, clock })
const bucket = 'short-lived'

await r2.buckets.create({ bucket })
await r2.buckets.lifecycle.put({ bucket, rules: [{ id: 'a day', status: 'Enabled', expiration: { days: 1 } }] })
await r2.objects.put({ bucket, key: 'today', body: 'gone tomorrow' })
console.log(`today: ${(await r2.objects.listAll({ bucket }).collect(10)).length} object`)

offsetMs = 3 * 24 * 60 * 60 * 1000
const left = await r2.objects.listAll({ bucket }).collect(10)
console.log(`three days later: ${left.length} objects`)
if (left.length !== 0) process.exitCode = 1

await r2.dispose()
await local.close()
