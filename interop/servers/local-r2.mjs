/** The local R2 of @r2kit/local, in this process: in memory, or durable in a temporary folder. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalR2 } from '@r2kit/local'

const targetOf = (name, server, stop) => ({
  name,
  endpoint: server.endpoint,
  dialect: 'r2',
  region: 'auto',
  credentials: server.credentials,
  capabilities: { createBucket: true },
  stop,
})

export const localR2 = {
  name: 'local',
  unavailable: async () => undefined,
  async start() {
    const server = await startLocalR2({ memory: true })
    return targetOf('local', server, () => server.close())
  },
}

export const localR2Durable = {
  name: 'local-durable',
  unavailable: async () => undefined,
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'r2kit-local-'))
    const server = await startLocalR2({ dataDir: folder })
    return targetOf('local-durable', server, async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    })
  },
}
