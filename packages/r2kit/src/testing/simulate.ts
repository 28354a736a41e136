/** Runs code against a model of R2 on virtual time, and reports what it left behind. */
import { systemClock } from '../base/clock.js'
import type { InjectedFault } from '../simulation/faults/fault-injection-transport.js'
import { nextTurn } from './event-loop.js'
import type { SimulatedExchange } from './exchange-log.js'
import { preload } from './preload.js'
import {
  readSimulateOptions,
  readSimulateSeedsOptions,
  type SimulateOptions,
  type SimulateSeedsOptions,
} from './simulate-options.js'
import { type SimulationRun as Run, SimulationRun } from './simulation.js'
import { SimulationError, type SimulationProblem } from './simulation-error.js'
import { collectUnhandledRejections } from './unhandled-rejections.js'

/** A run that passed. */
export interface SimulationReport<T> {
  readonly seed: number
  /** The result of `run`. */
  readonly value: T
  /** Virtual time of the run in milliseconds. */
  readonly elapsedMs: number
  /** All requests, in the order in which they ended. */
  readonly exchanges: readonly SimulatedExchange[]
  /** All injected faults. */
  readonly faults: readonly InjectedFault[]
}

/**
 * Runs asynchronous code against a model of R2 in memory, with the faults of one seed, on a virtual clock that advances whenever
 * the code waits. The same seed repeats the run exactly, as long as the code takes times from `clock` and random numbers from
 * `random`.
 *
 * After `run` has ended, nothing may be left: no pending call, no streamed response that was neither read nor cancelled, no
 * multipart upload, no timer, no unhandled rejection. Where a fault hid the response to a creation, the upload without parts that
 * it left is permitted, because no client has its ID.
 *
 * Runs share the process's unhandled rejections: do not run other code beside a simulation.
 *
 * @throws SimulationError with the seed, if `run` throws or something is left
 * @throws R2Error `InvalidConfig` naming the option
 * @example
 * await simulate({
 *   seed: 7,
 *   faults: [{ kind: 'reset-after-commit', operation: 'PutObject', rate: 0.5 }],
 *   run: async ({ r2, server }) => {
 *     await publish(r2, 'test', 'index.html')
 *     expect(server.object('test', 'index.html')).toBeDefined()
 *   },
 * })
 */
export const simulate = async <T>(given: SimulateOptions<T>): Promise<SimulationReport<T>> => {
  const options = readSimulateOptions(given)
  const { seed = 1, permit = [] } = options
  await preload()
  const run = new SimulationRun(seed, options)
  const rejections = collectUnhandledRejections()
  const problems: SimulationProblem[] = []
  const pending: SimulationProblem[] = []
  let value: T | undefined
  try {
    const code = async () => {
      try {
        return await options.run(run)
      } finally {
        // Before the next turn, in which a call that the code forgot may end.
        pending.push(...pendingProblems(run))
      }
    }
    value = await drive(run, code, problems)
    await drive(run, () => run.dispose(), problems)
    // The runtime reports a rejection as unhandled only after a turn of the event loop.
    await nextTurn()
  } finally {
    rejections.stop()
  }
  problems.push(...pending, ...remainingProblems(run))
  for (const error of rejections.errors) {
    problems.push({ kind: 'unhandled-rejection', message: `unhandled rejection: ${shown(error)}`, error })
  }
  const found = problems.filter(({ kind }) => !(permit as readonly string[]).includes(kind))
  if (found.length > 0) throw new SimulationError(seed, found)
  const { exchanges, faults, clock } = run
  return { seed, value: value as T, elapsedMs: clock.monotonicMs(), exchanges, faults }
}

/** Sums of the runs of several seeds. */
export interface SeedsReport {
  /** Number of runs. */
  readonly seeds: number
  readonly requests: number
  readonly faults: number
  /** Virtual time of all runs in milliseconds. */
  readonly elapsedMs: number
  /** Speed in real time. */
  readonly seedsPerMinute: number
}

/**
 * Calls `simulate` with one seed after the other, and stops at the first that fails.
 *
 * @throws SimulationError of the first seed that fails
 * @throws R2Error `InvalidConfig` naming the option
 * @example await simulateSeeds({ seeds: 500, faults: mixedFaults, run: ({ r2, server }) => scenario(r2, server) })
 */
export const simulateSeeds = async (given: SimulateSeedsOptions): Promise<SeedsReport> => {
  const { seeds, firstSeed = 1, ...options } = readSimulateSeedsOptions(given)
  const startedMs = systemClock.monotonicMs()
  let [requests, faults, elapsedMs] = [0, 0, 0]
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const report = await simulate({ ...options, seed })
    requests += report.exchanges.length
    faults += report.faults.length
    elapsedMs += report.elapsedMs
  }
  const seedsPerMinute = Math.round((seeds / (systemClock.monotonicMs() - startedMs)) * 60_000)
  return { seeds, requests, faults, elapsedMs, seedsPerMinute }
}

/** Runs `work` on virtual time. Its failure is a problem of the run. */
const drive = async <T>(
  { clock }: Run,
  work: () => Promise<T>,
  problems: SimulationProblem[],
): Promise<T | undefined> => {
  const outcome = work().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  try {
    const ended = await clock.run(outcome)
    if ('value' in ended) return ended.value
    problems.push({ kind: 'error', message: shown(ended.error), error: ended.error })
  } catch {
    const message =
      'the code waits for something other than the clock of the simulation, such as a timer of the machine'
    problems.push({ kind: 'stuck', message })
  }
  return undefined
}

const pendingProblems = ({ ledger, requestsInFlight }: Run): SimulationProblem[] => [
  ...ledger.pending.map((call) => ({ kind: 'pending-call' as const, message: `${call} is pending` })),
  // Without a pending call: its call has ended, and has not cancelled it.
  ...(ledger.pending.length > 0 ? [] : requestsInFlight).map((request) => ({
    kind: 'pending-call' as const,
    message: `a request of ${request} is in flight, although its call has ended`,
  })),
  ...ledger.openResponses.map((call) => ({
    kind: 'open-response' as const,
    message: `the response to ${call} was neither read until its end nor cancelled`,
  })),
]

const remainingProblems = ({ clock, server, faults }: Run): SimulationProblem[] => {
  const isCreationHidden = faults.some(({ operation }) => operation === 'CreateMultipartUpload')
  const uploads = [...server.uploads].filter(([, { parts }]) => parts.size > 0 || !isCreationHidden)
  return [
    ...clock.pendingTimers.map(({ dueMs, createdBy }) => ({
      kind: 'pending-timer' as const,
      message: `a timer is pending, due in ${dueMs - clock.now()} ms, created ${callerOf(createdBy)}`,
    })),
    ...uploads.map(([uploadId, { bucket, key, parts }]) => ({
      kind: 'unfinished-upload' as const,
      message: `the upload ${uploadId} of ${bucket}/${key} has ${parts.size} parts, and was neither completed nor aborted`,
    })),
  ]
}

const shown = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : `a value that is no Error: ${String(error)}`

/** Frames of this library, and of the runtime. */
const ownFrame = /r2kit\/(?:dist|src)\/(?!.*\.test\.)|^at new Promise|node:internal/

/** The place in the code that created a timer, if possible outside this library: `at save (/app/store.js:12:9)`. */
const callerOf = ({ stack = '' }: Error): string => {
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
  return frames.find((frame) => !ownFrame.test(frame)) ?? frames[1] ?? 'by unknown code'
}
