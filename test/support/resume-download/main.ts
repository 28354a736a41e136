/**
 * Kills a process in the middle of a download and resumes it. No downloaded byte may be fetched again, the file must equal
 * the object, and no temporary file may remain. Three roles, each in its own process: server, download, and check.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type HttpRequest, R2Client, systemClock, type Transport } from 'r2kit'
import { startLocalR2 } from '../../../packages/local/src/index.js'
import { createDefaultTransport } from '../../../packages/r2kit/src/http/default-transport-node.js'

const mebibyte = 1024 * 1024
const bucket = 'resume'
const key = 'large'
const [role = 'check', ...args] = process.argv.slice(2)

interface Connection {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

const report = (message: object): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

const serve = async (dataDir: string): Promise<void> => {
  const { endpoint, credentials } = await startLocalR2({ dataDir, durable: false })
  report({ endpoint, credentials })
}

/** Counts the requests. Resuming promises fewer requests, which progress alone does not prove. */
const counting = (inner: Transport, count: (request: HttpRequest) => void): Transport => ({
  name: inner.name,
  cannotSend: (path) => inner.cannotSend?.(path),
  send(request) {
    count(request)
    return inner.send(request)
  },
  close: () => inner.close(),
})

const download = async (connection: Connection, path: string, journal: string): Promise<void> => {
  let fetchedBytes = 0
  const transport = counting(createDefaultTransport({ connections: {}, clock: systemClock }), ({ headers }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    if (first !== undefined) fetchedBytes += Number(last) - Number(first) + 1
  })
  await using r2 = new R2Client({ ...connection, transport })
  const onProgress = ({ bytes, resumedBytes }: { bytes: number; resumedBytes: number }) =>
    report({ bytes, resumedBytes })
  const result = await r2.transfers.download({ bucket, key }, { path }, { journal, onProgress })
  report({ done: true, fetchedBytes, resumedBytes: result.resumedBytes, verifiedBy: result.verifiedBy })
}

const start = (...childArgs: string[]): ChildProcess =>
  spawn(
    process.execPath,
    ['--conditions=r2kit-source', '--import', 'tsx', fileURLToPath(import.meta.url), ...childArgs],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )

type Message = Record<string, unknown>

async function* messages({ stdout }: ChildProcess): AsyncGenerator<Message> {
  if (stdout === null) return
  for await (const line of createInterface(stdout)) yield JSON.parse(line) as Message
}

/** Bytes that do not repeat at the length of a part. */
async function* content(length: number, hash: { update(chunk: Uint8Array): unknown }): AsyncGenerator<Uint8Array> {
  const words = new Uint32Array(mebibyte / 4)
  let state = 1
  for (let at = 0; at < length; at += words.byteLength) {
    for (let index = 0; index < words.length; index++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      words[index] = state
    }
    const chunk = new Uint8Array(words.buffer.slice(0, Math.min(words.byteLength, length - at)))
    hash.update(chunk)
    yield chunk
  }
}

const hashOf = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: mebibyte })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

const requireThat = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message)
}

const check = async (mebibytes: number, kills: number): Promise<void> => {
  const length = mebibytes * mebibyte
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-resume-'))
  const [target, journal] = [join(folder, 'target'), join(folder, 'journal')]
  await mkdir(target)
  const path = join(target, 'large')
  const server = start('serve', join(folder, 'server'))
  try {
    const connection = (await messages(server).next()).value as unknown as Connection
    await using r2 = new R2Client(connection)
    await r2.buckets.create({ bucket })
    const hash = createHash('sha256')
    await r2.transfers.upload(content(length, hash), { bucket, key, contentLength: length })
    const expected = hash.digest('hex')
    console.log(`${mebibytes} MiB uploaded`)

    let before = 0
    for (let kill = 1; kill <= kills; kill++) {
      const killAt = (length * kill) / (kills + 1)
      const child = start('download', JSON.stringify(connection), path, journal)
      const ended = new Promise((resolve) => child.once('exit', resolve))
      let reached = 0
      let resumed = 0
      for await (const { bytes, resumedBytes } of messages(child)) {
        reached = Number(bytes)
        resumed = Number(resumedBytes)
        if (reached >= killAt) child.kill('SIGKILL')
      }
      await ended
      requireThat(resumed >= before, `run ${kill} resumed with ${resumed} bytes instead of at least ${before}`)
      before = resumed
      const left = await readdir(target)
      requireThat(left.length === 1 && left[0] !== 'large', `after the kill the folder contains ${left.join(', ')}`)
      const { size, blocks } = await stat(join(target, left[0] ?? ''))
      requireThat(size === length, `the temporary file has ${size} bytes`)
      console.log(
        `killed with SIGKILL at ${toMebibytes(reached)} MiB (${toMebibytes(resumed)} resumed); ${toMebibytes(blocks * 512)} MiB on disk`,
      )
    }

    const child = start('download', JSON.stringify(connection), path, journal)
    let last: Message = {}
    for await (const message of messages(child)) last = message
    requireThat(last.done === true, 'the last run did not complete')
    const { fetchedBytes, resumedBytes, verifiedBy } = last
    requireThat(
      Number(fetchedBytes) + Number(resumedBytes) === length,
      `${fetchedBytes} bytes fetched and ${resumedBytes} resumed do not add up to the object`,
    )
    requireThat(Number(resumedBytes) > length / 4, `only ${resumedBytes} bytes were resumed`)
    requireThat(verifiedBy === 'CRC32', `verified by ${verifiedBy}`)
    requireThat((await hashOf(path)) === expected, 'the file differs from the object')
    requireThat((await readdir(target)).join() === 'large', 'a temporary file remains')
    requireThat((await readdir(journal)).length === 0, 'a journal remains')
    console.log(
      `resumed: ${toMebibytes(Number(resumedBytes))} MiB reused, ${toMebibytes(Number(fetchedBytes))} MiB fetched, file verified, no temporary files`,
    )
  } finally {
    server.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const toMebibytes = (bytes: number): string => (bytes / mebibyte).toFixed(0)

if (role === 'serve') await serve(args[0] ?? '')
else if (role === 'download') await download(JSON.parse(args[0] ?? '') as Connection, args[1] ?? '', args[2] ?? '')
else await check(Number(args[0] ?? 1024), Number(args[1] ?? 2))
