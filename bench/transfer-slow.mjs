/** Reserved and resident memory over time while a source or a sink is slow. */
import { withBefore } from './support/builds.mjs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { mebibyte, runOnce, startServer } from './support/transfer-bench.mjs'

/** Growth of the peak from the first to the second half of the samples. Ignores the first quarter, which fills the window. */
const growth = (samples) => {
  const steady = samples.slice(Math.floor(samples.length / 4))
  const half = steady.length >> 1
  const peak = (part) => Math.max(0, ...part.map(({ rssBytes }) => rssBytes))
  return peak(steady.slice(half)) - peak(steady.slice(0, half))
}

/** @returns {Promise<{ end: string, name: string, before?: string, overIdleBytes: number, reservedBytes: number, growthBytes: number, seconds: number }[]>} */
export const benchSlowEnds = async ({ seconds = 60, bytesPerSecond = 1_000_000, before } = {}) => {
  const scratch = scratchFolder()
  const server = await startServer({ folder: scratch.file('data') })
  const bytes = seconds * bytesPerSecond
  try {
    await writeFileOf(scratch.file('source'), 256 * mebibyte)
    await runOnce(server, 'r2kit', { operation: 'upload-file', key: 'large', path: scratch.file('source') })
    const pace = { bytes, bytesPerSecond }
    const contenders = withBefore([{ name: 'r2kit' }], before)
    const runs = [
      ...contenders.map((each) => ({
        ...each,
        end: 'slow source',
        operation: 'upload-slowly',
        key: `slow-${each.name}`,
      })),
      ...contenders.map((each) => ({ ...each, end: 'slow sink', operation: 'download-slowly', key: 'large' })),
    ]
    return await Promise.all(
      runs.map(async ({ name, before: counterpart, options, end, operation, key }) => {
        const result = await runOnce(server, 'r2kit', { operation, key, ...pace }, options)
        return {
          end,
          name,
          before: counterpart,
          overIdleBytes: result.peakBytes - result.idleBytes,
          reservedBytes: result.peakReservedBytes,
          growthBytes: growth(result.samples),
          seconds: result.wallMs / 1000,
        }
      }),
    )
  } finally {
    await server.stop()
    scratch.remove()
  }
}
