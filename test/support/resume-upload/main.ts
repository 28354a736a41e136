/**
 * A local R2 on disk, a proxy that counts, and a process that uploads and is killed with SIGKILL in the middle. The last run
 * has to send only what was not there, and the object has to be the file.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { R2Client } from 'r2kit'
import { startLocalR2 } from '../../../packages/local/src/index.js'
import { type CountingProxy, countingProxy } from './counting-proxy.js'

const [sizeMiB = 1024, kills = 1] = process.argv.slice(2).map(Number)
const sizeBytes = sizeMiB * 1024 * 1024 + 12_345
const partBytes = 10 * 1024 * 1024
const totalParts = Math.ceil(sizeBytes / partBytes)
const address = { bucket: 'resumed', key: 'source' }

/** Random bytes, so that no two parts are alike; answers their SHA-256. */
const writeSource = async (path: string): Promise<string> => {
  const file = await open(path, 'w')
  const hash = createHash('sha256')
  for (let written = 0; written < sizeBytes; ) {
    const block = randomBytes(Math.min(8 * 1024 * 1024, sizeBytes - written))
    hash.update(block)
    await file.write(block)
    written += block.length
  }
  await file.close()
  return hash.digest('hex')
}

/** One run of the upload; killed once the server has taken so many parts more. */
const run = async (proxy: CountingProxy, path: string, journal: string, killAfter?: number): Promise<string> => {
  const script = fileURLToPath(new URL('upload.ts', import.meta.url))
  const args = ['--conditions=r2kit-source', '--import', 'tsx', script, proxy.endpoint, path, journal]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const before = proxy.parts.length
  proxy.onPart = (count) => {
    if (count - before === killAfter) child.kill('SIGKILL')
  }
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const [code, signal] = await once(child, 'close')
  await proxy.idle()
  if (killAfter === undefined ? code !== 0 : signal !== 'SIGKILL') throw new Error(`ended with ${code ?? signal}`)
  return output
}

const requireThat = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`does not hold: ${what}`)
  console.log(`holds: ${what}`)
}

const main = async (folder: string): Promise<void> => {
  await using local = await startLocalR2({ dataDir: join(folder, 'data'), durable: false })
  await using proxy = await countingProxy(local.endpoint)
  await using r2 = new R2Client({ endpoint: local.endpoint, credentials: local.credentials })
  await r2.buckets.create({ bucket: address.bucket })
  const path = join(folder, 'source')
  const expected = await writeSource(path)

  for (let kill = 0; kill < kills; kill++) {
    await run(proxy, path, join(folder, 'journal'), Math.floor(totalParts / (2 * kills)))
  }
  const sentBefore = proxy.parts.length
  const [pending] = (await r2.multipart.listUploads({ bucket: address.bucket })).uploads
  const { parts: there } = await r2.multipart.listParts({ ...address, uploadId: pending?.uploadId ?? '' })
  console.log(`killed ${kills} times; the server has ${there.length} of ${totalParts} parts`)

  const output = await run(proxy, path, join(folder, 'journal'))
  console.log(output)
  const sentAgain = proxy.parts.slice(sentBefore)
  const numbersThere = new Set(there.map(({ partNumber }) => partNumber))
  requireThat(there.length > 0 && there.length < totalParts, 'the kill came in the middle')
  requireThat(!sentAgain.some((number) => numbersThere.has(number)), 'no part that was there was sent again')
  requireThat(
    sentAgain.length === totalParts - there.length,
    `the last run sent the ${sentAgain.length} others, once each`,
  )

  const hash = createHash('sha256')
  for await (const chunk of (await r2.objects.getStream(address)).body) hash.update(chunk)
  requireThat(hash.digest('hex') === expected, 'the object is the file, byte for byte')
  requireThat((await r2.multipart.listUploads({ bucket: address.bucket })).uploads.length === 0, 'no upload is pending')
}

const folder = await mkdtemp(join(tmpdir(), 'r2kit-resume-'))
try {
  await main(folder)
} finally {
  await rm(folder, { recursive: true })
}
