import { once } from 'node:events'
import { mkdir, readdir, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CommandWorld } from '../../../../test/support/command-world.js'

const world = CommandWorld.create()

test('an object comes down into a folder or under a name, and replaces what was there in one step', async () => {
  await world.put('dir/data.bin', 'new')
  await world.writeTree({ 'data.bin': 'old', 'elsewhere/keep': '' })
  expect(await world.run(['cp', world.at('dir/data.bin'), world.scratch])).toMatchObject({ exitCode: 0 })
  expect(await world.run(['cp', world.at('dir/data.bin'), world.file('made', 'here', '/')])).toMatchObject({
    exitCode: 0,
  })
  expect(await world.run(['cp', world.at('dir/data.bin'), world.file('named')])).toMatchObject({ exitCode: 0 })
  expect(await world.tree()).toEqual({
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

test('no key leads a download out of its folder: each is reported with a reason, and the rest arrives', async () => {
  await world.put('good/file')
  for (const key of hostileKeys) await world.put(key, 'hostile')
  await mkdir(world.file('outside'))
  await mkdir(world.file('out'))
  await symlink(world.file('outside'), world.file('out', 'link'))
  const { exitCode, events } = await world.run(['cp', '-r', `r2://${world.bucket}`, world.file('out'), '--json'])
  expect(exitCode).toBe(1)
  expect(await world.tree()).toEqual({ 'out/good/file': 'good/file' })
  const failures = events.filter(({ event }) => event === 'transfer-failed')
  expect(failures.map(({ source }) => source).sort()).toEqual(hostileKeys.map((key) => world.at(`${key}`)).sort())
  for (const { error } of failures)
    expect(error).toMatchObject({ code: 'UnsafePath', message: expect.stringMatching(/\w/) })
  expect(events.at(-1)).toMatchObject({ event: 'summary', done: 1, failed: hostileKeys.length })
})

test('a key that the command names may hold anything, since the user says where it goes', async () => {
  await world.put('../escape', 'content')
  expect(await world.run(['cp', world.at('../escape'), world.file('named')])).toMatchObject({ exitCode: 0 })
  expect(await world.tree()).toEqual({ named: 'content' })
  await world.put('a/..', 'content')
  expect(await world.run(['cp', world.at('a/..'), world.scratch])).toMatchObject({ exitCode: 2 })
})

test('of two keys that need one name both are accounted for, and none is lost in silence', async () => {
  await world.put('a', 'file')
  await world.put('a/b', 'below')
  await world.put('c', 'fine')
  const { exitCode, events } = await world.run(['cp', '-r', `r2://${world.bucket}`, world.file('out'), '--json'])
  expect(exitCode).toBe(1)
  const failed = events
    .filter(({ event }) => event === 'transfer-failed')
    .map(({ source }) => String(source).slice(world.at('').length))
  expect(failed).toHaveLength(1)
  const arrived = Object.keys(await world.tree(world.file('out'))).sort()
  expect([...arrived, ...failed].sort()).toEqual(['a', 'a/b', 'c'])
})

test('keys that differ only in case are two files where the file system says so', async () => {
  await world.put('README', 'upper')
  await world.put('readme', 'lower')
  const { exitCode } = await world.run(['cp', '-r', `r2://${world.bucket}`, world.file('out')])
  const arrived = await world.tree(world.file('out'))
  if (exitCode === 0) expect(arrived).toEqual({ README: 'upper', readme: 'lower' })
  else expect(Object.keys(arrived)).toHaveLength(1)
})

test('a key that ends in a slash and is empty makes a folder', async () => {
  await world.put('hollow/', '')
  await world.put('docs/', '')
  await world.put('docs/a')
  expect(await world.run(['cp', '-r', `r2://${world.bucket}`, world.file('out')])).toMatchObject({ exitCode: 0 })
  expect((await readdir(world.file('out'))).sort()).toEqual(['docs', 'hollow'])
})

/** An R2 whose every object has this ETag and these bytes. */
const answering = async (etag: string, body: string) => {
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
  return { env: { ...world.env, R2_ENDPOINT: `http://127.0.0.1:${port}` }, stop }
}

test('bytes that are not those of the ETag never take the name of the file', async () => {
  const { env, stop } = await answering('0'.repeat(32), 'corrupted')
  await world.writeTree({ file: 'before' })
  const result = await world.run(['cp', 'r2://bucket/file', world.file('file'), '--json'], { env })
  expect(result.exitCode).toBe(5)
  expect(result.events).toMatchObject([{ event: 'error', error: { code: 'IntegrityMismatch', retryable: true } }])
  expect(await world.tree()).toEqual({ file: 'before' })
  const printed = await world.run(['cat', 'r2://bucket/file'], { env })
  expect(printed).toMatchObject({ exitCode: 5, stdout: 'corrupted' })
  stop()
})
