/** One client in a process of its own that moves a folder, and tells what memory that took. Needs `--expose-gc`. */
import { R2Client } from 'r2kit'
import { serve } from '../support/processes.mjs'

/** What is reachable, in bytes. Some of what can go goes in the turn after. */
const liveBytes = async () => {
  for (let round = 0; round < 3; round++) {
    globalThis.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

serve(async ({ endpoint, bucket, access }) => {
  const r2 = new R2Client({ endpoint, credentials: access })
  const move = {
    up: ({ path, prefix }) => r2.transfers.uploadDirectory(path, { bucket, prefix }),
    down: ({ path, prefix }) => r2.transfers.downloadDirectory({ bucket, prefix }, path),
  }
  return {
    async response({ direction, files, ...place }) {
      const { done } = await move[direction](place)
      if (done !== files) throw new Error(`${direction}: ${done} of ${files} arrived`)
      return { peakBytes: process.resourceUsage().maxRSS * 1024, liveBytes: await liveBytes() }
    },
  }
})
