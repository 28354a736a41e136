/** The command as a process that is killed, and run again: built, against a server that sees what is sent twice. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gate, startGate } from '#test/support/gate.js'

const bin = fileURLToPath(new URL('../dist/node/bin.js', import.meta.url))
const bucket = 'bucket'
/** In seven parts of 5 MiB. */
const bytes = randomBytes(32 * 1024 * 1024)

let server: LocalR2
let gate: Gate
let r2: R2Client
let scratch: string
let journals: string

beforeAll(async () => {
  server = await startLocalR2({ port: 0 })
  gate = await startGate(server.endpoint)
  r2 = new R2Client({ endpoint: server.endpoint, credentials: server.credentials })
  await r2.buckets.create({ bucket })
  scratch = await mkdtemp(join(tmpdir(), 'r2-resume-'))
  journals = join(scratch, 'state', 'r2kit')
})
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true })
  await r2.dispose()
  await gate[Symbol.asyncDispose]()
  await server.close()
})

const start = (words: readonly string[]) =>
  spawn(process.execPath, [bin, ...words], {
    env: {
      ...process.env,
      XDG_STATE_HOME: join(scratch, 'state'),
      R2_ENDPOINT: gate.endpoint,
      R2_ACCESS_KEY_ID: server.credentials.accessKeyId,
      R2_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    },
  })

const ending = async (child: ReturnType<typeof start>) => {
  const stderr: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdout.resume()
  const [code, signal] = await once(child, 'close')
  return { ended: code ?? signal, stderr: Buffer.concat(stderr).toString() }
}

/** Starts the command, lets so many parts or ranges pass, and ends it when its journal has `records`. */
const endHalfway = async (
  words: readonly string[],
  { parts, records, signal }: { parts: number; records: number; signal: 'SIGKILL' | 'SIGINT' },
) => {
  await mkdir(journals, { recursive: true })
  gate.allow(parts)
  const child = start(words)
  const ended = ending(child)
  // A command that ends by itself would note nothing any more.
  await journalHas(records, ended)
  child.kill(signal)
  expect((await ended).ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 130)
  gate.allow(Number.POSITIVE_INFINITY)
}

/** Looks again and again: events of a file system may be left out on a busy machine. `ended` ends the wait as well. */
const journalHas = async (records: number, ended: Promise<unknown>): Promise<void> => {
  let isOver = false
  const over = () => {
    isOver = true
  }
  void ended.then(over, over)
  while (!isOver) {
    for (const name of await readdir(journals)) {
      const content = await readFile(join(journals, name), 'utf8').catch(() => '')
      if (content.split('\n').length > records) return
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

test.each(['SIGKILL', 'SIGINT'] as const)(
  'after %s an upload goes on with its parts when the command runs again, and says so',
  async (signal) => {
    const path = join(scratch, 'source')
    await writeFile(path, bytes)
    const words = ['cp', '--part-size', '5', path, `r2://${bucket}/up`]
    await endHalfway(words, { parts: 3, records: 4, signal })
    const again = await ending(start(words))
    expect(again.stderr).toMatch(/^r2: resuming .*source: 3 of 7 parts are there/)
    expect(again.ended).toBe(0)
    expect(sha256((await r2.objects.get({ bucket, key: 'up' })).body)).toBe(sha256(bytes))
    expect((await r2.multipart.listUploads({ bucket })).uploads).toEqual([])
    expect(await readdir(journals)).toEqual([])
  },
)

test('a download of a folder that was killed goes on with the bytes that are there', async () => {
  await r2.objects.put({ bucket, key: 'folder/large', body: bytes })
  await r2.objects.put({ bucket, key: 'folder/small', body: 'small' })
  const target = join(scratch, 'down')
  const words = ['cp', '-r', `r2://${bucket}/folder`, target]
  await endHalfway(words, { parts: 2, records: 4, signal: 'SIGKILL' })
  const again = await ending(start(words))
  expect(again.stderr).toMatch(/^r2: resuming r2:\/\/bucket\/folder\/large: 2 of \d+ parts are there/)
  expect(again.ended).toBe(0)
  expect((await readdir(target)).sort()).toEqual(['large', 'small'])
  expect(sha256(await readFile(join(target, 'large')))).toBe(sha256(bytes))
})
