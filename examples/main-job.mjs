/**
 * The main job on real input: creates a bucket, uploads this project and its dependencies, lists and downloads them,
 * compares every byte, fetches one object through a presigned URL, and deletes everything.
 *
 *   npm start                                                              uses a local R2 that it starts itself
 *   R2_ACCOUNT_ID=… R2_ACCESS_KEY_ID=… R2_SECRET_ACCESS_KEY=… npm start    uses your account (R2_BUCKET: existing bucket)
 *
 * Exits with 0 only if every check succeeds. Cleans up in any case.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createReadStream, fstatSync } from 'node:fs'
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatBytes, formatDuration, formatRate, startProgress } from '@r2kit/cli'
import { startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'

const project = join(dirname(fileURLToPath(import.meta.url)), '..')
const bigFileBytes = 200_000_000
/** Latency limits small files, so many concurrent requests are needed to use the bandwidth. */
const concurrency = 24
/** Smaller files are hashed in memory, larger ones as streams. */
const inMemoryBytes = 1024 * 1024

const interruption = new AbortController()
process.once('SIGINT', () => interruption.abort(new Error('interrupted')))
const { signal } = interruption
// Many concurrent requests share this signal. Node would warn of a listener leak.
setMaxListeners(0, signal)

/** The rows of the final table, one per step. */
const rows = []
let progress

/** Runs a step over files, with a progress bar on a terminal, and records its count (the result of `work`, or all), time and rate. */
const step = async (name, files, work) => {
  const startedMs = performance.now()
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  if (process.stderr.isTTY) progress = await startProgress({ stream: process.stderr, columns: process.stderr.columns })
  progress?.found(files.length, bytes)
  progress?.foundAll()
  let count
  try {
    count = (await work()) ?? files.length
  } finally {
    progress?.stop()
    progress = undefined
  }
  const ms = performance.now() - startedMs
  rows.push({ name, count, bytes, ms })
  console.log(
    `${name.padEnd(12)}${String(count).padStart(6)} ${count === 1 ? 'object' : 'objects'} in ${formatDuration(ms)}`,
  )
}

/** Calls `work` for every file with limited concurrency. The first failure rejects. */
const forEach = async (files, work) => {
  const remaining = files.values()
  const worker = async () => {
    for (const file of remaining) {
      signal.throwIfAborted()
      await work(file)
      progress?.moved(file.size)
      progress?.finished()
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

const recordDownload = (result) => {
  if (result.status !== 'done') throw result.error ?? new Error(`${result.key} was skipped: ${result.reason}.`)
  progress?.moved(result.bytes)
  progress?.finished()
}

const check = (holds, claim) => {
  if (!holds) throw new Error(`Check failed: ${claim}`)
}

const sha256 = async (path, size) => {
  const hash = createHash('sha256')
  if (size < inMemoryBytes) return hash.update(await readFile(path)).digest('hex')
  for await (const chunk of createReadStream(path, { highWaterMark: inMemoryBytes })) hash.update(chunk)
  return hash.digest('hex')
}

/** Writes a file of random bytes, which cannot be compressed in transit. */
const generate = async (path, size) => {
  const file = await open(path, 'wx')
  for (let left = size; left > 0; ) {
    const { bytesWritten } = await file.write(randomBytes(Math.min(left, 4 * inMemoryBytes)))
    left -= bytesWritten
  }
  await file.close()
}

/** Files that are neither sources nor dependencies: Git's files, build output, logs, caches and nested installations. */
const isOutside = (key) =>
  /^\.git\/|^node_modules\/\.|^packages\/\w+\/dist\/|^(?!node_modules\/).*(?:\/node_modules\/|\.log$)/.test(key)

/** Identifies a file of this machine. */
const identity = ({ dev, ino }) => `${dev}:${ino}`
/** The files behind the standard streams: with `npm start > out.txt`, this process writes to a file of the project. */
const outputs = [1, 2].map((descriptor) => identity(fstatSync(descriptor)))

/** The regular files of the project and its installed dependencies. */
const projectFiles = async () => {
  const files = []
  for (const entry of await readdir(project, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const key = relative(project, path).split(sep).join('/')
    if (!entry.isFile() || isOutside(key)) continue
    const status = await stat(path)
    if (!outputs.includes(identity(status))) files.push({ path, key, size: status.size })
  }
  return files
}

/** Connects to R2 if the environment has credentials, otherwise to a new local R2. */
const connect = async (scratch) => {
  const { R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY, R2_ACCOUNT_ID, R2_ENDPOINT, R2_BUCKET } = process.env
  if (R2_ACCESS_KEY_ID && R2_SECRET_ACCESS_KEY && (R2_ACCOUNT_ID || R2_ENDPOINT)) {
    const r2 = R2Client.fromEnv()
    return { r2, bucket: R2_BUCKET, close: () => r2.dispose() }
  }
  const local = await startLocalR2({ dataDir: join(scratch, 'r2') })
  const r2 = new R2Client({ endpoint: local.endpoint, credentials: local.credentials })
  const close = async () => {
    await r2.dispose()
    await local.close()
  }
  return { r2, bucket: undefined, close }
}

const main = async (scratch) => {
  const bigFile = { path: join(scratch, 'big.bin'), key: 'generated/big.bin', size: bigFileBytes }
  const emptyFile = { path: join(scratch, 'empty'), key: 'generated/empty', size: 0 }
  await generate(bigFile.path, bigFile.size)
  await writeFile(emptyFile.path, '')
  // The largest files first, so that no large file is left for the end.
  const files = [...(await projectFiles()), bigFile, emptyFile].sort((a, b) => b.size - a.size)

  const { r2, bucket: givenBucket, close } = await connect(scratch)
  try {
    const run = randomBytes(6).toString('hex')
    const bucket = givenBucket ?? `r2kit-main-job-${run}`
    console.log(`${r2.endpoint}, bucket ${bucket}`)
    if (givenBucket === undefined) await r2.buckets.create({ bucket })
    const location = { r2, bucket, prefix: `main-job-${run}/` }
    try {
      await transferAndCompare(location, files, join(scratch, 'downloaded'))
      await fetchByUrl(location, bigFile)
    } finally {
      // Without the signal, so that an interrupted run also deletes its objects.
      await step('delete', files, () => removeAll(location))
      if (givenBucket === undefined) await r2.buckets.delete({ bucket })
    }
  } finally {
    await close()
  }
}

const transferAndCompare = async ({ r2, bucket, prefix }, files, target) => {
  await step('upload', files, () =>
    forEach(files, async ({ path, key }) => {
      // The upload hashes the file while sending it, in parallel parts if it is large, and compares the hash with R2's ETag.
      await r2.transfers.upload({ path }, { bucket, key: prefix + key }, { signal })
    }),
  )

  await step('list', files, async () => {
    const sizes = new Map(files.map(({ key, size }) => [prefix + key, size]))
    for await (const object of r2.objects.listAll({ bucket, prefix }, { signal })) {
      check(sizes.get(object.key) === object.size, `${object.key} is listed with its size`)
      sizes.delete(object.key)
    }
    check(sizes.size === 0, 'every object is listed')
  })

  await step('download', files, async () => {
    const { done } = await r2.transfers.downloadDirectory({ bucket, prefix }, target, {
      signal,
      onResult: recordDownload,
    })
    check(done === files.length, 'every object is downloaded and verified')
  })

  await step('compare', files, () =>
    forEach(files, async ({ path, key, size }) => {
      const [before, after] = await Promise.all([sha256(path, size), sha256(join(target, key), size)])
      check(before === after, `${key} is identical after the download (unless it was edited meanwhile)`)
    }),
  )
}

/** Fetches a file through a presigned URL, which any HTTP client can use. */
const fetchByUrl = async ({ r2, bucket, prefix }, file) => {
  await step('presigned', [file], async () => {
    const { url } = await r2.presign.get({ bucket, key: prefix + file.key, expiresInSeconds: 300 })
    const response = await fetch(url, { signal })
    check(response.ok, `the presigned URL returns 200 (it returned ${response.status})`)
    const hash = createHash('sha256')
    for await (const chunk of response.body) hash.update(chunk)
    check(hash.digest('hex') === (await sha256(file.path, file.size)), 'the presigned URL returns the same bytes')
  })
}

const removeAll = async ({ r2, bucket, prefix }) => {
  const keys = async function* () {
    for await (const { key } of r2.objects.listAll({ bucket, prefix })) yield key
  }
  const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: keys() })
  check(failed.length === 0, `every object is deleted (${failed.length} were not)`)
  const { objects } = await r2.objects.list({ bucket, prefix, maxKeys: 1 })
  check(objects.length === 0, 'no object is listed after the deletion')
  return deleted.length
}

const printTable = () => {
  console.log(
    `\n${'step'.padEnd(12)}${'objects'.padStart(9)}${'bytes'.padStart(12)}${'time'.padStart(9)}${'bytes/s'.padStart(14)}${'objects/s'.padStart(11)}`,
  )
  for (const { name, count, bytes, ms } of rows) {
    const transfersBytes = name !== 'list' && name !== 'delete'
    const cells = [
      String(count).padStart(9),
      (transfersBytes ? formatBytes(bytes) : '').padStart(12),
      formatDuration(ms).padStart(9),
      (transfersBytes ? formatRate(bytes, ms) : '').padStart(14),
      String(Math.round((count / ms) * 1000)).padStart(11),
    ]
    console.log(name.padEnd(12) + cells.join(''))
  }
}

const startedMs = performance.now()
const scratch = await mkdtemp(join(tmpdir(), 'r2kit-main-job-'))
try {
  await main(scratch)
  printTable()
  console.log(
    `\nAll checks passed: every file is identical, and every object is deleted. ${formatDuration(performance.now() - startedMs)} in total.`,
  )
} catch (error) {
  process.exitCode = signal.aborted ? 130 : 1
  console.error(`\nThe main job failed: ${error.message}`)
  if (error.hint) console.error(error.hint)
} finally {
  await rm(scratch, { recursive: true, force: true })
}
