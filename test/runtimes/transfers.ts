/**
 * Moves files and streams of some hundred megabytes, on a runtime other than Node. Input: `{ endpoint, credentials, folder,
 * runtime }` as JSON.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { R2Client } from 'r2kit'

const { endpoint, credentials, folder, runtime } = JSON.parse(process.argv[2] ?? '') as {
  endpoint: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  folder: string
  runtime: string
}
const megabyte = 1024 * 1024
const fileBytes = 300 * megabyte
const bucket = `transfers-${runtime}`
const r2 = new R2Client({ endpoint, credentials })
const source = join(folder, 'source')

/** Writes a file of random bytes, each megabyte of them different. */
const writeSource = async (): Promise<void> => {
  const block = randomBytes(megabyte)
  await using file = await open(source, 'w')
  for (let index = 0; index < fileBytes / megabyte; index++) {
    block.writeUInt32LE(index, 0)
    await file.write(block)
  }
}

const hashOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

const require = (isRight: boolean, what: string): void => {
  if (!isRight) throw new Error(what)
}

await writeSource()
await r2.buckets.create({ bucket })
const expected = await hashOf(createReadStream(source))

const cases: Record<string, () => Promise<void>> = {
  'a file of 300 MB is uploaded in parts, downloaded to a file, and has the same bytes': async () => {
    await r2.transfers.upload({ path: source }, { bucket, key: 'file' })
    const target = join(folder, 'target')
    await r2.transfers.download({ bucket, key: 'file' }, { path: target })
    require((await hashOf(createReadStream(target))) === expected, 'the file has other bytes')
  },
  'a file of 300 MB is downloaded as a stream': async () => {
    const { body } = r2.transfers.download({ bucket, key: 'file' }, 'stream')
    require((await hashOf(body)) === expected, 'the stream has other bytes')
  },
  'a stream of unknown length is uploaded': async () => {
    await r2.transfers.upload(createReadStream(source), { bucket, key: 'stream' })
    const { body } = await r2.objects.getStream({ bucket, key: 'stream' })
    require((await hashOf(body)) === expected, 'the object has other bytes')
  },
  'a folder of 300 small files is uploaded and downloaded': async () => {
    const [from, to] = [join(folder, 'many'), join(folder, 'many-again')]
    const { mkdir, writeFile } = await import('node:fs/promises')
    await mkdir(from)
    for (let index = 0; index < 300; index++) await writeFile(join(from, `${index}.txt`), `file ${index}`)
    await r2.transfers.uploadDirectory(from, { bucket, prefix: 'many/' })
    await r2.transfers.downloadDirectory({ bucket, prefix: 'many/' }, to)
    require((await readdir(to)).length === 300, 'files are missing')
  },
  'keys that URL parsers change arrive unchanged': async () => {
    const keys = ['a/../b', './c', 'd//e', '%2F', 'f g+h', '\u{1f600}', '..', 'b']
    for (const key of keys) await r2.objects.put({ bucket, key: `keys/${key}`, body: key })
    for (const key of keys) {
      const { body } = await r2.objects.get({ bucket, key: `keys/${key}` })
      require(Buffer.from(body).toString() === key, `${key} has the bytes of another key`)
    }
  },
}

const counts = { passed: 0, failed: 0 }
for (const [name, run] of Object.entries(cases)) {
  const startedMs = performance.now()
  try {
    await run()
    counts.passed++
    console.log(`ok      ${name} (${Math.round(performance.now() - startedMs)} ms)`)
  } catch (error) {
    counts.failed++
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.stack : error}`)
  }
}
await r2.dispose()
console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`)
process.exit(counts.failed === 0 ? 0 : 1)
