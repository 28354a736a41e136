/**
 * Runs third-party clients through the faults of the local R2: `node interop/faults.mjs [--only name,…]`. Each fault is injected
 * into the first request of an operation. The client must then react as the table says, and an operation that it reports as
 * successful must have the right bytes. The last line is "N passed, N failed, N skipped". Exit code 1 if anything failed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startLocalR2 } from '@r2kit/local'

const clientModules = {
  'aws-sdk-v3': async () => (await import('./clients/aws-sdk-v3.mjs')).awsSdk,
  boto3: async () => (await import('./clients/boto3.mjs')).boto3,
  rclone: async () => (await import('./clients/rclone.mjs')).rclone,
}
const { values } = parseArgs({ options: { only: { type: 'string' } } })
const wanted = values.only?.split(',') ?? Object.keys(clientModules)
const unknown = wanted.filter((name) => !Object.hasOwn(clientModules, name))
if (unknown.length > 0) {
  console.error(`Unknown client: ${unknown.join(', ')}. Known clients: ${Object.keys(clientModules).join(', ')}.`)
  process.exit(2)
}

/** Reactions: the client repeats the request, reports an error, or succeeds without a repetition. */
const retries = ['retries']
const retriesOrFails = ['retries', 'fails']
const deceived = ['succeeds with wrong bytes']
/** boto3 verifies no checksum of a download in the versions that Linux distributions have. */
const unverified = { boto3: [...retriesOrFails, ...deceived] }
/** AWS SDK v3 does not repeat a request whose body is a stream. */
const streamed = { 'aws-sdk-v3': retriesOrFails }

/** Operation, fault, permitted reactions, and other ones for some clients. */
const rows = [
  ['GetObject', { kind: 'latency', latencyMs: 300 }, ['succeeds']],
  ['GetObject', { kind: 'timeout' }, retriesOrFails],
  ['GetObject', { kind: 'connection-refused' }, retries],
  ['GetObject', { kind: 'reset-before-request' }, retries],
  ['GetObject', { kind: 'reset-during-response' }, retriesOrFails],
  ['GetObject', { kind: 'truncated-response' }, retriesOrFails],
  ['GetObject', { kind: 'truncated-response', contentLength: 'wrong' }, retriesOrFails, unverified],
  ['GetObject', { kind: 'corrupted-response' }, retriesOrFails, unverified],
  ['GetObject', { kind: 'status', status: 500 }, retries],
  ['GetObject', { kind: 'slow-down', retryAfter: 1 }, retries],
  ['GetObject', { kind: 'too-many-requests' }, retries],
  // No client can see that the document is not the object.
  ['GetObject', { kind: 'error-in-200' }, deceived],
  ['CopyObject', { kind: 'error-in-200' }, retriesOrFails],
  ['GetObject', { kind: 'slow-drip', bytesPerSecond: 1_000_000 }, ['succeeds']],
  ['GetObject', { kind: 'clock-skew', skewMs: 20 * 60_000 }, retriesOrFails],
  ['PutObject', { kind: 'reset-during-request' }, retriesOrFails],
  ['PutObject', { kind: 'reset-after-commit' }, retries, streamed],
  ['PutObject', { kind: 'corrupted-request' }, retriesOrFails],
  ['PutObject', { kind: 'status', status: 503 }, retries, streamed],
]

const counts = { passed: 0, failed: 0, skipped: 0 }
const report = (client, step, outcome, detail = '') => {
  counts[outcome]++
  const word = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' }[outcome]
  console.log(`${client.padEnd(11)} ${step.padEnd(60)} ${word.padEnd(8)} ${detail}`.trimEnd())
}

const bucket = 'faults'
const content = Buffer.alloc(1_000_000, 'film')

let keys = 0

/** Runs the operation with the fault in its first request. */
const reactionTo = async (local, client, operation, fault, folder) => {
  // A new key each time: rclone skips a file that is stored already.
  const key = `new-${++keys}`
  const source = join(folder, 'source')
  const target = join(folder, `target-${Math.random()}`)
  local.setFaults([
    { kind: 'latency', latencyMs: 0, operation },
    { ...fault, operation, times: 1 },
  ])
  let reaction = 'succeeds'
  let message = ''
  try {
    if (operation === 'GetObject') await client.get(bucket, 'stored', target)
    else if (operation === 'CopyObject') await client.copy(bucket, 'stored', key)
    else await client.put(bucket, key, source)
  } catch (error) {
    reaction = 'fails'
    message = String(error.message).replace(/\s+/g, ' ').slice(-160)
  }
  const [requests, faults] = local.injectedFaults
  local.setFaults([])
  if (reaction === 'succeeds') {
    if (operation !== 'GetObject') await client.get(bucket, key, target)
    const received = await readFile(target)
    if (!received.equals(content)) reaction = 'succeeds with wrong bytes'
    else if (requests.count > 1) reaction = 'retries'
  }
  return { reaction, injected: faults.count, requests: requests.count, message }
}

const runClient = async (name) => {
  const { client: definition, reason } = await load(name)
  if (reason !== undefined) {
    for (const [operation, fault] of rows) report(name, stepOf(operation, fault), 'skipped', reason)
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-faults-'))
  await writeFile(join(folder, 'source'), content)
  const local = await startLocalR2()
  const { endpoint, credentials } = local
  const client = await definition.open({ endpoint, credentials, region: 'auto', folder, timeoutSeconds: 2 })
  try {
    await client.makeBucket(bucket)
    await client.put(bucket, 'stored', join(folder, 'source'))
    for (const [operation, fault, permitted, by = {}] of rows) {
      const { reaction, injected, requests, message } = await reactionTo(local, client, operation, fault, folder)
      const isRight = injected === 1 && (by[name] ?? permitted).includes(reaction)
      const detail = `${reaction}, requests: ${requests}${message && `: ${message}`}${injected === 1 ? '' : `; ${injected} injected`}`
      report(name, stepOf(operation, fault), isRight ? 'passed' : 'failed', detail)
    }
  } finally {
    await client.close()
    await local.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const stepOf = (operation, fault) => `${operation} ${JSON.stringify(fault)}`

/** Loads a client, with the reason why it cannot run here, if any. */
const load = async (name) => {
  try {
    const client = await clientModules[name]()
    return { client, reason: await client.unavailable?.() }
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    return { reason: `its npm package is not installed (interop/install.sh): ${error.message.split('\n')[0]}` }
  }
}

for (const name of wanted) await runClient(name)
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? 1 : 0
