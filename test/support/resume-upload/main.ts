/**
 * Uploads a file to a local R2 on disk from a process that is killed with SIGKILL in the middle, then resumes the upload.
 * A counting proxy proves that the last run sends only missing parts, and the object must equal the file.
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

/** Writes random bytes, so that no two parts are equal. Resolves with their SHA-256. */
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

/** Runs the upload. Kills it once the server has accepted `killAfter` more parts. */
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
  if (killAfter === undefined ? code !== 0 : signal !== 'SIGKILL')
    throw new Error(`The upload process exited with ${code ?? signal}.`)
  return output
}

const requireThat = (holds: boolean, claim: string): void => {
  if (!holds) throw new Error(`failed: ${claim}`)
  console.log(`verified: ${claim}`)
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
  const { parts: stored } = await r2.multipart.listParts({ ...address, uploadId: pending?.uploadId ?? '' })
  console.log(`killed ${kills} times; the server has ${stored.length} of ${totalParts} parts`)

  const output = await run(proxy, path, join(folder, 'journal'))
  console.log(output)
  const sentLast = proxy.parts.slice(sentBefore)
  const storedNumbers = new Set(stored.map(({ partNumber }) => partNumber))
  requireThat(stored.length > 0 && stored.length < totalParts, 'the process was killed in the middle of the upload')
  requireThat(!sentLast.some((number) => storedNumbers.has(number)), 'the last run sent no stored part again')
  requireThat(
    sentLast.length === totalParts - stored.length,
    `the last run sent the ${sentLast.length} missing parts once each`,
  )

  const hash = createHash('sha256')
  for await (const chunk of (await r2.objects.getStream(address)).body) hash.update(chunk)
  requireThat(hash.digest('hex') === expected, 'the object equals the file')
  requireThat((await r2.multipart.listUploads({ bucket: address.bucket })).uploads.length === 0, 'no upload is pending')
}

const folder = await mkdtemp(join(tmpdir(), 'r2kit-resume-'))
try {
  await main(folder)
} finally {
  await rm(folder, { recursive: true })
}
