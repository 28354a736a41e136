/** Peak memory of transfers over that of an idle client, with the server in another process. */
import { withBefore } from './support/builds.mjs'
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { mebibyte, runOnce, startServer } from './support/transfer-bench.mjs'

/** The engine's defaults: bytes per part or range. */
const partBytes = {
  'upload-file': 10 * mebibyte,
  'upload-stream': 16 * mebibyte,
  'download-file': 10 * mebibyte,
  'download-stream': 2 * mebibyte,
  // The same with a BYOB reader.
  'download-into-buffer': 2 * mebibyte,
}

const figuresOf = ({ peakBytes, idleBytes, peakReservedBytes, peakInFlight }, part) => ({
  overIdleBytes: peakBytes - idleBytes,
  reservedBytes: peakReservedBytes,
  // Parts of a stream are buffered within the budget before they are sent or after they are received.
  partsBytes: Math.max(peakReservedBytes, peakInFlight * part),
})

/** The median of three runs, because the memory of an idle process varies by 10 MiB between runs. */
const medianOfThree = async (server, task, part, options) => {
  const runs = []
  for (let run = 0; run < 3; run++) runs.push(figuresOf(await runOnce(server, 'r2kit', task, options), part))
  return runs.sort((a, b) => a.overIdleBytes - b.overIdleBytes)[1]
}

/**
 * @returns {Promise<{ operation: string, bytes: number, name: string, before?: string, overIdleBytes: number, reservedBytes: number, partsBytes: number }[]>}
 *   `name`: r2kit, or the other build. `partsBytes`: bytes of the parts in flight at the peak. `reservedBytes`: the highest
 *   reservation of the budget
 */
export const benchTransferMemory = async ({ sizes = [1024 * mebibyte, 4096 * mebibyte], before } = {}) => {
  const scratch = scratchFolder()
  const server = await startServer({ folder: scratch.file('data'), durable: true })
  const contenders = withBefore([{ name: 'r2kit' }], before)
  const results = []
  try {
    for (const bytes of sizes) {
      const [source, target] = [scratch.file('source'), scratch.file('target')]
      await writeFileOf(source, bytes)
      for (const [operation, part] of Object.entries(partBytes)) {
        for (const { name, before: counterpart, options } of contenders) {
          const task = { operation, key: name, bytes, path: operation === 'download-file' ? target : source }
          const figures = await medianOfThree(server, task, part, options)
          results.push({ operation, bytes, name, before: counterpart, ...figures })
        }
      }
    }
    const [bytes] = sizes
    for (const { name, before: counterpart, options } of contenders) {
      const task = { operation: 'upload-streams', key: 'ten', count: 10, bytes: Math.round(bytes / 5) }
      const figures = figuresOf(await runOnce(server, 'r2kit', task, options), 0)
      const operation = 'ten concurrent stream uploads'
      results.push({ operation, bytes: 10 * task.bytes, name, before: counterpart, ...figures })
    }
  } finally {
    await server.stop()
    scratch.remove()
  }
  return results
}
