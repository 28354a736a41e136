/** Transfers a folder in a separate process and reports its memory. Needs `--expose-gc`. */
import { importR2kit } from '../support/builds.mjs'
import { serve } from '../support/processes.mjs'

/** Reachable heap memory, in bytes. Several collections, because some objects become garbage only in the next turn. */
const liveBytes = async () => {
  for (let round = 0; round < 3; round++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

serve(async ({ endpoint, bucket, access, build }) => {
  const { R2Client } = await importR2kit(build)
  const r2 = new R2Client({ endpoint, credentials: access })
  const transfer = {
    up: ({ path, prefix }) => r2.transfers.uploadDirectory(path, { bucket, prefix }),
    down: ({ path, prefix }) => r2.transfers.downloadDirectory({ bucket, prefix }, path),
  }
  return {
    async handle({ direction, files, ...location }) {
      const { done } = await transfer[direction](location)
      if (done !== files) throw new Error(`${direction}: ${done} of ${files} files were transferred`)
      return { peakBytes: process.resourceUsage().maxRSS * 1024, liveBytes: await liveBytes() }
    },
  }
})
