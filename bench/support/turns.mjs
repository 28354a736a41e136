/** Measures contenders in turns, each in its own process, so that load on the machine affects all of them. */
import { startWorker } from './processes.mjs'
import { median, pairedRatio, rotated } from './statistics.mjs'

const workers = {
  client: new URL('../workers/client-worker.mjs', import.meta.url),
  command: new URL('../workers/command-worker.mjs', import.meta.url),
}

/**
 * @typedef {object} Contender
 * @property {string} name unique within a runtime
 * @property {string} [client] module in `clients/` or, for `worker: 'command'`, program; `name` by default
 * @property {'client' | 'command'} [worker]
 * @property {object} [options] passed to the client
 * @property {string} [only] the only operation that it takes part in
 * @property {number} [count] operations per turn
 * @property {string} [before] name of the contender that runs the other build
 * @property {import('./runtimes.mjs').Runtime} [runtime]
 *
 * @typedef {object} Turns the turns of a contender in one operation
 * @property {string} operation
 * @property {string} name
 * @property {string} [runtime]
 * @property {string} [skipped] the reason why it was not measured
 * @property {number} [microseconds] CPU time per unit, median
 * @property {(other: string) => number | undefined} [over] ratio to another contender of the same runtime, paired by turns
 * @property {number} [peakBytes] highest resident memory of the process after a turn
 */

/**
 * @param {object} settings
 * @param {Contender[]} settings.contenders
 * @param {string[]} settings.operations
 * @param {(contender: Contender, operation: string) => { count: number, [field: string]: unknown }} settings.taskOf
 * @param {number} settings.unitsPerCount what CPU time is divided by, for each of `count`
 * @param {string} settings.endpoint
 * @param {number} settings.processes how often the processes are started, because JIT compilation and memory layout
 *   vary between processes
 * @param {number} [settings.warmUps] unmeasured turns of a new process; another one follows when all processes have started
 * @param {number} settings.rounds turns of each contender in one process
 * @returns {Promise<Turns[]>} in the order of operations and contenders
 */
export const takeTurns = async (settings) => {
  const { contenders, operations, taskOf, unitsPerCount = 1, endpoint, processes, rounds, warmUps = 2 } = settings
  const takesPart = ({ only }, operation) => only === undefined || only === operation
  const entries = operations.flatMap((operation) =>
    contenders
      .filter((contender) => takesPart(contender, operation))
      .map((contender) => ({ operation, contender, skipped: contender.runtime?.unavailable, cpu: [], peakBytes: 0 })),
  )
  const turn = async ({ operation, contender }, worker) => {
    const task = taskOf(contender, operation)
    const { cpuMicroseconds, rssBytes } = await worker.run({ operation, ...task })
    return { cpu: cpuMicroseconds / (task.count * unitsPerCount), rssBytes }
  }
  for (let generation = 0; generation < processes; generation++) {
    const running = new Map()
    for (const contender of contenders) {
      const own = entries.filter((entry) => entry.contender === contender && entry.skipped === undefined)
      if (own.length === 0) continue
      const { name, client = name, worker: kind = 'client', options, runtime } = contender
      const process = runtime === undefined ? {} : { execPath: runtime.execPath, execArgv: runtime.execArgv ?? [] }
      const worker = await startWorker(workers[kind], { name: client, endpoint, options }, process)
      const reason = worker.ready?.unavailable
      if (reason !== undefined) {
        for (const entry of own) entry.skipped = reason
        await worker.stop()
        continue
      }
      for (const entry of own) for (let warmUp = 0; warmUp < warmUps; warmUp++) await turn(entry, worker)
      running.set(contender, worker)
    }
    // The first round is not measured: each process has been idle since its own warm-up, after which V8 replaces code once more.
    for (let round = -1; round < rounds; round++) {
      for (const operation of operations) {
        const due = entries.filter((entry) => entry.operation === operation && running.has(entry.contender))
        for (const entry of rotated(due, Math.max(round, 0))) {
          const { cpu, rssBytes = 0 } = await turn(entry, running.get(entry.contender))
          if (round < 0) continue
          entry.cpu.push(cpu)
          entry.peakBytes = Math.max(entry.peakBytes, rssBytes)
        }
      }
    }
    for (const worker of running.values()) await worker.stop()
  }
  return entries.map(({ operation, contender, skipped, cpu, peakBytes }) => {
    const { name, before, runtime } = contender
    const common = { operation, name, runtime: runtime?.name }
    if (skipped !== undefined) return { ...common, skipped }
    const over = (other) => {
      const base = entries.find(
        (entry) =>
          entry.operation === operation && entry.contender.runtime === runtime && entry.contender.name === other,
      )
      return base === undefined || base.cpu.length !== cpu.length ? undefined : pairedRatio(cpu, base.cpu)
    }
    return { ...common, before, microseconds: median(cpu), over, peakBytes }
  })
}

/** The contenders, once per runtime. */
export const onRuntimes = (runtimes, contenders) =>
  runtimes.flatMap((runtime) => contenders.map((contender) => ({ ...contender, runtime })))
