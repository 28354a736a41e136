/** One client in a process of its own that moves large objects, and tells what CPU time, wall time and memory that took. */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { pattern, streamedBody } from '../support/bodies.mjs'
import { probeEngine } from '../support/engine-probe.mjs'
import { cpuPartsOf, serve } from '../support/processes.mjs'

const sampleMs = 100

/** In bytes, of this process: `VmRSS` now, `VmHWM` the most since the mark was last set. */
const resident = (field) =>
  1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1])
const resetPeak = () => writeFileSync('/proc/self/clear_refs', '5')

/** A source of so many bytes per second. */
async function* slowBody(bytes, bytesPerSecond) {
  const chunkBytes = 64 * 1024
  const startMs = performance.now()
  for (let at = 0; at < bytes; at += chunkBytes) {
    await sleep(Math.max(0, startMs + (at / bytesPerSecond) * 1000 - performance.now()))
    yield pattern.subarray(0, Math.min(chunkBytes, bytes - at))
  }
}

/** Reads a stream, at so many bytes per second at most, and leaves it after so many bytes. */
const drain = async (stream, { bytes = Number.POSITIVE_INFINITY, bytesPerSecond = Number.POSITIVE_INFINITY }) => {
  const startMs = performance.now()
  let taken = 0
  for await (const chunk of stream) {
    taken += chunk.byteLength
    if (taken >= bytes) return
    const aheadMs = startMs + (taken / bytesPerSecond) * 1000 - performance.now()
    if (aheadMs > 0) await sleep(aheadMs)
  }
}

/** Reads a stream with one buffer, which the stream fills again and again. */
const drainInto = async (stream) => {
  const reader = stream.getReader({ mode: 'byob' })
  for (let buffer = new Uint8Array(64 * 1024); ; ) {
    const { done, value } = await reader.read(buffer)
    if (done) return
    buffer = new Uint8Array(value.buffer)
  }
}

/** An idle client has its modules loaded and a connection open. */
const warmUp = async (client) => {
  await client.put('warm-up', pattern.subarray(0, 1000))
  if (client.downloadStream !== undefined) await drain(client.downloadStream('warm-up'), {})
}

const operations = (client) => ({
  'make-bucket': () => client.makeBucket(),
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
  const { connect } = await import(`../clients/${name}.mjs`)
  const { look, ...probed } = name === 'r2kit' ? await probeEngine() : { look: () => ({}) }
  const client = connect({ endpoint, bucket, credentials: access, options: { ...options, ...probed } })
  const table = operations(client)
  return {
    /** `seconds`: when to stop a contender that takes too long; `movedBytes` is what it had moved by then, if it tells. */
    async response({ operation, seconds, ...load }) {
      if (operation !== 'make-bucket') await warmUp(client)
      const idleBytes = resident('VmRSS')
      resetPeak()
      const startMs = performance.now()
      const samples = []
      const sampling = setInterval(() => {
        samples.push({ atMs: performance.now() - startMs, rssBytes: process.memoryUsage.rss(), ...look() })
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
        table[operation](load, control).catch((error) => {
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
        peakReservedBytes: look().peakReservedBytes ?? 0,
        peakInFlight: Math.max(0, ...samples.map(({ inFlight = 0 }) => inFlight)),
        samples,
      }
    },
  }
})
