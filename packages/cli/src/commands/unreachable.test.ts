/** Every command fails within seconds, with a reason, if the server is down. */
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runR2 } from '#test/support/command-process.js'
import { commands } from './index.js'

let scratch: string
let env: Record<string, string>

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'r2-unreachable-'))
  await writeFile(join(scratch, 'file'), 'content')
  await writeFile(join(scratch, 'large'), Buffer.alloc(12 * 1024 * 1024))
  // A port that was just freed, so that nothing listens on it.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  env = {
    XDG_STATE_HOME: join(scratch, 'state'),
    R2_ENDPOINT: `http://127.0.0.1:${port}`,
    R2_ACCESS_KEY_ID: '0'.repeat(32),
    R2_SECRET_ACCESS_KEY: 'f'.repeat(64),
  }
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

const commandLines = [
  'cp SCRATCH/file r2://bucket/key',
  'cp SCRATCH/large r2://bucket/key --part-size 5',
  'cp - r2://bucket/key',
  'cp --from-command r2://bucket/key -- echo text',
  'cp -r SCRATCH r2://bucket',
  'cp r2://bucket/key SCRATCH/down',
  'cp r2://bucket/key -',
  'cp -r r2://bucket SCRATCH/tree',
  'cp r2://bucket/key r2://bucket/other',
  'cp -r r2://bucket r2://other-bucket',
  'mv SCRATCH/file r2://bucket/key',
  'mv -r r2://bucket/a r2://bucket/b',
  'ls',
  'ls r2://bucket',
  'stat r2://bucket/key',
  'cat r2://bucket/key',
  'rm r2://bucket/key',
  'rm --force r2://bucket/key',
  'rm -r r2://bucket/folder',
  'du r2://bucket',
  'mb r2://bucket',
  'rb r2://bucket',
  'rb --force r2://bucket',
  'uploads ls r2://bucket',
  'uploads abort r2://bucket --older-than 0s',
]
/** Commands that send no requests of their own. */
const offline = ['local', 'presign', 'proxy', 'config']

const argumentsOf = (line: string): string[] => line.split(' ').map((arg) => arg.replace('SCRATCH', scratch))

test.each(commandLines)('r2 %s reports the refused connection within seconds', async (line) => {
  const startedMs = performance.now()
  const { ended, stdout, stderr } = await runR2(argumentsOf(line), env)
  // The client's retries take a fraction of a second. Transfers tolerate two minutes without progress, which must not apply here.
  expect(performance.now() - startedMs).toBeLessThan(8000)
  expect(ended).toBe(5)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^r2: cannot connect to http:\/\/127\.0\.0\.1:\d+: the connection was refused\. [^\n]+\n$/)
  expect((await readdir(scratch)).sort()).toEqual(['file', 'large'])
})

test('the command lines of this suite include every command that sends requests', () => {
  const tried = new Set(commandLines.map((line) => line.split(' ', 1)[0]))
  expect([...tried, ...offline].sort()).toEqual(commands.map(({ name }) => name).sort())
})

test('r2 presign needs no server', async () => {
  const { ended, stdout } = await runR2(['presign', 'r2://bucket/key'], env)
  expect(ended).toBe(0)
  expect(stdout).toContain(`${env.R2_ENDPOINT}/bucket/key?`)
})
