/** The built command as a process, with real pipes and real signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(root, 'packages', 'cli', 'dist', 'node', 'bin.js')

let server: LocalR2
let r2: R2Client
let env: Record<string, string>

beforeAll(async () => {
  server = await startLocalR2({ port: 0 })
  const { endpoint, credentials } = server
  r2 = new R2Client({ endpoint, credentials })
  env = {
    R2_ENDPOINT: endpoint,
    R2_ACCESS_KEY_ID: credentials.accessKeyId,
    R2_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  }
  await r2.buckets.create({ bucket: 'bucket' })
})
afterAll(async () => {
  await r2.dispose()
  await server.close()
})

const start = (args: readonly string[], overrides: Record<string, string> = {}) =>
  spawn(process.execPath, [bin, ...args], { env: { ...process.env, ...env, ...overrides } })

/** Waits for the end of a process: its exit code or signal, and its standard error. */
const ending = async (child: ChildProcess) => {
  const stderr: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
  const [code, signal] = await once(child, 'close')
  return { ended: code ?? signal, stderr: Buffer.concat(stderr).toString() }
}

test('bytes are piped in and out of the process unchanged', async () => {
  const up = start(['cp', '-', 'r2://bucket/piped'])
  up.stdin.end('through a pipe')
  expect(await ending(up)).toEqual({ ended: 0, stderr: '' })
  const down = start(['cat', 'r2://bucket/piped'])
  const chunks: Buffer[] = []
  down.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  expect(await ending(down)).toEqual({ ended: 0, stderr: '' })
  expect(Buffer.concat(chunks).toString()).toBe('through a pipe')
})

test('a reader that closes the pipe ends the command without an error', async () => {
  await r2.objects.put({ bucket: 'bucket', key: 'long', body: Buffer.alloc(5_000_000, 'line\n') })
  const child = start(['cat', 'r2://bucket/long'])
  const result = ending(child)
  await once(child.stdout, 'data')
  child.stdout.destroy()
  expect(await result).toEqual({ ended: 0, stderr: '' })
})

test('a command ends although its standard input stays open', async () => {
  expect(await ending(start(['ls', 'r2://bucket']))).toEqual({ ended: 0, stderr: '' })
})

test('Ctrl-C ends a command that waits for its input', async () => {
  const child = start(['cp', '-', 'r2://bucket/silent', '--debug'])
  const result = ending(child)
  // Accepted bytes prove that the command is reading.
  await new Promise((resolve) => child.stdin.write(Buffer.alloc(1_000_000), resolve))
  child.kill('SIGINT')
  expect(await result).toMatchObject({ ended: 130, stderr: expect.stringContaining('Interrupted') })
})

test('a second Ctrl-C ends the command without waiting for the cleanup after the first', async () => {
  // A server that creates an upload, and then responds neither to parts nor to the abort.
  const requests: string[] = []
  const silent = createServer((request, response) => {
    requests.push(request.method ?? '')
    if (request.method === 'POST') {
      response.end(
        '<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>',
      )
    } else {
      child.kill('SIGINT')
    }
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const child = start(['cp', '-', 'r2://bucket/k'], { R2_ENDPOINT: endpoint })
  child.stdin.on('error', () => undefined)
  child.stdin.write(Buffer.alloc(17 * 1024 * 1024))
  expect((await ending(child)).ended).toBe(130)
  expect(requests).toEqual(['POST', 'PUT', 'DELETE'])
  silent.closeAllConnections()
  silent.close()
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  'r2 local reports that it is ready, and exits with 0 on %s',
  async (signal) => {
    const child = start(['local', '--port', '0', '--json'])
    const result = ending(child)
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    expect(JSON.parse(String(line))).toMatchObject({ version: 1, event: 'ready' })
    child.kill(signal)
    expect(await result).toEqual({ ended: 0, stderr: '' })
  },
)

test('the process exits with the exit code of the command', async () => {
  expect((await ending(start(['stat', 'r2://bucket/absent']))).ended).toBe(3)
  expect((await ending(start(['frobnicate']))).ended).toBe(2)
})

test('npx r2 runs the command in a clone of the repository', async () => {
  const npx = spawn('npx', ['--no', 'r2', 'presign', 'r2://bucket/key'], {
    cwd: root,
    env: { ...process.env, ...env },
    // On Windows, npx is a shell script.
    shell: process.platform === 'win32',
  })
  const stdout = text(npx.stdout)
  expect(await ending(npx)).toMatchObject({ ended: 0 })
  expect(await stdout).toContain(`${env.R2_ENDPOINT}/bucket/key?`)
})

test('bin/r2.mjs explains how to build the program if it is not built', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'r2-bin-'))
  try {
    const copy = join(scratch, 'packages', 'cli', 'bin', 'r2.mjs')
    await cp(join(root, 'packages', 'cli', 'bin', 'r2.mjs'), copy)
    expect(await ending(spawn(process.execPath, [copy, 'ls']))).toEqual({
      ended: 2,
      stderr: 'r2: The program is not built. Run npm run build in the root of the repository.\n',
    })
  } finally {
    await rm(scratch, { recursive: true })
  }
})
