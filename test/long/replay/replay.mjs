/**
 * Replays recordings of the conformance suite, without a socket:
 * `node --import ./no-sockets.mjs replay.mjs '{ "endpoint", "results", "recordings", "only" }'`.
 */
import { writeFile } from 'node:fs/promises'
import { ReplayTransport, SimulationReplayer } from 'r2kit/simulation'
import { clock, runSuites } from './conformance-run.mjs'

const { endpoint, results, recordings, only } = JSON.parse(process.argv[2])

/** Without a guard that is in force, the comparison would prove nothing. */
const isGuarded = async () => {
  const before = globalThis.socketAttempts.length
  const failure = await fetch(endpoint).catch((error) => error)
  const isRefused = failure instanceof Error && globalThis.socketAttempts.length > before
  globalThis.socketAttempts.length = before
  return isRefused
}

const replay = async (recording) => {
  let replayer
  try {
    replayer = await SimulationReplayer.load(recording, { clock, order: 'any' })
  } catch (error) {
    return { refusal: error.message }
  }
  const cases = await runSuites(endpoint, () => new ReplayTransport(replayer), only)
  const unused = replayer.unused.map(
    ({ number, request: { operation, key } }) => `${number}: ${operation} ${key ?? ''}`,
  )
  return { cases, unused }
}

// The loader of TypeScript looks for the pipe of a parent process.
globalThis.socketAttempts.length = 0
const guarded = await isGuarded()
const replays = []
for (const recording of recordings) replays.push(await replay(recording))
await writeFile(results, JSON.stringify({ replays, isGuarded: guarded, sockets: globalThis.socketAttempts }))
process.exit(0)
