/**
 * The main job, on real input: a bucket is made, this project and everything that it depends on are uploaded, listed,
 * downloaded and compared byte by byte, one object is fetched through a presigned URL, and all of it is deleted.
 *
 *   npm start                                        against a local R2, started for the occasion
 *   R2_ACCOUNT_ID=… R2_ACCESS_KEY_ID=… R2_SECRET_ACCESS_KEY=… npm start      against yours (R2_BUCKET names an existing bucket)
 *
 * Ends with 0 only if everything held, and cleans up in any case.
 */
import { createHash, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatBytes, formatDuration, formatRate, startProgress } from '@r2kit/cli'
import { startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'

const project = join(dirname(fileURLToPath(import.meta.url)), '..')
const bigFileBytes = 200_000_000
/** Small files are latency, not bandwidth: many at once keep the link busy. */
const concurrency = 24
/** Below this a file is read into memory, which spares building a stream; above it flows. */
const inMemoryBytes = 1024 * 1024

const interruption = new AbortController()
process.once('SIGINT', () => interruption.abort(new Error('interrupted')))
const { signal } = interruption
// One signal for many requests at once, where Node would suspect a leak.
setMaxListeners(0, signal)

/** One row of the table at the end for each step. */
const rows = []
let progress

/** Runs a step over files with a progress bar on a terminal, and keeps its count (what `work` answers, else all), time and rate. */
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

/** Calls `work` for every file, a few at a time; the first failure ends it. */
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

const noteDownload = (result) => {
  if (result.status !== 'done') throw result.error ?? new Error(`${result.key} was left out: ${result.reason}`)
  progress?.moved(result.bytes)
  progress?.finished()
}

const check = (holds, claim) => {
  if (!holds) throw new Error(`This did not hold: ${claim}`)
}

const sha256 = async (path, size) => {
  const hash = createHash('sha256')
  if (size < inMemoryBytes) return hash.update(await readFile(path)).digest('hex')
  for await (const chunk of createReadStream(path, { highWaterMark: inMemoryBytes })) hash.update(chunk)
  return hash.digest('hex')
}

/** A file of random bytes: nothing on the way can make it smaller. */
const generate = async (path, size) => {
  const file = await open(path, 'wx')
  for (let left = size; left > 0; ) {
    const { bytesWritten } = await file.write(randomBytes(Math.min(left, 4 * inMemoryBytes)))
    left -= bytesWritten
  }
  await file.close()
}

/** Neither sources nor dependencies: Git's files, build output, caches, and what benches and rigs installed for themselves. */
const isOutside = (key) =>
  /^\.git\/|^node_modules\/\.|^packages\/\w+\/dist\/|^(?!node_modules\/).*\/node_modules\//.test(key)

/** The project's regular files and those that `npm install` brought. */
const projectFiles = async () => {
  const files = []
  for (const entry of await readdir(project, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const key = relative(project, path).split(sep).join('/')
    if (entry.isFile() && !isOutside(key)) files.push({ path, key, size: (await stat(path)).size })
  }
  return files
}

/** R2 itself where the environment has credentials for it, a local R2 otherwise. */
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
  // The largest first: what comes last should be short.
  const files = [...(await projectFiles()), bigFile, emptyFile].sort((a, b) => b.size - a.size)

  const { r2, bucket: givenBucket, close } = await connect(scratch)
  try {
    const run = randomBytes(6).toString('hex')
    const bucket = givenBucket ?? `r2kit-main-job-${run}`
    console.log(`${r2.endpoint}, bucket ${bucket}`)
    if (givenBucket === undefined) await r2.buckets.create({ bucket })
    const place = { r2, bucket, prefix: `main-job-${run}/` }
    try {
      await moveThereAndBack(place, files, join(scratch, 'downloaded'))
      await fetchByUrl(place, bigFile)
    } finally {
      // Not under the signal: whoever interrupts wants to leave nothing behind.
      await step('delete', files, () => removeAll(place))
      if (givenBucket === undefined) await r2.buckets.delete({ bucket })
    }
  } finally {
    await close()
  }
}

const moveThereAndBack = async ({ r2, bucket, prefix }, files, target) => {
  await step('upload', files, () =>
    forEach(files, async ({ path, key }) => {
      // Hashed as it is sent, in parallel parts where it is large, and R2's ETag has to agree: what resolves is verified.
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
      onResult: noteDownload,
    })
    check(done === files.length, 'every object is downloaded and verified')
  })

  await step('compare', files, () =>
    forEach(files, async ({ path, key, size }) => {
      const [before, after] = await Promise.all([sha256(path, size), sha256(join(target, key), size)])
      check(before === after, `${key} came back byte for byte (unless it was edited meanwhile)`)
    }),
  )
}

/** A presigned URL needs no client: any program that speaks HTTP can use it. */
const fetchByUrl = async ({ r2, bucket, prefix }, file) => {
  await step('presigned', [file], async () => {
    const { url } = await r2.presign.get({ bucket, key: prefix + file.key, expiresInSeconds: 300 })
    const response = await fetch(url, { signal })
    check(response.ok, `the presigned URL answers (it answered ${response.status})`)
    const hash = createHash('sha256')
    for await (const chunk of response.body) hash.update(chunk)
    check(hash.digest('hex') === (await sha256(file.path, file.size)), 'the presigned URL gives the same bytes')
  })
}

const removeAll = async ({ r2, bucket, prefix }) => {
  const keys = async function* () {
    for await (const { key } of r2.objects.listAll({ bucket, prefix })) yield key
  }
  const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys: keys() })
  check(failed.length === 0, `everything is deleted (${failed.length} objects are left)`)
  const { objects } = await r2.objects.list({ bucket, prefix, maxKeys: 1 })
  check(objects.length === 0, 'nothing is listed after the deletion')
  return deleted.length
}

const printTable = () => {
  console.log(
    `\n${'step'.padEnd(12)}${'objects'.padStart(9)}${'bytes'.padStart(12)}${'time'.padStart(9)}${'bytes/s'.padStart(14)}${'objects/s'.padStart(11)}`,
  )
  for (const { name, count, bytes, ms } of rows) {
    const moves = name !== 'list' && name !== 'delete'
    const cells = [
      String(count).padStart(9),
      (moves ? formatBytes(bytes) : '').padStart(12),
      formatDuration(ms).padStart(9),
      (moves ? formatRate(bytes, ms) : '').padStart(14),
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
    `\nEverything held: every byte came back, and nothing is left behind. ${formatDuration(performance.now() - startedMs)} in all.`,
  )
} catch (error) {
  process.exitCode = signal.aborted ? 130 : 1
  console.error(`\nThe main job failed: ${error.message}`)
  if (error.hint) console.error(error.hint)
} finally {
  await rm(scratch, { recursive: true, force: true })
}
