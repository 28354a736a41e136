/** CPU time per MB for streaming one large object, as a download and as an upload: r2kit, its peers and the floor, in turns. */
import { startWorker } from './support/processes.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => new URL(file, import.meta.url)
const megabyte = 1_000_000

const contenders = [
  { label: 'r2kit', name: 'r2kit' },
  { label: 'r2kit, unverified', name: 'r2kit', options: { verify: false }, only: 'large-put' },
  { label: 'undici', name: 'undici' },
  { label: 'aws-sdk', name: 'aws-sdk' },
  { label: 'minio', name: 'minio' },
  { label: 's3mini', name: 's3mini', only: 'large-get' },
  { label: 'aws4fetch', name: 'aws4fetch', only: 'large-get' },
]

/**
 * @returns {Promise<{ operation: string, name: string, microsecondsPerMegabyte: number, overFloor: number, peakMegabytes: number }[]>}
 *   `peakMegabytes`: the highest resident memory of the process after a turn
 */
export const benchStreams = async ({ processes = 2, rounds = 5, megabytes = 256, labels } = {}) => {
  const bytes = megabytes * megabyte
  const chosen = labels === undefined ? contenders : contenders.filter(({ label }) => labels.includes(label))
  const results = []
  const server = await startWorker(here('./servers/canned-server.mjs'), { largeBytes: bytes })
  const endpoint = `http://127.0.0.1:${server.ready.port}`
  for (const operation of ['large-get', 'large-put']) {
    const running = chosen.filter(({ only }) => only === undefined || only === operation)
    const times = new Map(running.map(({ label }) => [label, []]))
    const peaks = new Map(running.map(({ label }) => [label, 0]))
    for (let generation = 0; generation < processes; generation++) {
      const workers = []
      for (const { label, name, options } of running) {
        const worker = await startWorker(here('./workers/client-worker.mjs'), { name, endpoint, options })
        await worker.run({ operation, count: 1, bytes })
        workers.push({ label, worker })
      }
      for (let round = 0; round < rounds; round++) {
        for (const { label, worker } of rotated(workers, round)) {
          const { cpuMicroseconds, rssBytes } = await worker.run({ operation, count: 1, bytes })
          times.get(label).push(cpuMicroseconds / megabytes)
          peaks.set(label, Math.max(peaks.get(label), rssBytes / megabyte))
        }
      }
      for (const { worker } of workers) await worker.stop()
    }
    for (const { label } of running) {
      results.push({
        operation,
        name: label,
        microsecondsPerMegabyte: median(times.get(label)),
        overFloor: pairedRatio(times.get(label), times.get('undici')),
        peakMegabytes: peaks.get(label),
      })
    }
  }
  await server.stop()
  return results
}
