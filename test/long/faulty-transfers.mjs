/**
 * 200 transfers of 20 MB against a local R2 that injects a fault into 30 % of the requests, with the client's default settings:
 * every acknowledged upload is stored with its bytes and description, every download is exact, and no upload is left pending.
 *
 * node test/long/faulty-transfers.mjs [transfers]
 */
import { createHash, randomBytes } from 'node:crypto'
import { startLocalR2 } from '@r2kit/local'
import { isR2Error, R2Client } from 'r2kit'

const transfers = Number(process.argv[2] ?? 200)
const uploads = Math.ceil(transfers / 2)
const sizeBytes = 20_000_000
const concurrency = 8
const bucket = 'faulty'
const mebibyte = 1024 * 1024

/** The server acts before these. The response to a creation is spared: no client could find an upload whose ID was lost. */
const afterActing = [
  'PutObject',
  'UploadPart',
  'CompleteMultipartUpload',
  'GetObject',
  'HeadObject',
  'AbortMultipartUpload',
]
const rules = [
  { kind: 'status', status: 500, rate: 0.06 },
  { kind: 'status', status: 503, rate: 0.05 },
  { kind: 'slow-down', rate: 0.04 },
  { kind: 'reset-before-request', rate: 0.04 },
  { kind: 'reset-during-request', rate: 0.04 },
  { kind: 'corrupted-request', rate: 0.02 },
  ...afterActing.flatMap((operation) => [
    { kind: 'reset-after-commit', operation, rate: 0.04 },
    { kind: 'reset-during-response', operation, rate: 0.03 },
    { kind: 'truncated-response', operation, rate: 0.02 },
  ]),
  { kind: 'corrupted-response', operation: 'GetObject', rate: 0.005 },
  { kind: 'latency', latencyMs: { medianMs: 5, p99Ms: 200 } },
]

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
const random = randomBytes(sizeBytes + uploads * 4096)
const bodyOf = (index) => random.subarray(index * 4096, index * 4096 + sizeBytes)
const keyOf = (index) => `object-${index}`
/** Half of the uploads take one request, half of them parts. */
const optionsOf = (index) => (index % 2 === 0 ? {} : { thresholdBytes: 5 * mebibyte, partSizeBytes: 5 * mebibyte })

const local = await startLocalR2({ memory: true, faultSeed: 30 })
const r2 = new R2Client(local)
await r2.buckets.create({ bucket })

/** Runs `work` for each index, eight at a time, and returns the errors by index. */
const each = async (work) => {
  const failures = new Map()
  const queue = Array.from({ length: uploads }, (_, index) => index).values()
  const worker = async () => {
    for (const index of queue) {
      await work(index).catch((error) => {
        if (!isR2Error(error)) throw error
        failures.set(index, error)
      })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return failures
}

const problems = []
const startedAt = performance.now()
local.setFaults(rules)
const failedUploads = await each((index) =>
  r2.transfers.upload(bodyOf(index), { bucket, key: keyOf(index), metadata: { index: `${index}` } }, optionsOf(index)),
)
const wrongDownloads = []
const failedDownloads = await each(async (index) => {
  const { body } = await r2.transfers.download({ bucket, key: keyOf(index) }, 'bytes')
  if (digest(body) !== digest(bodyOf(index))) wrongDownloads.push(index)
})
const faults = local.injectedFaults.reduce((sum, { count }) => sum + count, 0)
local.setFaults([])
const seconds = Math.round((performance.now() - startedAt) / 1_000)

for (const index of wrongDownloads) problems.push(`the download of ${keyOf(index)} is not exact`)
for (let index = 0; index < uploads; index++) {
  if (failedUploads.has(index)) continue
  const object = await r2.objects.get({ bucket, key: keyOf(index) }, { timeoutMs: 60_000 }).catch(() => undefined)
  if (object === undefined) problems.push(`${keyOf(index)} was acknowledged and is not there`)
  else if (digest(object.body) !== digest(bodyOf(index))) problems.push(`${keyOf(index)} was stored with other bytes`)
  else if (object.metadata.index !== `${index}`) problems.push(`${keyOf(index)} was stored with another description`)
}
const { uploads: pending } = await r2.multipart.listUploads({ bucket })
for (const { key } of pending) problems.push(`an upload of ${key} is pending`)
await r2.dispose()
await local.close()

for (const [index, error] of failedUploads) console.log(`upload of ${keyOf(index)} failed: ${error.summary()}`)
for (const [index, error] of failedDownloads) console.log(`download of ${keyOf(index)} failed: ${error.summary()}`)
for (const problem of problems) console.log(problem)
const failed = failedUploads.size + failedDownloads.size
console.log(
  `${2 * uploads} transfers, ${faults} faults, ${failed} honest failures, ${problems.length} problems in ${seconds} s`,
)
process.exit(problems.length === 0 ? 0 : 1)
