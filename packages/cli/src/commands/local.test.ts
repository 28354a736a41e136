import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { R2Client } from 'r2kit'
import { expect, test } from 'vitest'
import { runCommand } from '#test/support/run-command.js'

/** Starts `r2 local` and waits for its first line. */
const start = async (args: readonly string[], env: Record<string, string> = {}) => {
  const controller = new AbortController()
  const stdout = new PassThrough()
  const ended = runCommand(['local', '--port', '0', ...args], { env, stdout, signal: controller.signal })
  const lines = createInterface({ input: stdout })
  const [line] = (await once(lines, 'line')) as [string]
  return {
    line,
    stop: async () => {
      controller.abort()
      return (await ended).exitCode
    },
  }
}

test('r2 local prints endpoint and credentials in one line, and exits with 0 when interrupted', async () => {
  const { line, stop } = await start([])
  const [, endpoint, accessKeyId, secretAccessKey] =
    /^(http:\/\/127\.0\.0\.1:\d+) access-key-id=(\w{32}) secret-access-key=(\w{64}) \(in memory\)$/.exec(line) ?? []
  const credentials = { accessKeyId: String(accessKeyId), secretAccessKey: String(secretAccessKey) }
  await using r2 = new R2Client({ endpoint: String(endpoint), credentials })
  expect((await r2.buckets.list()).buckets).toEqual([])
  expect(await stop()).toBe(0)
})

test('r2 local uses credentials from the environment, and does not print their secret', async () => {
  const accessKeyId = 'a'.repeat(32)
  const secretAccessKey = 'b'.repeat(64)
  const { line, stop } = await start(['--json'], {
    R2_ACCESS_KEY_ID: accessKeyId,
    R2_SECRET_ACCESS_KEY: secretAccessKey,
  })
  const ready = JSON.parse(line)
  expect(ready).toEqual({ version: 1, event: 'ready', endpoint: expect.stringMatching(/^http:/), accessKeyId })
  await using r2 = new R2Client({ endpoint: ready.endpoint, credentials: { accessKeyId, secretAccessKey } })
  expect((await r2.buckets.list()).buckets).toEqual([])
  expect(await stop()).toBe(0)
})

test('r2 local --data keeps objects between runs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'r2-local-'))
  for (const round of [1, 2]) {
    const { line, stop } = await start(['--json', '--data', folder])
    const { endpoint, accessKeyId, secretAccessKey, dataDir } = JSON.parse(line)
    expect(dataDir).toBe(folder)
    const r2 = new R2Client({ endpoint, credentials: { accessKeyId, secretAccessKey } })
    if (round === 1) await r2.objects.put({ bucket: 'kept', key: 'k', body: 'kept', createBucketIfMissing: true })
    else expect((await r2.objects.get({ bucket: 'kept', key: 'k' })).text()).toBe('kept')
    await r2.dispose()
    expect(await stop()).toBe(0)
  }
  await rm(folder, { recursive: true })
})

test('r2 local ends promptly while a download and an upload are in flight', async () => {
  const { line, stop } = await start(['--json'])
  const { endpoint, accessKeyId, secretAccessKey } = JSON.parse(line)
  const credentials = { accessKeyId, secretAccessKey }
  const r2 = new R2Client({ endpoint, credentials, retry: { maxAttempts: 1 } })
  const large = { bucket: 'kept', key: 'large', body: Buffer.alloc(30_000_000) }
  await r2.objects.put({ ...large, createBucketIfMissing: true })
  const download = await r2.objects.getStream({ bucket: 'kept', key: 'large' })
  const source = new PassThrough()
  source.write(Buffer.alloc(1_000_000))
  const upload = r2.objects.put({ bucket: 'kept', key: 'half', body: source, contentLength: 2_000_000 })
  const failed = upload.then(
    () => 'stored',
    () => 'failed',
  )
  // The first chunk proves that the download is in flight; the rest is not read.
  const chunks = download.body[Symbol.asyncIterator]()
  await chunks.next()
  const startedAt = performance.now()
  expect(await stop()).toBe(0)
  expect(performance.now() - startedAt).toBeLessThan(2000)
  expect(await failed).toBe('failed')
  await chunks.return?.()
  await r2.dispose()
})

test('r2 local with incomplete credentials, or on a port in use, is a usage error', async () => {
  const half = await runCommand(['local', '--port', '0'], { env: { R2_ACCESS_KEY_ID: 'a'.repeat(32) } })
  expect(half).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('Set both') })
  const { line, stop } = await start([])
  const port = /:(\d+) /.exec(line)?.[1] ?? ''
  expect(await runCommand(['local', '--port', port])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('is in use'),
  })
  await stop()
})

test('r2 local listens on a public address only with credentials from the environment', async () => {
  expect((await runCommand(['local', '--port', '0', '--host', '0.0.0.0'])).exitCode).toBe(2)
})

test('r2 local injects the faults of --fault, and replaces them over the control port', async () => {
  const { line, stop } = await start(['--json', '--fault', 'kind=status,status=418', '--control-port', '0'])
  const { endpoint, control } = JSON.parse(line)
  expect((await fetch(endpoint)).status).toBe(418)
  const rules = await (await fetch(control)).json()
  expect(rules).toEqual({
    faults: [{ rule: { kind: 'status', status: 418 }, text: 'kind=status,status=418', count: 1 }],
  })
  const replaced = await fetch(control, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '["kind=slow-down"]',
  })
  expect(replaced.status).toBe(200)
  expect((await fetch(endpoint)).status).toBe(503)
  expect(await stop()).toBe(0)
  await expect(fetch(control)).rejects.toThrow()
})

test('r2 local rejects an invalid fault with the rule, the field and the nearest name', async () => {
  const { exitCode, stderr } = await runCommand(['local', '--port', '0', '--fault', 'kind=slow-donw,rate=1'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--fault: fault rule "kind=slow-donw,rate=1": kind is "slow-donw"')
  expect(stderr).toContain('Did you mean slow-down?')
})

test('r2 local reports a control port that is in use', async () => {
  const { line, stop } = await start([])
  const port = /:(\d+) /.exec(line)?.[1] ?? ''
  expect(await runCommand(['local', '--port', '0', '--control-port', port])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`Port ${port} is in use`),
  })
  await stop()
})
