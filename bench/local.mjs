/**
 * The local R2, in memory and durable, against Cloudflare's simulator: 1 KB PUTs per second with 32 in flight, sent by the
 * same client, in turns; and the time to start.
 */
import { R2Client } from 'r2kit'
import { miniflare } from '../interop/servers/miniflare.mjs'
import { startWorker } from './support/processes.mjs'
import { median, pairedRatio, rotated } from './support/statistics.mjs'

const here = (file) => new URL(file, import.meta.url)

const startLocal = async (durable) => {
  const server = await startWorker(here('./servers/local-r2-server.mjs'), { durable })
  const { endpoint, credentials } = server.ready
  const r2 = new R2Client({ endpoint, credentials })
  await r2.buckets.create({ bucket: 'bench' })
  await r2.dispose()
  const stop = async () => {
    await server.run('close')
    await server.stop()
  }
  return {
    endpoint,
    credentials,
    bucket: 'bench',
    stop,
    startMs: server.ready.startMs,
    importMs: server.ready.importMs,
  }
}

const startMiniflare = async () => {
  const startMs = performance.now()
  const server = await miniflare.start()
  return { ...server, bucket: server.capabilities.buckets[0], startMs: performance.now() - startMs }
}

/**
 * @returns {Promise<{ name: string, putsPerSecond: number, timesMiniflare: number | undefined, startMs: number, importMs: number | undefined }[]>}
 */
export const benchLocal = async ({ rounds = 7, seconds = 1.5 } = {}) => {
  const reason = await miniflare.unavailable()
  if (reason !== undefined) throw new Error(`Cloudflare's simulator cannot run: ${reason}`)
  const contenders = [
    { name: 'memory', start: () => startLocal(false), count: 4000 * seconds },
    { name: 'durable', start: () => startLocal(true), count: 1500 * seconds },
    { name: 'miniflare', start: startMiniflare, count: 300 * seconds },
  ]
  const starts = []
  for (let round = 0; round < rounds; round++) {
    const once = await startLocal(false)
    starts.push(once.startMs)
    await once.stop()
  }
  const running = []
  for (const { name, start, count } of contenders) {
    const server = await start()
    const { endpoint, bucket, credentials: access } = server
    const client = await startWorker(here('./workers/client-worker.mjs'), { name: 'r2kit', endpoint, bucket, access })
    const put = async () => {
      const { wallMs } = await client.run({ operation: 'buffer-put', count, inFlight: 32 })
      return (count / wallMs) * 1000
    }
    await put()
    running.push({ name, server, client, put, rates: [] })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { put, rates } of rotated(running, round)) rates.push(await put())
  }
  for (const { server, client } of running) {
    await client.stop()
    await server.stop()
  }
  const base = running.find(({ name }) => name === 'miniflare').rates
  return running.map(({ name, server, rates }) => ({
    name,
    putsPerSecond: median(rates),
    timesMiniflare: pairedRatio(rates, base),
    startMs: name === 'memory' ? median(starts) : server.startMs,
    importMs: server.importMs,
  }))
}
