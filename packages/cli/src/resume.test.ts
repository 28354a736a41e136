/** The command as a process that is killed, and run again: built, against a server that sees what is sent twice. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../dist/node/bin.js', import.meta.url))
const bucket = 'bucket'
/** In eleven parts. */
const bytes = randomBytes(105 * 1024 * 1024)

let server: LocalR2
let r2: R2Client
let scratch: string
let journals: string

beforeAll(async () => {
  server = await startLocalR2({ port: 0 })
  r2 = new R2Client({ endpoint: server.endpoint, credentials: server.credentials })
  await r2.buckets.create({ bucket })
  scratch = await mkdtemp(join(tmpdir(), 'r2-resume-'))
  journals = join(scratch, 'state', 'r2kit')
})
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true })
  await r2.dispose()
  await server.close()
})

const start = (words: readonly string[]) =>
  spawn(process.execPath, [bin, ...words], {
    env: {
      ...process.env,
      XDG_STATE_HOME: join(scratch, 'state'),
      R2_ENDPOINT: server.endpoint,
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

/** Starts the command and ends it as soon as its journal has so many lines: one for the beginning, then one for each part. */
const killWhenNoted = async (words: readonly string[], lines: number, signal: 'SIGKILL' | 'SIGINT' = 'SIGKILL') => {
  await mkdir(journals, { recursive: true })
  const noted = journalHas(lines)
  const child = start(words)
  const ended = ending(child)
  await noted
  child.kill(signal)
  expect((await ended).ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 130)
}

const journalHas = async (lines: number): Promise<void> => {
  for await (const { filename } of watch(journals)) {
    const content = await readFile(join(journals, filename ?? ''), 'utf8').catch(() => '')
    if (content.split('\n').length > lines) return
  }
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

test.each(['SIGKILL', 'SIGINT'] as const)(
  'after %s an upload goes on with its parts when the command runs again, and says so',
  async (signal) => {
    const path = join(scratch, 'source')
    await writeFile(path, bytes)
    await killWhenNoted(['cp', path, `r2://${bucket}/up`], 3, signal)
    const again = await ending(start(['cp', path, `r2://${bucket}/up`]))
    expect(again.stderr).toMatch(/^r2: resuming .*source: ([2-9]|10|11) of 11 parts are there/)
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
  await killWhenNoted(words, 4)
  const again = await ending(start(words))
  expect(again.stderr).toMatch(/^r2: resuming r2:\/\/bucket\/folder\/large: \d+ of \d+ parts are there/)
  expect(again.ended).toBe(0)
  expect((await readdir(target)).sort()).toEqual(['large', 'small'])
  expect(sha256(await readFile(join(target, 'large')))).toBe(sha256(bytes))
})
