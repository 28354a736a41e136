/** Our client against a local R2 behind the proxy. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { type LocalR2, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { ReplayTransport, SimulationReplayer } from 'r2kit/simulation'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '#test/support/run-command.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

let local: LocalR2
let folder: string

beforeAll(async () => {
  local = await startLocalR2()
  folder = await mkdtemp(join(tmpdir(), 'r2-proxy-'))
  await using r2 = new R2Client(local)
  await r2.buckets.create({ bucket: 'films' })
})
afterAll(async () => {
  await local.close()
  await rm(folder, { recursive: true })
})

const environment = () => ({
  R2_ACCESS_KEY_ID: local.credentials.accessKeyId,
  R2_SECRET_ACCESS_KEY: local.credentials.secretAccessKey,
})

/** Starts `r2 proxy` in front of the local R2. */
const start = async (args: readonly string[] = []) => {
  const controller = new AbortController()
  const stdout = new PassThrough()
  const ended = runCommand(['proxy', '--target', local.endpoint, '--port', '0', '--json', ...args], {
    env: environment(),
    stdout,
    signal: controller.signal,
  })
  const [line] = (await once(createInterface({ input: stdout }), 'line')) as [string]
  const { endpoint, control } = JSON.parse(line) as { endpoint: string; control: string }
  return {
    endpoint,
    control,
    stop: async () => {
      controller.abort()
      return (await ended).exitCode
    },
  }
}

/** A client whose secret differs: the proxy signs with its own. */
const clientOf = (endpoint: string) =>
  new R2Client({
    endpoint,
    credentials: { ...local.credentials, secretAccessKey: 'made-up' },
    retry: { maxAttempts: 1 },
  })

test('a client works through the proxy: objects, lists, keys with any characters, multipart uploads, streams', async () => {
  const { endpoint, stop } = await start()
  await using r2 = clientOf(endpoint)
  const body = Buffer.alloc(300_000, 'film')
  for (const key of ['plain', 'a b+c/ü?&=%', '../x', 'a//b']) {
    const stored = await r2.objects.put({ bucket: 'films', key, body, metadata: { colour: 'blue' } })
    const found = await r2.objects.get({ bucket: 'films', key })
    expect(Buffer.from(found.body).equals(body)).toBe(true)
    expect(found.metadata).toEqual({ colour: 'blue' })
    expect((await r2.objects.head({ bucket: 'films', key })).size).toBe(body.byteLength)
    expect(stored.etag).toBe(found.etag)
  }
  const { objects } = await r2.objects.list({ bucket: 'films', prefix: 'a' })
  expect(objects.map(({ key }) => key)).toEqual(['a b+c/ü?&=%', 'a//b'])
  const at = { bucket: 'films', key: 'parts' }
  const { uploadId } = await r2.multipart.create(at)
  const parts = []
  for (const partNumber of [1, 2]) {
    const { etag } = await r2.multipart.uploadPart({ ...at, uploadId, partNumber, body: Buffer.alloc(6_000_000, 'x') })
    parts.push({ partNumber, etag })
  }
  await r2.multipart.complete({ ...at, uploadId, parts })
  expect((await r2.objects.head({ bucket: 'films', key: 'parts' })).size).toBe(12_000_000)
  await r2.objects.put({ bucket: 'films', key: 'empty', body: '' })
  expect((await r2.objects.get({ bucket: 'films', key: 'empty' })).body.byteLength).toBe(0)
  await r2.objects.delete({ bucket: 'films', key: 'plain' })
  await expect(r2.objects.get({ bucket: 'films', key: 'plain' })).rejects.toMatchObject({ s3Code: 'NoSuchKey' })
  const { url } = await r2.presign.get({ bucket: 'films', key: 'a//b' })
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(body.byteLength)
  expect(await stop()).toBe(0)
})

test('the proxy injects faults, which the control port replaces', async () => {
  const { endpoint, control, stop } = await start([
    '--fault',
    'kind=slow-down,operation=PutObject',
    '--control-port',
    '0',
  ])
  await using r2 = clientOf(endpoint)
  const put = () => r2.objects.put({ bucket: 'films', key: 'faulty', body: 'content' })
  await expect(put()).rejects.toMatchObject({ status: 503, s3Code: 'SlowDown' })
  await fetch(control, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '["kind=corrupted-request,operation=PutObject"]',
  })
  await expect(put()).rejects.toMatchObject({ status: 400 })
  await fetch(control, { method: 'DELETE' })
  await put()
  expect(await stop()).toBe(0)
})

test('a recording of the proxy replays without a network, and has no secrets', async () => {
  const file = join(folder, 'run.recording.json')
  const { endpoint, stop } = await start(['--record', file])
  const calls = async (r2: R2Client) => {
    await r2.objects.put({ bucket: 'films', key: 'recorded', body: 'content' })
    return (await r2.objects.get({ bucket: 'films', key: 'recorded' })).text()
  }
  await using r2 = clientOf(endpoint)
  expect(await calls(r2)).toBe('content')
  expect(await stop()).toBe(0)
  expect(await readFile(file, 'utf8')).not.toContain(local.credentials.accessKeyId)
  const replayer = await SimulationReplayer.load(file)
  await using replaying = new R2Client({
    ...local,
    transport: new ReplayTransport(replayer),
    clock: new VirtualClock(),
  })
  expect(await calls(replaying)).toBe('content')
})

test('the proxy rejects requests that do not name its access key ID, that come for another host, or preflights', async () => {
  const { endpoint, stop } = await start()
  expect((await fetch(`${endpoint}/films/key`)).status).toBe(403)
  expect((await fetch(`${endpoint}/films/key?X-Amz-Credential=${'0'.repeat(32)}/d/auto/s3/aws4_request`)).status).toBe(
    403,
  )
  expect((await fetch(`${endpoint}/films/key`, { method: 'OPTIONS' })).status).toBe(501)
  await using other = new R2Client({
    endpoint,
    credentials: { accessKeyId: 'f'.repeat(32), secretAccessKey: 'x' },
    retry: { maxAttempts: 1 },
  })
  await expect(other.buckets.list()).rejects.toMatchObject({ status: 403, code: 'AccessDenied' })
  expect(await stop()).toBe(0)
})

test.each<[args: readonly string[], env: Record<string, string> | undefined, message: string]>([
  [['--target', 'ftp://x'], undefined, 'target must be scheme, host and port of an S3 endpoint'],
  [['--target', 'http://127.0.0.1:1/bucket'], undefined, 'target must be scheme, host and port of an S3 endpoint'],
  [['--target', 'http://127.0.0.1:1'], {}, 'Credentials are missing'],
  [['--target', 'http://127.0.0.1:1', '--fault', 'kind=x'], undefined, 'is not a kind of fault'],
  [['--target', 'http://127.0.0.1:1', '--record', '/missing/folder/file'], undefined, '--record /missing/folder/file'],
  [[], undefined, "required option '--target <url>' not specified"],
])('r2 proxy %j is a usage error', async (args, env, message) => {
  const { exitCode, stderr } = await runCommand(['proxy', '--port', '0', ...args], { env: env ?? environment() })
  expect([2, 4]).toContain(exitCode)
  expect(stderr).toContain(message)
})

test('an unreachable target is 502 for the client', async () => {
  const closed = await startLocalR2()
  await closed.close()
  const controller = new AbortController()
  const stdout = new PassThrough()
  const ended = runCommand(['proxy', '--target', closed.endpoint, '--port', '0', '--json'], {
    env: environment(),
    stdout,
    signal: controller.signal,
  })
  const [line] = (await once(createInterface({ input: stdout }), 'line')) as [string]
  await using r2 = clientOf(JSON.parse(line).endpoint)
  await expect(r2.buckets.list()).rejects.toMatchObject({ status: 502 })
  controller.abort()
  expect((await ended).exitCode).toBe(0)
})
