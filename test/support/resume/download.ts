/**
 * Kills a process in the middle of a download and runs it again: what is there is not fetched again, the file is byte-exact,
 * nothing is left. Three roles, each a process: the server, the download, and the one that kills and checks.
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

const tell = (message: object): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

const serve = async (dataDir: string): Promise<void> => {
  const { endpoint, credentials } = await startLocalR2({ dataDir, durable: false })
  tell({ endpoint, credentials })
}

/** Counts what is asked for: the journal's promise is about requests, not about what is shown. */
const counting = (inner: Transport, count: (request: HttpRequest) => void): Transport => ({
  name: inner.name,
  cannotSend: (path) => inner.cannotSend(path),
  send(request) {
    count(request)
    return inner.send(request)
  },
  close: () => inner.close(),
})

const download = async (connection: Connection, path: string, journal: string): Promise<void> => {
  let askedBytes = 0
  const transport = counting(createDefaultTransport({ connections: {}, clock: systemClock }), ({ headers }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    if (first !== undefined) askedBytes += Number(last) - Number(first) + 1
  })
  await using r2 = new R2Client({ ...connection, transport })
  const onProgress = ({ bytes, resumedBytes }: { bytes: number; resumedBytes: number }) => tell({ bytes, resumedBytes })
  const result = await r2.transfers.download({ bucket, key }, { path }, { journal, onProgress })
  tell({ done: true, askedBytes, resumedBytes: result.resumedBytes, verifiedBy: result.verifiedBy })
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

/** Bytes that repeat at no part's length. */
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

const require = (condition: boolean, message: string): void => {
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
      require(resumed >= before, `run ${kill} found ${resumed} bytes of ${before}`)
      before = resumed
      const left = await readdir(target)
      require(left.length === 1 && left[0] !== 'large', `after the kill there is ${left.join(', ')}`)
      const { size, blocks } = await stat(join(target, left[0] ?? ''))
      require(size === length, `the temporary file has ${size} bytes`)
      console.log(
        `killed with SIGKILL at ${toMebibytes(reached)} MiB (${toMebibytes(resumed)} found); ${toMebibytes(blocks * 512)} MiB on disk`,
      )
    }

    const child = start('download', JSON.stringify(connection), path, journal)
    let last: Message = {}
    for await (const message of messages(child)) last = message
    require(last.done === true, 'the last run did not end well')
    const { askedBytes, resumedBytes, verifiedBy } = last
    require(Number(askedBytes) + Number(resumedBytes) === length, `${askedBytes} asked for, ${resumedBytes} found`)
    require(Number(resumedBytes) > length / 4, `only ${resumedBytes} bytes were found`)
    require(verifiedBy === 'CRC64NVME', `verified by ${verifiedBy}`)
    require((await hashOf(path)) === expected, 'the file differs from the object')
    require((await readdir(target)).join() === 'large', 'a temporary file is left')
    require((await readdir(journal)).length === 0, 'a journal is left')
    console.log(
      `run again: ${toMebibytes(Number(resumedBytes))} MiB found, ${toMebibytes(Number(askedBytes))} MiB fetched, byte-exact, nothing left`,
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
