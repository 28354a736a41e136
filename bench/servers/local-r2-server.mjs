/** The local R2 in a separate process, with the time to import and to start it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '../support/processes.mjs'

/** `folder`: data folder, which the caller removes. `credentials`: required if `host` is not loopback. */
serve(async ({ durable, folder, host, credentials }) => {
  const beforeMs = performance.now()
  const { startLocalR2 } = await import('@r2kit/local')
  const importedMs = performance.now()
  const temporary = durable && folder === undefined ? await mkdtemp(join(tmpdir(), 'r2kit-bench-')) : undefined
  const dataDir = folder ?? temporary
  const server = await startLocalR2({
    ...(dataDir === undefined ? {} : { dataDir, durable }),
    ...(host === undefined ? {} : { host }),
    ...(credentials === undefined ? {} : { credentials }),
  })
  const readyMs = performance.now()
  return {
    ready: {
      endpoint: server.endpoint,
      credentials: server.credentials,
      importMs: importedMs - beforeMs,
      startMs: readyMs - importedMs,
    },
    async handle() {
      await server.close()
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
    },
  }
})
