/** Transfers large objects in a separate process and reports CPU time, wall time and memory. */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { pattern, streamedBody } from '../support/bodies.mjs'
import { probeEngine } from '../support/engine-probe.mjs'
import { cpuPartsOf, serve } from '../support/processes.mjs'

const sampleMs = 100

/** Resident memory of this process in bytes: `VmRSS` is the current value, `VmHWM` the peak since the last reset. */
const resident = (field) =>
  1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1])
const resetPeak = () => writeFileSync('/proc/self/clear_refs', '5')

/** A source with a limited rate. */
async function* slowBody(bytes, bytesPerSecond) {
  const chunkBytes = 64 * 1024
  const startMs = performance.now()
  for (let at = 0; at < bytes; at += chunkBytes) {
    await sleep(Math.max(0, startMs + (at / bytesPerSecond) * 1000 - performance.now()))
    yield pattern.subarray(0, Math.min(chunkBytes, bytes - at))
  }
}

/** Reads a stream at a limited rate and cancels it after `bytes` bytes. */
const drain = async (stream, { bytes = Number.POSITIVE_INFINITY, bytesPerSecond = Number.POSITIVE_INFINITY }) => {
  const startMs = performance.now()
  let receivedBytes = 0
  for await (const chunk of stream) {
    receivedBytes += chunk.byteLength
    if (receivedBytes >= bytes) return
    const pauseMs = startMs + (receivedBytes / bytesPerSecond) * 1000 - performance.now()
    if (pauseMs > 0) await sleep(pauseMs)
  }
}

/** Reads a stream with a BYOB reader that reuses one buffer. */
const drainInto = async (stream) => {
  const reader = stream.getReader({ mode: 'byob' })
  for (let buffer = new Uint8Array(64 * 1024); ; ) {
    const { done, value } = await reader.read(buffer)
    if (done) return
    buffer = new Uint8Array(value.buffer)
  }
}

/** Loads all modules and opens a connection, so that the idle memory includes them. */
const warmUp = async (client) => {
  await client.put('warm-up', pattern.subarray(0, 1000))
  if (client.downloadStream !== undefined) await drain(client.downloadStream('warm-up'), {})
}

const operations = (client) => ({
  'create-bucket': () => client.makeBucket(),
  'upload-file': ({ key, path }, control) => client.uploadFile(key, path, control),
  'upload-stream': ({ key, bytes }) => client.uploadStream(key, streamedBody(bytes)),
  'upload-streams': ({ key, bytes, count }) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => client.uploadStream(`${key}-${index}`, streamedBody(bytes))),
    ),
  'upload-slowly': ({ key, bytes, bytesPerSecond }) => client.uploadStream(key, slowBody(bytes, bytesPerSecond)),
  'download-file': ({ key, path }, control) => client.downloadFile(key, path, control),
  'download-stream': ({ key }) => drain(client.downloadStream(key), {}),
  'download-into-buffer': ({ key }) => drainInto(client.downloadStream(key)),
  'download-slowly': ({ key, bytes, bytesPerSecond }) => drain(client.downloadStream(key), { bytes, bytesPerSecond }),
})

serve(async ({ name, endpoint, bucket, access, options }) => {
  const { connect, unavailable } = await import(`../clients/${name}.mjs`)
  const reason = unavailable?.()
  if (reason !== undefined) return { ready: { unavailable: reason } }
  const { snapshot, ...probed } = name === 'r2kit' ? await probeEngine(options?.build) : { snapshot: () => ({}) }
  const client = await connect({ endpoint, bucket, credentials: access, options: { ...options, ...probed } })
  const table = operations(client)
  return {
    ready: {},
    /** `seconds`: time limit. `movedBytes` in the result: the bytes transferred until then, if the client reports them. */
    async handle({ operation, seconds, ...task }) {
      if (operation !== 'create-bucket') await warmUp(client)
      const idleBytes = resident('VmRSS')
      resetPeak()
      const startMs = performance.now()
      const samples = []
      const sampling = setInterval(() => {
        samples.push({ atMs: performance.now() - startMs, rssBytes: process.memoryUsage.rss(), ...snapshot() })
      }, sampleMs)
      const controller = new AbortController()
      const deadline = seconds === undefined ? undefined : setTimeout(() => controller.abort(), seconds * 1000)
      let movedBytes
      const control = {
        signal: controller.signal,
        onBytes: (bytes) => {
          movedBytes = bytes
        },
      }
      const { user, system } = await cpuPartsOf(() =>
        table[operation](task, control).catch((error) => {
          if (!controller.signal.aborted) throw error
        }),
      )
      clearTimeout(deadline)
      clearInterval(sampling)
      const wallMs = performance.now() - startMs
      return {
        cpuMicroseconds: user + system,
        userMicroseconds: user,
        wallMs,
        movedBytes,
        stopped: controller.signal.aborted,
        idleBytes,
        peakBytes: resident('VmHWM'),
        peakReservedBytes: snapshot().peakReservedBytes ?? 0,
        peakInFlight: Math.max(0, ...samples.map(({ inFlight = 0 }) => inFlight)),
        samples,
      }
    },
  }
})
