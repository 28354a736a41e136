/**
 * One seed: actors call the client concurrently, faults meet their requests, and all time is virtual. The same seed gives the
 * same run. `oracle.ts` has the invariants that are checked at its end.
 */
import { inspect } from 'node:util'
import {
  type ChecksumSupport,
  type FaultRule,
  mixedFaults,
  type Simulation,
  SimulationError,
  seededRandom,
  simulate,
} from 'r2kit/testing'
import { downloadFile, killAndResumeDownload, putRanged, resetFiles, transferFolder } from './actions/files.js'
import * as objects from './actions/objects.js'
import * as transfers from './actions/transfers.js'
import { type BreakerLimits, type BreakerLog, problemsOfBreaker, recordedBreaker } from './breaker-log.js'
import type { RecordedExchange } from './call-record.js'
import { type Action, bucket, ChaosRun } from './chaos-run.js'
import { problemsOf } from './oracle.js'

export interface SeedResult {
  readonly problems: readonly string[]
  readonly calls: number
  readonly faults: number
  /** All requests with their times and outcomes: the same for the same seed. */
  readonly exchanges: readonly RecordedExchange[]
}

/** Faults that pass for a good response, only for keys whose readers check lengths or digests. */
const deceiving: readonly FaultRule[] = [
  { kind: 'corrupted-response', operation: 'GetObject', key: 'verified/*' },
  { kind: 'corrupted-response', operation: 'GetObject', key: 'ranged/*' },
  { kind: 'corrupted-response', operation: 'GetObject', key: 'checked/*' },
  { kind: 'truncated-response', contentLength: 'wrong', operation: 'GetObject', key: 'checked/*' },
  { kind: 'truncated-response', contentLength: 'wrong', operation: 'GetObject', key: 'verified/*' },
  { kind: 'truncated-response', contentLength: 'wrong', operation: 'GetObject', key: 'ranged/*' },
  { kind: 'truncated-response', contentLength: 'wrong', operation: 'GetObject', key: 'sized/*' },
]

const faultsOf = (random: () => number): readonly FaultRule[] => [
  ...mixedFaults(random),
  ...deceiving.filter(() => random() < 0.3).map((rule) => ({ ...rule, rate: random() * 0.25 })),
]

/** An action occurs as often as it is listed. */
const small: readonly Action[] = [
  objects.put,
  objects.putBlob,
  objects.putStream,
  objects.putIfAbsent,
  objects.replaceIfUnchanged,
  objects.replaceIfUnchanged,
  objects.putBlobIfAbsent,
  objects.copy,
  objects.copy,
  objects.remove,
  objects.removeBatch,
  objects.get,
  objects.getStream,
  objects.head,
  objects.list,
  objects.listFolders,
  objects.updateCounterTwice,
  transfers.uploadSmall,
  transfers.putChecked,
  transfers.putChecked,
  transfers.getChecked,
  transfers.getChecked,
  transfers.streamChecked,
  transfers.putVerified,
  transfers.putSized,
  transfers.download,
  transfers.download,
  transfers.downloadUnverified,
  transfers.downloadStream,
  putRanged,
  downloadFile,
  killAndResumeDownload,
]

/** Actions whose process may be killed in their middle. */
const killable: readonly Action[] = [
  objects.put,
  objects.putIfAbsent,
  objects.replaceIfUnchanged,
  objects.copy,
  objects.remove,
  objects.removeBatch,
  objects.updateCounter,
  objects.updateCounter,
]

const large: readonly Action[] = [
  transfers.uploadInParts,
  transfers.uploadInParts,
  transfers.uploadStream,
  transfers.killAndResumeUpload,
]

const drawAction = (run: ChaosRun, hasLarge: boolean): Action => {
  if (hasLarge && run.random() < 0.2) return run.pick(large)
  const drawn = run.random()
  if (drawn < 0.1) return objects.killedDuring(run.pick(killable))
  return drawn < 0.12 ? transferFolder : run.pick(small)
}

/** Runs the actors of one run until all have ended. */
const act = async (run: ChaosRun): Promise<void> => {
  const hasLarge = run.random() < 0.04
  const actors = Array.from({ length: 1 + Math.floor(run.random() * 4) }, async () => {
    for (let count = 2 + Math.floor(run.random() * 6); count > 0; count--) {
      await drawAction(run, hasLarge)(run, run.main, run.pick(objects.keys))
    }
  })
  await Promise.all(actors)
}

/** In a third of the runs the clients have a circuit breaker, which opens after a few failures. */
const breakerOf = (seed: number): BreakerLimits | undefined => {
  const random = seededRandom(-seed)
  if (random() > 1 / 3) return undefined
  const upTo = (most: number) => 1 + Math.floor(random() * most)
  return { failures: upTo(4), openMs: 500 * upTo(20), successes: upTo(3) }
}

/** Most runs have a server that verifies checksums, as R2 does. */
const supportOf = (seed: number): ChecksumSupport => {
  const drawn = seededRandom(seed + 0.5)()
  if (drawn < 0.7) return 'verified'
  return drawn < 0.8 ? 'unchecked' : drawn < 0.9 ? 'ignored' : 'refused'
}

export const runSeed = async (seed: number): Promise<SeedResult> => {
  resetFiles()
  let run: ChaosRun | undefined
  const breakers: BreakerLog[] = []
  const limits = breakerOf(seed)
  const problems: string[] = []
  const start = (simulation: Simulation) => {
    run = new ChaosRun(simulation)
    simulation.server.checksums = supportOf(seed)
    return act(run)
  }
  try {
    await simulate({
      seed,
      buckets: [bucket],
      faults: faultsOf,
      // The oracle has a stricter rule: it distinguishes uploads of killed processes.
      permit: ['unfinished-upload'],
      client: {
        onEvent: ({ type }) => void (type === 'integrity.reduced' && run?.reductions.push(type)),
        transfers: { onWarning: (message) => run?.warnings.push(message) },
        ...(limits && { layers: { attempt: [recordedBreaker(limits, (log) => breakers.push(log))] } }),
      },
      onExchange: (exchange) => {
        run?.noteExchange(exchange)
        if (process.env.CHAOS_TRACE !== undefined) console.log(JSON.stringify(exchange))
      },
      run: start,
    })
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    problems.push(...error.problems.map(({ message }) => message))
  }
  if (run === undefined) throw new Error('the run has not begun')
  if (process.env.CHAOS_TRACE !== undefined) {
    for (const call of run.calls) console.log(inspect(call, { depth: 3 }))
    for (const { createdBy } of run.simulation.clock.pendingTimers) console.log(createdBy.stack)
  }
  // A transfer reports an upload that it could not abort. Only a breaker, which keeps refusing, excuses that.
  if (limits !== undefined) {
    for (const uploadId of run.reportedUploads()) run.abandonedUploads.add(uploadId)
  }
  const { calls, changes, exchanges, abandonedUploads, reductions, simulation } = run
  const { uploads, checksums } = simulation.server
  problems.push(
    ...run.problems,
    ...problemsOf({
      calls,
      changes,
      exchanges,
      abandonedUploads,
      uploads,
      checksums,
      isReduced: reductions.length > 0,
    }),
    ...objects.problemsOfCounter(run),
    ...breakers.flatMap((log) => [...problemsOfBreaker(log)].map((problem) => `a circuit breaker ${problem}`)),
  )
  return { problems, calls: calls.length, faults: simulation.faults.length, exchanges }
}
