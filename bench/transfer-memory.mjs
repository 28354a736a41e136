/** Peak memory of transfers over that of an idle client, with the server in another process. */
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
const medianOfThree = async (server, task, part) => {
  const runs = []
  for (let run = 0; run < 3; run++) runs.push(figuresOf(await runOnce(server, 'r2kit', task), part))
  return runs.sort((a, b) => a.overIdleBytes - b.overIdleBytes)[1]
}

/**
 * @returns {Promise<{ operation: string, bytes: number, overIdleBytes: number, reservedBytes: number, partsBytes: number }[]>}
 *   `partsBytes`: bytes of the parts in flight at the peak. `reservedBytes`: the highest reservation of the budget
 */
export const benchTransferMemory = async ({ sizes = [1024 * mebibyte, 4096 * mebibyte] } = {}) => {
  const scratch = scratchFolder()
  const server = await startServer({ folder: scratch.file('data'), durable: true })
  const results = []
  try {
    for (const bytes of sizes) {
      const [source, target] = [scratch.file('source'), scratch.file('target')]
      await writeFileOf(source, bytes)
      const key = 'large'
      for (const [operation, part] of Object.entries(partBytes)) {
        const task = { operation, key, bytes, path: operation === 'download-file' ? target : source }
        results.push({ operation, bytes, ...(await medianOfThree(server, task, part)) })
      }
    }
    const [bytes] = sizes
    const task = { operation: 'upload-streams', key: 'ten', count: 10, bytes: Math.round(bytes / 5) }
    const result = await runOnce(server, 'r2kit', task)
    results.push({ operation: 'ten concurrent stream uploads', bytes: 10 * task.bytes, ...figuresOf(result, 0) })
  } finally {
    await server.stop()
    scratch.remove()
  }
  return results
}
