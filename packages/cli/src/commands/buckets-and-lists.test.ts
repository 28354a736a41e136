import { expect, test } from 'vitest'
import { CommandHarness } from '#test/support/command-harness.js'

const harness = CommandHarness.create()
const run = (...args: string[]) => harness.run(args)

test('a bucket is created, listed and deleted', async () => {
  expect(await run('mb', 'r2://made')).toMatchObject({ exitCode: 0, stdout: 'created r2://made\n' })
  const { events } = await run('ls', '--json')
  expect(events).toContainEqual({
    version: 1,
    event: 'bucket',
    bucket: 'made',
    creationDate: expect.stringMatching(/^\d{4}-.*Z$/),
  })
  expect(await run('rb', 'r2://made', '--quiet')).toMatchObject({ exitCode: 0, stdout: '' })
  expect((await run('ls')).stdout).not.toContain('made')
})

test('r2 rb deletes a bucket with objects and unfinished uploads only with --force', async () => {
  await harness.put('a')
  await harness.put('b/c')
  await harness.r2.multipart.create({ bucket: harness.bucket, key: 'unfinished' })
  expect(await run('rb', `r2://${harness.bucket}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('not empty'),
  })
  expect(await run('rb', `r2://${harness.bucket}`, '--force')).toMatchObject({ exitCode: 0 })
  expect(await run('ls', `r2://${harness.bucket}`)).toMatchObject({ exitCode: 3 })
})

test('r2 ls lists the objects and folders under a literal prefix', async () => {
  for (const key of ['log.txt', 'log/a', 'log/b', 'other']) await harness.put(key)
  expect((await run('ls', harness.at('log'), '--json')).events).toMatchObject([
    { event: 'prefix', prefix: 'log/' },
    { event: 'object', key: 'log.txt', size: 7, storageClass: 'STANDARD' },
  ])
  const { stdout } = await run('ls', `r2://${harness.bucket}`, '--recursive')
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^[\d-]{10} [\d:]{8} +/, '')),
  ).toEqual(['7 B  log.txt', '5 B  log/a', '5 B  log/b', '5 B  other'])
})

test('r2 ls prints a key with control characters as one escaped line, and exactly with --json', async () => {
  const key = 'a\nb\x1b[2J"\\\u202e📷'
  await harness.put(key)
  expect((await run('ls', `r2://${harness.bucket}`)).stdout).toMatch(/a\\u000ab\\u001b\[2J"\\\\u202e📷\n$/)
  expect((await run('ls', `r2://${harness.bucket}`, '--json')).events).toMatchObject([{ key }])
})

test.each([
  'a/../b',
  '..',
  '.',
  './a',
  '/lead',
  'trail/',
  'a//b',
  '%2F',
  '100%',
  'a b',
  'a+b',
  'ä',
  'a\u0308',
  '📷',
  '#?&=',
  '"\'',
  '\\',
  '\ttab',
  ' ',
])('every command addresses the key %j literally', async (key) => {
  const address = harness.at(key)
  await harness.put('a/b', 'neighbour')
  await harness.put('b', 'neighbour')
  await harness.put(key, 'content')
  expect(await run('cat', address)).toMatchObject({ exitCode: 0, stdout: 'content' })
  expect((await run('stat', address, '--json')).events).toMatchObject([{ key, size: 7 }])
  expect((await run('cp', address, `r2://${harness.bucket}/copied${key}`, '--exact')).exitCode).toBe(0)
  expect((await harness.r2.objects.get({ bucket: harness.bucket, key: `copied${key}` })).text()).toBe('content')
  expect((await run('rm', address)).exitCode).toBe(0)
  const { objects } = await harness.r2.objects.list({ bucket: harness.bucket })
  expect(objects.map((object) => object.key).sort()).toEqual(['a/b', 'b', `copied${key}`].sort())
})

test('r2 stat shows the headers and metadata of an object', async () => {
  const fields = {
    contentType: 'text/x',
    cacheControl: 'no-store',
    contentDisposition: 'inline',
    metadata: { colour: 'blue' },
  }
  await harness.r2.objects.put({ bucket: harness.bucket, key: 'k', body: 'abc', ...fields })
  expect((await run('stat', harness.at('k'), '--json')).events).toMatchObject([{ event: 'object', ...fields, size: 3 }])
  const { stdout } = await run('stat', harness.at('k'))
  expect(stdout).toMatch(/^content type +text\/x$/m)
  expect(stdout).toMatch(/^metadata colour +blue$/m)
})

test('r2 du counts the objects under a literal prefix', async () => {
  for (const key of ['log/a', 'log/b', 'logs']) await harness.put(key, '12345')
  expect((await run('du', harness.at('log/'), '--json')).events).toEqual([
    { version: 1, event: 'usage', bucket: harness.bucket, prefix: 'log/', objects: 2, bytes: 10 },
  ])
  expect((await run('du', `r2://${harness.bucket}`)).stdout).toBe(`15 B  3 objects  r2://${harness.bucket}/\n`)
})

test('r2 rm deletes one object, or with -r a folder without keys of the same prefix', async () => {
  for (const key of ['log', 'log/a', 'log/b', 'logs/c']) await harness.put(key)
  const planned = await run('rm', '-r', harness.at('log'), '--dry-run')
  expect(planned.stdout).toMatch(/would delete .*log\/a\nwould delete .*log\/b\n2 objects to delete/)
  const { events } = await run('rm', '-r', harness.at('log'), '--json')
  expect(events.map(({ event }) => event)).toEqual(['object-deleted', 'object-deleted', 'summary'])
  expect((await run('rm', harness.at('log'))).exitCode).toBe(0)
  const { objects } = await harness.r2.objects.list({ bucket: harness.bucket })
  expect(objects.map(({ key }) => key)).toEqual(['logs/c'])
})

test('r2 rm -r deletes more objects than fit on one page', async () => {
  const names = Array.from({ length: 2100 }, (_, index) => `many/${index}`)
  for (let from = 0; from < names.length; from += 100)
    await Promise.all(names.slice(from, from + 100).map((key) => harness.put(key, '')))
  const { exitCode, events } = await run('rm', '-r', harness.at('many'), '--json')
  expect(exitCode).toBe(0)
  expect(events).toHaveLength(2101)
  expect(new Set(events.slice(0, -1).map(({ key }) => key))).toEqual(new Set(names))
  expect((await harness.r2.objects.list({ bucket: harness.bucket })).objects).toEqual([])
})

test('a presigned URL permits its method and content type without credentials', async () => {
  await harness.put('k', 'content')
  const { stdout } = await run('presign', harness.at('k'), '--expires', '5m')
  const get = await fetch(stdout.trim())
  expect(await get.text()).toBe('content')
  const [presigned] = (
    await run('presign', harness.at('new'), '--method', 'PUT', '--content-type', 'image/png', '--json')
  ).events
  expect(presigned).toMatchObject({ event: 'url', method: 'PUT', expiresAt: expect.stringMatching(/Z$/) })
  const put200 = await fetch(String(presigned?.url), {
    method: 'PUT',
    headers: { 'content-type': 'image/png' },
    body: 'png',
  })
  expect(put200.status).toBe(200)
  const refused = await fetch(String(presigned?.url), {
    method: 'PUT',
    headers: { 'content-type': 'text/html' },
    body: 'html',
  })
  expect(refused.status).toBe(403)
  expect((await harness.r2.objects.head({ bucket: harness.bucket, key: 'new' })).contentType).toBe('image/png')
})

test('r2 presign --explain states why a URL does not work, and exits with 1', async () => {
  const at = harness.at('k')
  const made = async (...options: string[]) => String((await run('presign', at, '--json', ...options)).events[0]?.url)
  const url = await made('--method', 'PUT', '--content-type', 'image/png')
  const explain = (given: string, ...options: string[]) => run('presign', '--explain', given, ...options)
  const header = ['--header', 'content-type: image/png']
  expect(await explain(url, '--method', 'PUT', ...header)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^the URL is valid until .* and permits PUT, with the headers content-type/),
  })
  const failures: [string[], RegExp][] = [
    [[url, '--method', 'PUT'], /does not send the header content-type/],
    [[url, '--method', 'GET', ...header], /permits PUT, but the request is a GET/],
    [[url.replace('/k?', '/j?'), '--method', 'PUT', ...header], /signature does not fit/],
    [[url.split('&')[0] ?? ''], /X-Amz-Credential is missing/],
  ]
  for (const [[given = '', ...options], message] of failures) {
    const { exitCode, stdout } = await explain(given, ...options)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: expect.stringMatching(message) })
    expect(stdout).not.toContain(/Signature=(\w+)/.exec(url)?.[1])
  }
  const { events } = await explain(url, '--json')
  expect(events[0]).toMatchObject({ event: 'url-explained', problems: [{ reason: 'header-missing' }] })
})

test('r2 presign accepts a lifetime of one second', async () => {
  const url = (await run('presign', harness.at('short'), '--expires', '1s')).stdout.trim()
  expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('1')
})
