/**
 * HTTP/1.1 over many sockets against HTTP/2 over one, both with r2kit's transport, over TLS on loopback: CPU time of the
 * client and wall time. Evidence for docs/decisions/2026-11-22-http-version.md.
 */
import { readFileSync } from 'node:fs'
import { startWorker } from './support/processes.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => new URL(file, import.meta.url)
const megabyte = 1_000_000

const loads = [
  { load: 'GET 1 KB, 32 in flight', operation: 'small-get', count: 3000, inFlight: 32, per: 'request' },
  { load: 'PUT 1 KB, 32 in flight', operation: 'small-put', count: 3000, inFlight: 32, per: 'request' },
  { load: 'GET 64 MB, one stream', operation: 'large-get', count: 1, inFlight: 1, per: 'MB' },
  { load: 'GET 16 MB, 4 streams', operation: 'large-get', count: 4, inFlight: 4, per: 'MB', megabytes: 16 },
  { load: 'PUT 64 MB, one stream', operation: 'large-put', count: 1, inFlight: 1, per: 'MB' },
]

/**
 * @returns {Promise<{ load: string, per: string, cpu1: number, cpu2: number, cpuRatio: number, timeRatio: number }[]>}
 *   `cpu1`, `cpu2`: CPU in microseconds for HTTP/1.1 and HTTP/2. Ratios are HTTP/2 over HTTP/1.1
 */
export const benchHttpVersions = async ({ rounds = 7 } = {}) => {
  const server = await startWorker(here('./servers/tls-server.mjs'), {})
  const endpoint = `https://127.0.0.1:${server.ready.port}`
  const ca = readFileSync(here('../test/fixtures/loopback/certificate.pem'), 'utf8')
  const workers = []
  for (const http2 of [false, true]) {
    const options = { integrity: 'none', connections: { ca, http2 } }
    workers.push(await startWorker(here('./workers/client-worker.mjs'), { name: 'r2kit', endpoint, options }))
  }
  const results = []
  for (const { load, operation, count, inFlight, per, megabytes = 64 } of loads) {
    const bytes = megabytes * megabyte
    const units = per === 'MB' ? count * megabytes : count
    const cpu = [[], []]
    const time = [[], []]
    for (let round = -1; round < rounds; round++) {
      for (const version of rotated([0, 1], Math.max(round, 0))) {
        const { cpuMicroseconds, wallMs } = await workers[version].run({ operation, count, inFlight, bytes })
        if (round < 0) continue
        cpu[version].push(cpuMicroseconds / units)
        time[version].push(wallMs)
      }
    }
    results.push({
      load,
      per,
      cpu1: median(cpu[0]),
      cpu2: median(cpu[1]),
      cpuRatio: pairedRatio(cpu[1], cpu[0]),
      timeRatio: pairedRatio(time[1], time[0]),
    })
  }
  for (const worker of [...workers, server]) await worker.stop()
  return results
}
