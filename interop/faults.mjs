/**
 * Runs third-party clients through faults: `node interop/faults.mjs [--only name,…] [--through proxy,local]`. `proxy` is the fault
 * proxy in front of a local R2, with every kind of fault in a GET and in a PUT; `local` are faults of the local R2 itself. Each fault
 * is injected into the first request of an operation. The client must then react as the table says, an operation that it reports
 * as successful must have the right bytes, and behind the proxy the server must have acted on that request or not. The last line
 * is "N passed, N failed, N skipped". Exit code 1 if anything failed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startLocalR2, startR2Proxy } from '@r2kit/local'
import { loadClient } from './clients/load.mjs'

const clientModules = {
  'aws-sdk-v3': async () => (await import('./clients/aws-sdk-v3.mjs')).awsSdk,
  boto3: async () => (await import('./clients/boto3.mjs')).boto3,
  rclone: async () => (await import('./clients/rclone.mjs')).rclone,
}
const { values } = parseArgs({
  options: { only: { type: 'string' }, through: { type: 'string', default: 'proxy,local' } },
})
const wanted = values.only?.split(',') ?? Object.keys(clientModules)
const unknown = wanted.filter((name) => !Object.hasOwn(clientModules, name))
if (unknown.length > 0) {
  console.error(`Unknown client: ${unknown.join(', ')}. Known clients: ${Object.keys(clientModules).join(', ')}.`)
  process.exit(2)
}

/** Reactions: the client repeats the request, reports an error, or succeeds without a repetition. */
const succeeds = ['succeeds']
const retries = ['retries']
const retriesOrFails = ['retries', 'fails']
const deceived = ['succeeds with wrong bytes']
const deceivedPut = ['succeeds without an object']
/** boto3 verifies no checksum of a download in the versions that Linux distributions have. */
const unverified = { boto3: [...retriesOrFails, ...deceived] }
/** AWS SDK v3 does not repeat a request whose body is a stream. */
const streamed = { 'aws-sdk-v3': retriesOrFails }

/** Kinds whose request does not reach the server. A skew of 20 minutes is one: the signature is refused. */
const neverActs = new Set([
  ...['timeout', 'connection-refused', 'reset-before-request', 'reset-during-request', 'status', 'slow-down'],
  ...['too-many-requests', 'error-in-200'],
])
const isRefusedForSkew = ({ skewMs = 0 }) => skewMs > 15 * 60_000
const acts = (fault) => !neverActs.has(fault.kind) && !isRefusedForSkew(fault)
/** A wrong clock stays wrong: a client that corrects its own is accepted in its second request. */
const faultOf = (fault, operation) => ({ ...fault, operation, ...(fault.kind !== 'clock-skew' && { times: 1 }) })

const date = new Date(Date.now() + 2_000).toUTCString()
const twentyMinutes = 20 * 60_000

/** Fault, permitted reactions of a GET with other ones for some clients, and of a PUT. */
const kinds = [
  [{ kind: 'latency', latencyMs: 300 }, [succeeds], [succeeds]],
  [{ kind: 'latency', latencyMs: { minMs: 10, maxMs: 100 } }, [succeeds], [succeeds]],
  [{ kind: 'latency', latencyMs: { medianMs: 20, p99Ms: 200 } }, [succeeds], [succeeds]],
  [{ kind: 'timeout' }, [retriesOrFails], [retriesOrFails]],
  [{ kind: 'connection-refused' }, [retries], [retriesOrFails]],
  [{ kind: 'reset-before-request' }, [retries], [retriesOrFails]],
  [{ kind: 'reset-during-request' }, [retries], [retriesOrFails]],
  [{ kind: 'reset-after-commit' }, [retries], [retries, streamed]],
  [{ kind: 'reset-during-response' }, [retriesOrFails], [retries, streamed]],
  [{ kind: 'truncated-response' }, [retriesOrFails], [retries, streamed]],
  [{ kind: 'truncated-response', contentLength: 'wrong' }, [retriesOrFails, unverified], [retries, streamed]],
  [{ kind: 'corrupted-response' }, [retriesOrFails, unverified], [succeeds]],
  [{ kind: 'corrupted-request' }, [succeeds], [retriesOrFails]],
  [{ kind: 'status', status: 500 }, [retries], [retries, streamed]],
  [{ kind: 'status', status: 503 }, [retries], [retries, streamed]],
  [{ kind: 'status', status: 403, code: 'AccessDenied' }, [['fails']], [['fails']]],
  [{ kind: 'slow-down' }, [retries], [retries, streamed]],
  [{ kind: 'slow-down', retryAfter: 1 }, [retries], [retries, streamed]],
  [{ kind: 'slow-down', retryAfter: date }, [retries], [retries, streamed]],
  [{ kind: 'too-many-requests' }, [retries], [retries, streamed]],
  [{ kind: 'too-many-requests', retryAfter: 1 }, [retries], [retries, streamed]],
  // A client cannot see that the document is not the object.
  [{ kind: 'error-in-200' }, [deceived], [[...retriesOrFails, ...deceivedPut]]],
  [{ kind: 'slow-drip', bytesPerSecond: 1_000_000 }, [succeeds], [succeeds]],
  [{ kind: 'clock-skew', skewMs: 60_000 }, [succeeds], [succeeds]],
  [{ kind: 'clock-skew', skewMs: twentyMinutes }, [retriesOrFails], [retriesOrFails]],
]

/** Operation, fault, permitted reactions, and other ones for some clients. */
const rowsThrough = {
  proxy: [
    ...kinds.map(([fault, reactions]) => ['GetObject', fault, ...reactions]),
    ...kinds.map(([fault, , reactions]) => ['PutObject', fault, ...reactions]),
    ['CopyObject', { kind: 'error-in-200' }, retriesOrFails],
  ],
  local: [
    ['GetObject', { kind: 'timeout' }, retriesOrFails],
    ['GetObject', { kind: 'connection-refused' }, retries],
    ['GetObject', { kind: 'reset-during-response' }, retriesOrFails],
    ['GetObject', { kind: 'truncated-response' }, retriesOrFails],
    ['GetObject', { kind: 'corrupted-response' }, retriesOrFails, unverified],
    ['GetObject', { kind: 'status', status: 500 }, retries],
    ['GetObject', { kind: 'slow-down', retryAfter: 1 }, retries],
    ['CopyObject', { kind: 'error-in-200' }, retriesOrFails],
    ['GetObject', { kind: 'clock-skew', skewMs: twentyMinutes }, retriesOrFails],
    ['PutObject', { kind: 'reset-during-request' }, retriesOrFails],
    ['PutObject', { kind: 'reset-after-commit' }, retries, streamed],
    ['PutObject', { kind: 'corrupted-request' }, retriesOrFails],
    ['PutObject', { kind: 'status', status: 503 }, retries, streamed],
  ],
}
const ways = values.through.split(',')
const unknownWays = ways.filter((way) => !Object.hasOwn(rowsThrough, way))
if (unknownWays.length > 0) {
  console.error(`Unknown way: ${unknownWays.join(', ')}. Known ways: ${Object.keys(rowsThrough).join(', ')}.`)
  process.exit(2)
}

const counts = { passed: 0, failed: 0, skipped: 0 }
const report = (client, step, outcome, detail = '') => {
  counts[outcome]++
  const word = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' }[outcome]
  console.log(`${client.padEnd(11)} ${step.padEnd(75)} ${word.padEnd(8)} ${detail}`.trimEnd())
}

const bucket = 'faults'
const content = Buffer.alloc(1_000_000, 'film')

/** Counts the requests of an operation, without a delay. */
const counter = (operation) => ({ kind: 'latency', latencyMs: 0, operation })

let keys = 0

/** Runs the operation with the fault in its first request. */
const reactionTo = async ({ server, target }, client, operation, fault, folder) => {
  // A new key each time: rclone skips a file that is stored already.
  const key = `new-${++keys}`
  const received = join(folder, `target-${keys}`)
  target.setFaults([counter(operation)])
  server.setFaults([counter(operation), faultOf(fault, operation)])
  let reaction = 'succeeds'
  let message = ''
  try {
    if (operation === 'GetObject') await client.get(bucket, 'stored', received)
    else if (operation === 'CopyObject') await client.copy(bucket, 'stored', key)
    else await client.put(bucket, key, join(folder, 'source'))
  } catch (error) {
    reaction = 'fails'
    message = String(error.message).replace(/\s+/g, ' ').slice(-160)
  }
  const [requests, faults] = server.injectedFaults.map(({ count }) => count)
  const reached = target.injectedFaults[0].count
  server.setFaults([])
  target.setFaults([])
  if (reaction === 'succeeds') {
    if (operation !== 'GetObject') await client.get(bucket, key, received).catch(() => undefined)
    const bytes = await readFile(received).catch(() => undefined)
    if (bytes === undefined) reaction = 'succeeds without an object'
    else if (!bytes.equals(content)) reaction = 'succeeds with wrong bytes'
    else if (requests > 1) reaction = 'retries'
  }
  return { reaction, injected: faults, requests, reached, message }
}

/** The server of a way: `server` has the faults, `target` is the local R2 behind it. */
const serverOf = async (way) => {
  const local = await startLocalR2()
  if (way === 'local') return { server: local, target: local, close: () => local.close() }
  const { endpoint, credentials } = local
  const proxy = await startR2Proxy({ target: endpoint, credentials })
  return { server: proxy, target: local, close: () => proxy.close().then(() => local.close()) }
}

const runThrough = async (way, name, definition, folder) => {
  const servers = await serverOf(way)
  const { credentials } = servers.target
  const { endpoint } = servers.server
  const open = () => definition.open({ endpoint, credentials, region: 'auto', folder, timeoutSeconds: 2 })
  let client = await open()
  try {
    await client.makeBucket(bucket)
    await client.put(bucket, 'stored', join(folder, 'source'))
    for (const [operation, fault, permitted, by = {}] of rowsThrough[way]) {
      const { reaction, injected, requests, reached, message } = await reactionTo(
        servers,
        client,
        operation,
        fault,
        folder,
      )
      const expected = way === 'proxy' ? requests - (acts(fault) ? 0 : 1) : requests
      const isInjected = injected === (fault.kind === 'clock-skew' ? requests : 1)
      const isRight = isInjected && reached === expected && (by[name] ?? permitted).includes(reaction)
      const problems = [
        isInjected ? [] : `${injected} injected`,
        reached === expected ? [] : `${reached} reached the server, not ${expected}`,
      ]
      const detail = [`${reaction}, requests: ${requests}${message && `: ${message}`}`, ...problems.flat()].join('; ')
      if (fault.kind === 'clock-skew') {
        // A client may keep the clock that it has corrected.
        await client.close()
        client = await open()
      }
      report(name, stepOf(way, operation, fault), isRight ? 'passed' : 'failed', detail)
    }
  } finally {
    await client.close()
    await servers.close()
  }
}

const runClient = async (name) => {
  const { client: definition, reason } = await loadClient(clientModules[name])
  if (reason !== undefined) {
    for (const way of ways)
      for (const [operation, fault] of rowsThrough[way]) report(name, stepOf(way, operation, fault), 'skipped', reason)
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-faults-'))
  await writeFile(join(folder, 'source'), content)
  for (const way of ways) await runThrough(way, name, definition, folder)
  await rm(folder, { recursive: true, force: true })
}

const stepOf = (way, operation, fault) => `${way} ${operation} ${JSON.stringify(fault)}`

// Together: most of the time is spent in the waits of the clients.
await Promise.all(wanted.map(runClient))
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? 1 : 0
