import { once } from 'node:events'
import { mkdir, readdir, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'

const harness = CommandHarness.create()

test('an object is downloaded into a folder or to a path, and replaces an existing file', async () => {
  await harness.put('dir/data.bin', 'new')
  await harness.writeTree({ 'data.bin': 'old', 'elsewhere/keep': '' })
  expect(await harness.run(['cp', harness.at('dir/data.bin'), harness.scratch])).toMatchObject({ exitCode: 0 })
  expect(await harness.run(['cp', harness.at('dir/data.bin'), harness.file('made', 'here', '/')])).toMatchObject({
    exitCode: 0,
  })
  expect(await harness.run(['cp', harness.at('dir/data.bin'), harness.file('named')])).toMatchObject({ exitCode: 0 })
  expect(await harness.tree()).toEqual({
    'data.bin': 'new',
    'elsewhere/keep': '',
    'made/here/data.bin': 'new',
    named: 'new',
  })
})

const hostileKeys = [
  '../escape',
  '/etc/escape',
  'a/../../escape',
  'a//b',
  './dot',
  'dir/..',
  'link/escape',
  'x'.repeat(300),
  'full/',
]

test('keys outside of the target folder fail with a reason, and the other objects are downloaded', async () => {
  await harness.put('good/file')
  for (const key of hostileKeys) await harness.put(key, 'hostile')
  await mkdir(harness.file('outside'))
  await mkdir(harness.file('out'))
  await symlink(harness.file('outside'), harness.file('out', 'link'))
  const { exitCode, events } = await harness.run(['cp', '-r', `r2://${harness.bucket}`, harness.file('out'), '--json'])
  expect(exitCode).toBe(1)
  expect(await harness.tree()).toEqual({ 'out/good/file': 'good/file' })
  const failures = events.filter(({ event }) => event === 'transfer-failed')
  expect(failures.map(({ source }) => source).sort()).toEqual(hostileKeys.map((key) => harness.at(`${key}`)).sort())
  for (const { error } of failures)
    expect(error).toMatchObject({ code: 'UnsafePath', message: expect.stringMatching(/\w/) })
  expect(events.at(-1)).toMatchObject({ event: 'summary', done: 1, failed: hostileKeys.length })
})

test('the key of a single object may contain path segments such as .., because the target is explicit', async () => {
  await harness.put('../escape', 'content')
  expect(await harness.run(['cp', harness.at('../escape'), harness.file('named')])).toMatchObject({ exitCode: 0 })
  expect(await harness.tree()).toEqual({ named: 'content' })
  await harness.put('a/..', 'content')
  expect(await harness.run(['cp', harness.at('a/..'), harness.scratch])).toMatchObject({ exitCode: 2 })
})

test('of two keys with the same file name, one is downloaded and the other is reported as failed', async () => {
  await harness.put('a', 'file')
  await harness.put('a/b', 'below')
  await harness.put('c', 'fine')
  const { exitCode, events } = await harness.run(['cp', '-r', `r2://${harness.bucket}`, harness.file('out'), '--json'])
  expect(exitCode).toBe(1)
  const failed = events
    .filter(({ event }) => event === 'transfer-failed')
    .map(({ source }) => String(source).slice(harness.at('').length))
  expect(failed).toHaveLength(1)
  const arrived = Object.keys(await harness.tree(harness.file('out'))).sort()
  expect([...arrived, ...failed].sort()).toEqual(['a', 'a/b', 'c'])
})

test('keys that differ only in case become two files on a case-sensitive file system', async () => {
  await harness.put('README', 'upper')
  await harness.put('readme', 'lower')
  const { exitCode } = await harness.run(['cp', '-r', `r2://${harness.bucket}`, harness.file('out')])
  const arrived = await harness.tree(harness.file('out'))
  if (exitCode === 0) expect(arrived).toEqual({ README: 'upper', readme: 'lower' })
  else expect(Object.keys(arrived)).toHaveLength(1)
})

test('an empty object whose key ends in a slash creates a folder', async () => {
  await harness.put('hollow/', '')
  await harness.put('docs/', '')
  await harness.put('docs/a')
  expect(await harness.run(['cp', '-r', `r2://${harness.bucket}`, harness.file('out')])).toMatchObject({ exitCode: 0 })
  expect((await readdir(harness.file('out'))).sort()).toEqual(['docs', 'hollow'])
})

/** A server that returns the same ETag and bytes for every object. */
const responding = async (etag: string, body: string) => {
  const server = createServer((request, response) => {
    const range =
      request.headers.range === undefined ? {} : { 'content-range': `bytes 0-${body.length - 1}/${body.length}` }
    const headers = { etag: `"${etag}"`, 'content-length': body.length, 'last-modified': new Date().toUTCString() }
    response.writeHead('content-range' in range ? 206 : 200, { ...headers, ...range }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { env: { ...harness.env, R2_ENDPOINT: `http://127.0.0.1:${port}` }, stop }
}

test('a download whose bytes do not match the ETag does not replace the target file', async () => {
  const { env, stop } = await responding('0'.repeat(32), 'corrupted')
  await harness.writeTree({ file: 'before' })
  const result = await harness.run(['cp', 'r2://bucket/file', harness.file('file'), '--json'], { env })
  expect(result.exitCode).toBe(5)
  expect(result.events).toMatchObject([{ event: 'error', error: { code: 'IntegrityMismatch', retryable: true } }])
  expect(await harness.tree()).toEqual({ file: 'before' })
  const printed = await harness.run(['cat', 'r2://bucket/file'], { env })
  expect(printed).toMatchObject({ exitCode: 5, stdout: 'corrupted' })
  stop()
})
