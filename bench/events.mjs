/** CPU time per operation for 1 KB GET and PUT with 32 in flight: a client without listeners, and with each of them, in turns. */
import { startWorker } from './support/processes.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => new URL(file, import.meta.url)
const inFlight = 32
const count = 4000

/** `none again` shows the noise of the run: it is the same client as `none`. */
const contenders = [
  'none',
  'none again',
  'no-op',
  'diagnostics',
  'prometheus',
  'logging (pino, info)',
  'logging (pino, debug)',
  'otel without an SDK',
  'otel (SDK)',
]

/** @returns {Promise<{ operation: string, name: string, microseconds: number, overNone: number }[]>} */
export const benchEvents = async ({ processes = 2, rounds = 7 } = {}) => {
  const times = new Map()
  const series = (operation, name) => {
    const key = `${operation} ${name}`
    if (!times.has(key)) times.set(key, [])
    return times.get(key)
  }
  const server = await startWorker(here('./servers/canned-server.mjs'), { largeBytes: 1 })
  const endpoint = `http://127.0.0.1:${server.ready.port}`
  const operations = ['small-get', 'small-put']
  // New processes from time to time, because JIT compilation and memory layout vary between processes.
  for (let generation = 0; generation < processes; generation++) {
    const workers = []
    for (const listener of contenders) {
      const worker = await startWorker(here('./workers/client-worker.mjs'), {
        name: 'r2kit-events',
        endpoint,
        options: { listener },
      })
      for (const operation of operations) await worker.run({ operation, count: count * 2, inFlight })
      workers.push({ listener, worker })
    }
    for (let round = 0; round < rounds; round++) {
      for (const operation of operations) {
        for (const { listener, worker } of rotated(workers, round)) {
          const { cpuMicroseconds } = await worker.run({ operation, count, inFlight })
          series(operation, listener).push(cpuMicroseconds / count)
        }
      }
    }
    for (const { worker } of workers) await worker.stop()
  }
  await server.stop()
  return operations.flatMap((operation) =>
    contenders.map((name) => ({
      operation,
      name,
      microseconds: median(series(operation, name)),
      overNone: pairedRatio(series(operation, name), series(operation, 'none')),
    })),
  )
}
