/** The built command is killed during a transfer and run again. A gate in front of the server limits how many parts pass. */
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
import { startTransferGate, type TransferGate } from '#test/support/transfer-gate.js'

const bin = fileURLToPath(new URL('../../dist/node/bin.js', import.meta.url))
const bucket = 'bucket'
/** Seven parts of up to 5 MiB. */
const bytes = randomBytes(32 * 1024 * 1024)

let server: LocalR2
let gate: TransferGate
let r2: R2Client
let scratch: string
let journals: string

beforeAll(async () => {
  server = await startLocalR2({ port: 0 })
  gate = await startTransferGate(server.endpoint)
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

const start = (args: readonly string[]) =>
  spawn(process.execPath, [bin, ...args], {
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

/** Starts the command, lets `parts` parts or ranges pass, and kills it when its journal has `records` lines. */
const killHalfway = async (
  args: readonly string[],
  { parts, records, signal }: { parts: number; records: number; signal: 'SIGKILL' | 'SIGINT' },
) => {
  await mkdir(journals, { recursive: true })
  gate.allow(parts)
  const child = start(args)
  const ended = ending(child)
  await journalHas(records, ended)
  child.kill(signal)
  expect((await ended).ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 130)
  gate.allow(Number.POSITIVE_INFINITY)
}

/** Polls the journals, because file system events may be lost on a busy machine. The end of the process ends the wait, too. */
const journalHas = async (records: number, ended: Promise<unknown>): Promise<void> => {
  let hasEnded = false
  const onEnd = () => {
    hasEnded = true
  }
  void ended.then(onEnd, onEnd)
  while (!hasEnded) {
    for (const name of await readdir(journals)) {
      const content = await readFile(join(journals, name), 'utf8').catch(() => '')
      if (content.split('\n').length > records) return
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

test.each(['SIGKILL', 'SIGINT'] as const)(
  'an upload that was ended by %s resumes with its transferred parts when the command runs again, and reports it',
  async (signal) => {
    const path = join(scratch, 'source')
    await writeFile(path, bytes)
    const args = ['cp', '--part-size', '5', path, `r2://${bucket}/up`]
    await killHalfway(args, { parts: 3, records: 4, signal })
    const again = await ending(start(args))
    expect(again.stderr).toMatch(/^r2: resuming .*source: 3 of 7 parts already transferred/)
    expect(again.ended).toBe(0)
    expect(sha256((await r2.objects.get({ bucket, key: 'up' })).body)).toBe(sha256(bytes))
    expect((await r2.multipart.listUploads({ bucket })).uploads).toEqual([])
    expect(await readdir(journals)).toEqual([])
  },
)

test('a folder download that was killed resumes with its transferred ranges when the command runs again', async () => {
  await r2.objects.put({ bucket, key: 'folder/large', body: bytes })
  await r2.objects.put({ bucket, key: 'folder/small', body: 'small' })
  const target = join(scratch, 'down')
  const args = ['cp', '-r', `r2://${bucket}/folder`, target]
  await killHalfway(args, { parts: 2, records: 4, signal: 'SIGKILL' })
  const again = await ending(start(args))
  expect(again.stderr).toMatch(/^r2: resuming r2:\/\/bucket\/folder\/large: 2 of \d+ parts already transferred/)
  expect(again.ended).toBe(0)
  expect((await readdir(target)).sort()).toEqual(['large', 'small'])
  expect(sha256(await readFile(join(target, 'large')))).toBe(sha256(bytes))
})
