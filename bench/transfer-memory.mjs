/** Peak memory of transfers over an idle client, the server in another process. */
import { scratchFolder, writeFileOf } from './support/files.mjs'
import { askOnce, mebibyte, startServer } from './support/transfer-bench.mjs'

/** The engine's defaults: bytes of one part or range. */
const partBytes = {
  'upload-file': 10 * mebibyte,
  'upload-stream': 16 * mebibyte,
  'download-file': 10 * mebibyte,
  'download-stream': 2 * mebibyte,
  // The same, for a reader that brings its own buffer.
  'download-into-buffer': 2 * mebibyte,
}

const figuresOf = ({ peakBytes, idleBytes, peakReservedBytes, peakInFlight }, part) => ({
  overIdleBytes: peakBytes - idleBytes,
  reservedBytes: peakReservedBytes,
  // Parts of a stream wait in buffers of the budget before they are sent, or after they have come.
  partsBytes: Math.max(peakReservedBytes, peakInFlight * part),
})

/** The run in the middle of three: what a process takes while it is idle differs by ten MiB from run to run. */
const askThrice = async (server, load, part) => {
  const runs = []
  for (let run = 0; run < 3; run++) runs.push(figuresOf(await askOnce(server, 'r2kit', load), part))
  return runs.sort((a, b) => a.overIdleBytes - b.overIdleBytes)[1]
}

/**
 * @returns {Promise<{ operation: string, bytes: number, overIdleBytes: number, reservedBytes: number, partsBytes: number }[]>}
 *   `partsBytes`: the parts that were under way at the peak; `reservedBytes`: the most that the budget had given out
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
        const load = { operation, key, bytes, path: operation === 'download-file' ? target : source }
        results.push({ operation, bytes, ...(await askThrice(server, load, part)) })
      }
    }
    const [bytes] = sizes
    const load = { operation: 'upload-streams', key: 'ten', count: 10, bytes: Math.round(bytes / 5) }
    const response = await askOnce(server, 'r2kit', load)
    results.push({ operation: 'ten streams up at once', bytes: 10 * load.bytes, ...figuresOf(response, 0) })
  } finally {
    await server.stop()
    scratch.remove()
  }
  return results
}
