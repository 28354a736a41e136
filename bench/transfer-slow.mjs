/** Memory over time while a source or a sink is slow: what is reserved, and what is resident. */
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { askOnce, mebibyte, startServer } from './support/transfer-bench.mjs'

const most = (values) => Math.max(0, ...values)

/** How much higher the second half stood than the first, once that had filled its window. */
const growth = (samples) => {
  const settled = samples.slice(Math.floor(samples.length / 4))
  const half = settled.length >> 1
  const top = (part) => most(part.map(({ rssBytes }) => rssBytes))
  return top(settled.slice(half)) - top(settled.slice(0, half))
}

/** @returns {Promise<{ name: string, overIdleBytes: number, reservedBytes: number, growthBytes: number, seconds: number }[]>} */
export const benchSlowEnds = async ({ seconds = 60, bytesPerSecond = 1_000_000 } = {}) => {
  const scratch = scratchFolder()
  const server = await startServer({ folder: scratch.file('data') })
  const bytes = seconds * bytesPerSecond
  try {
    await writeFileOf(scratch.file('source'), 256 * mebibyte)
    await askOnce(server, 'r2kit', { operation: 'upload-file', key: 'large', path: scratch.file('source') })
    const pace = { bytes, bytesPerSecond }
    const runs = { 'slow source': 'upload-slowly', 'slow sink': 'download-slowly' }
    return await Promise.all(
      Object.entries(runs).map(async ([name, operation]) => {
        const response = await askOnce(server, 'r2kit', {
          operation,
          key: name === 'slow sink' ? 'large' : 'slow',
          ...pace,
        })
        return {
          name,
          overIdleBytes: response.peakBytes - response.idleBytes,
          reservedBytes: response.peakReservedBytes,
          growthBytes: growth(response.samples),
          seconds: response.wallMs / 1000,
        }
      }),
    )
  } finally {
    await server.stop()
    scratch.remove()
  }
}
