/** CPU time per operation for 1 KB GET and PUT with 32 in flight, of several clients in turns. */
import { startWorker } from './support/processes.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => new URL(file, import.meta.url)
const inFlight = 32
const operations = ['small-get', 'small-put']

/**
 * @param contenders `name`: in the result. `count`: operations per turn. `client`: name and options of the client; by default that
 *   of `name`
 * @returns {Promise<{ operation: string, name: string, microseconds: number, over: (other: string) => number }[]>}
 *   `over`: the ratio to another contender, paired by turns
 */
export const benchSmallOperations = async (contenders, { processes, rounds }) => {
  const times = new Map()
  const series = (operation, name) => {
    const key = `${operation} ${name}`
    if (!times.has(key)) times.set(key, [])
    return times.get(key)
  }
  const server = await startWorker(here('./servers/canned-server.mjs'), { largeBytes: 1 })
  const endpoint = `http://127.0.0.1:${server.ready.port}`
  // New processes from time to time, because JIT compilation and memory layout vary between processes.
  for (let generation = 0; generation < processes; generation++) {
    const workers = []
    for (const { name, count, client = { name } } of contenders) {
      const worker = await startWorker(here('./workers/client-worker.mjs'), { ...client, endpoint })
      for (const operation of operations) await worker.run({ operation, count: count * 2, inFlight })
      workers.push({ name, count, worker })
    }
    for (let round = 0; round < rounds; round++) {
      for (const operation of operations) {
        for (const { name, count, worker } of rotated(workers, round)) {
          const { cpuMicroseconds } = await worker.run({ operation, count, inFlight })
          series(operation, name).push(cpuMicroseconds / count)
        }
      }
    }
    for (const { worker } of workers) await worker.stop()
  }
  await server.stop()
  return operations.flatMap((operation) =>
    contenders.map(({ name }) => ({
      operation,
      name,
      microseconds: median(series(operation, name)),
      over: (other) => pairedRatio(series(operation, name), series(operation, other)),
    })),
  )
}
