/**
 * Records the whole conformance suite against the local R2, and replays it in a process that cannot open a socket. Each case,
 * and each call of it, must have the same result, errors included. Recordings that are changed afterwards must be noticed.
 *
 * node test/long/replay.mjs [--keep FILE]
 *
 * The last line is "N passed, N failed". Exit code 1 if anything failed.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { startLocalR2 } from '@r2kit/local'
import { SimulationRecorder } from 'r2kit/simulation'
import { clock, credentials, runSuites } from './replay/conformance-run.mjs'

const { values } = parseArgs({ options: { keep: { type: 'string' } } })
const folder = await mkdtemp(join(tmpdir(), 'r2kit-replay-'))
const counts = { passed: 0, failed: 0 }
const check = (isRight, name, detail = '') => {
  counts[isRight ? 'passed' : 'failed']++
  if (!isRight) console.log(`FAILED ${name}: ${detail}`)
}

const fileHere = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Replays the recordings one after the other in a process that cannot open a socket. */
const replayAll = async (recordings, endpoint, only) => {
  const results = join(folder, 'results.json')
  const job = JSON.stringify({ endpoint, results, recordings, only })
  const parameters = ['--import', fileHere('./replay/no-sockets.mjs'), fileHere('./replay/replay.mjs'), job]
  const child = spawn(process.execPath, parameters, { stdio: 'inherit' })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`the replaying process ended with code ${code}`)
  const { replays, isGuarded, sockets } = JSON.parse(await readFile(results, 'utf8'))
  check(isGuarded, 'sockets', 'the replaying process can open sockets')
  check(sockets.length === 0, 'sockets', `the replay tried to open ${sockets.length}, the first: ${sockets[0]}`)
  return replays
}

/** Records the suites into a file. */
const record = async (file, only) => {
  const server = await startLocalR2({ memory: true, clock, credentials, onInternalError: () => undefined })
  const recorder = new SimulationRecorder({ clock })
  const results = await runSuites(server.endpoint, (inner) => recorder.wrap(inner), only)
  await recorder.save(file)
  await server.close()
  return {
    endpoint: server.endpoint,
    recorded: JSON.parse(JSON.stringify(results)),
    text: await readFile(file, 'utf8'),
  }
}

const seconds = (startedMs) => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`

const compareWhole = async () => {
  let startedMs = performance.now()
  const file = values.keep ?? join(folder, 'conformance.recording.json')
  const { endpoint, recorded, text } = await record(file)
  const { exchanges, bodies } = JSON.parse(text)
  console.log(
    `recorded ${recorded.length} cases, ${exchanges.length} requests, ${Object.keys(bodies).length} bodies in ${seconds(startedMs)}; ${(text.length / 1e6).toFixed(1)} MB`,
  )
  for (const [name, secret] of Object.entries(credentials))
    check(!text.includes(secret), 'secrets', `the recording has the ${name}`)
  check(!/Signature=[0-9a-f]{16}|chunk-signature=(?!0{64})/i.test(text), 'secrets', 'the recording has a signature')
  const failed = recorded.filter(({ verdict }) => verdict === 'failed')
  check(failed.length === 0, 'recording', `the suite fails against the local R2: ${failed[0]?.id}`)

  startedMs = performance.now()
  const [{ cases = [], unused = [], refusal }] = await replayAll([file], endpoint)
  const calls = recorded.flatMap((entry) => entry.calls)
  const rejected = calls.filter((call) => call.includes('"error":')).length
  console.log(
    `replayed ${cases.length} cases with ${calls.length} calls, ${rejected} of them rejected, in ${seconds(startedMs)}`,
  )
  check(refusal === undefined, 'replay', refusal)
  check(unused.length === 0, 'unused', `${unused.length} recorded requests were not sent, the first: ${unused[0]}`)
  for (const [index, before] of recorded.entries()) {
    const after = cases[index]
    check(isDeepStrictEqual(after, before), before.id, differenceOf(before, after))
  }
}

/** What of a case is not as it was recorded. */
function differenceOf(before, after) {
  if (after === undefined) return 'it was not replayed'
  const field = Object.keys(before).find((name) => !isDeepStrictEqual(before[name], after[name]))
  if (field !== 'calls') return `${field} was ${shown(before[field])} and is ${shown(after[field])} (${after.detail})`
  const at = before.calls.findIndex((call, index) => call !== after.calls[index])
  return `call ${at + 1} was ${shown(before.calls[at])} and is ${shown(after.calls[at])}`
}

function shown(value) {
  return JSON.stringify(value)?.slice(0, 300)
}

const digestOf = (content) => createHash('sha256').update(content).digest('hex')
const isSuccess = ({ outcome }) => outcome.status >= 200 && outcome.status < 300
const find = (recording, operation, matches = () => true) =>
  recording.exchanges.find(
    (exchange) => exchange.request.operation === operation && isSuccess(exchange) && matches(exchange),
  )

/** Changes of a recording that a replay must notice. */
const changes = {
  nothing: () => undefined,
  'a response with another status': (recording) => {
    find(recording, 'PutObject').outcome.status = 403
  },
  'a response with another header field': (recording) => {
    find(recording, 'HeadObject').outcome.headers.etag = `"${'0'.repeat(32)}"`
  },
  'a response with another body': (recording) => {
    const { outcome } = find(recording, 'GetObject', ({ outcome: { body } }) => body?.bytes === 5)
    outcome.body = { sha256: digestOf('other'), bytes: 5 }
    recording.bodies[outcome.body.sha256] = { text: 'other' }
  },
  'a request with another body': (recording) => {
    find(recording, 'PutObject', ({ request }) => request.body?.bytes > 0).request.body = {
      sha256: digestOf(''),
      bytes: 0,
    }
    recording.bodies[digestOf('')] = { text: '' }
  },
  'a request with another condition': (recording) => {
    find(recording, 'GetObject', ({ request }) => request.headers?.range).request.headers.range = 'bytes=0-0'
  },
  'a missing exchange': (recording) => {
    recording.exchanges.splice(recording.exchanges.indexOf(find(recording, 'CompleteMultipartUpload')), 1)
  },
  'a surplus exchange': (recording) => {
    recording.exchanges.push({ ...find(recording, 'CreateBucket'), number: recording.exchanges.length + 1 })
  },
  'an error in place of a response': (recording) => {
    find(recording, 'ListObjectsV2').outcome = { error: { code: 'ClientClosed', message: 'changed' } }
  },
  'a body that does not fit its digest': (recording) => {
    recording.bodies[find(recording, 'GetObject', ({ outcome }) => outcome.body).outcome.body.sha256] = {
      text: 'changed',
    }
  },
  'a missing body': (recording) => {
    delete recording.bodies[find(recording, 'GetObject', ({ outcome }) => outcome.body).outcome.body.sha256]
  },
  'a later version': (recording) => {
    recording.version = 2
  },
}

/** Changes of a recording must change the result of a case, or be refused. */
const compareChanged = async () => {
  const only = ['objects', 'ranges', 'multipart']
  const { endpoint, recorded, text } = await record(join(folder, 'small.recording.json'), only)
  const files = []
  for (const change of Object.values(changes)) {
    const recording = JSON.parse(text)
    change(recording)
    files.push(join(folder, `changed-${files.length}.json`))
    await writeFile(files.at(-1), JSON.stringify(recording))
  }
  const replays = await replayAll(files, endpoint, only)
  for (const [index, name] of Object.keys(changes).entries()) {
    const { cases = [], unused = [], refusal } = replays[index]
    const different = recorded.filter((entry, at) => !isDeepStrictEqual(cases[at], entry)).map(({ id }) => id)
    const noticed =
      refusal !== undefined
        ? `refused: ${refusal}`
        : [...different.map((id) => `${id} fails`), ...unused.map((entry) => `not sent: ${entry}`)].join(', ')
    if (name === 'nothing') check(noticed === '', 'unchanged recording', noticed)
    else check(noticed !== '', `changed recording, ${name}`, 'the replay does not notice it')
    console.log(`${name}: ${noticed === '' ? 'all cases are the same' : noticed.slice(0, 160)}`)
  }
}

await compareWhole()
await compareChanged()
await rm(folder, { recursive: true })
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed === 0 ? 0 : 1
