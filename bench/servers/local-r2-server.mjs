/** Our local R2 in a process of its own, and how long it took to be up. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '../support/processes.mjs'

serve(async ({ durable }) => {
  const beforeMs = performance.now()
  const { startLocalR2 } = await import('@r2kit/local')
  const importedMs = performance.now()
  const dataDir = durable ? await mkdtemp(join(tmpdir(), 'r2kit-bench-')) : undefined
  const server = await startLocalR2(durable ? { dataDir } : {})
  const readyMs = performance.now()
  return {
    ready: {
      endpoint: server.endpoint,
      credentials: server.credentials,
      importMs: importedMs - beforeMs,
      startMs: readyMs - importedMs,
    },
    async answer() {
      await server.close()
      if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
})
