/** CPU time per operation for 1 KB GET and PUT with 32 in flight: r2kit, its peers and the floor, in turns. */
import { startWorker } from './support/processes.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => new URL(file, import.meta.url)
const inFlight = 32

/** `count`: operations per turn. Slow clients need fewer for the same precision, so that all turns take about as long. */
const contenders = [
  { name: 'r2kit', count: 8000 },
  { name: 'r2kit-layers', count: 8000 },
  { name: 'undici', count: 8000 },
  { name: 'aws-sdk', count: 1000 },
  { name: 'minio', count: 2000 },
  { name: 's3mini', count: 1000 },
  { name: 'aws4fetch', count: 1000 },
]

/**
 * @returns {Promise<{ operation: string, name: string, microseconds: number, overFloor: number, timesLess: number }[]>}
 *   `timesLess`: CPU time over r2kit's
 */
export const benchRequests = async ({ processes = 3, rounds = 7, names } = {}) => {
  const chosen = names === undefined ? contenders : contenders.filter(({ name }) => names.includes(name))
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
    for (const { name, count } of chosen) {
      const worker = await startWorker(here('./workers/client-worker.mjs'), { name, endpoint })
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
    chosen.map(({ name }) => ({
      operation,
      name,
      microseconds: median(series(operation, name)),
      overFloor: pairedRatio(series(operation, name), series(operation, 'undici')),
      timesLess: pairedRatio(series(operation, name), series(operation, 'r2kit')),
    })),
  )
}
