import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

const clock = new VirtualClock()
let r2: RawR2

beforeAll(async () => {
  r2 = await openRawR2({ clock })
  await r2.send('PUT', '/bucket')
})
afterAll(() => r2[Symbol.asyncDispose]())

const etag = '"1cb251ec0d568de6a929b520c4aed8d1"'
beforeEach(async () => {
  const headers = {
    'content-type': 'text/plain',
    'cache-control': 'no-store',
    'x-amz-meta-a': '1',
    'x-amz-meta-b': '2',
  }
  await r2.send('PUT', '/bucket/source', { body: 'text', headers })
  await r2.send('PUT', '/bucket/target', { body: 'old' })
})

const copy = (headers: Record<string, string> = {}, target = 'target') =>
  r2.send('PUT', `/bucket/${target}`, { headers: { 'x-amz-copy-source': '/bucket/source', ...headers } })

test('CopyObject copies bytes, ETag, content headers and metadata', async () => {
  const reply = await copy()
  expect(elementsOf(reply.text, 'ETag')).toEqual(['&quot;1cb251ec0d568de6a929b520c4aed8d1&quot;'])
  expect(reply.text).toMatch(/<CopyObjectResult xmlns=/)
  const target = await r2.send('GET', '/bucket/target')
  expect([target.text, target.headers['content-type'], target.headers['x-amz-meta-a']]).toEqual([
    'text',
    'text/plain',
    '1',
  ])
})

test('a copy remains when its source is deleted', async () => {
  await r2.send('PUT', '/bucket/large', { body: Buffer.alloc(500_000, 7) })
  await copy({ 'x-amz-copy-source': 'bucket/large' }, 'kept')
  await r2.send('DELETE', '/bucket/large')
  expect((await r2.send('GET', '/bucket/kept')).body.equals(Buffer.alloc(500_000, 7))).toBe(true)
})

describe('CopyObject with the metadata directive', () => {
  const headers = { 'content-type': 'text/html', 'x-amz-meta-b': 'new', 'x-amz-meta-c': '3' }
  test.each<[string, Record<string, string | undefined>]>([
    [
      'COPY',
      {
        'content-type': 'text/plain',
        'cache-control': 'no-store',
        'x-amz-meta-a': '1',
        'x-amz-meta-b': '2',
        'x-amz-meta-c': undefined,
      },
    ],
    [
      'REPLACE',
      {
        'content-type': 'text/html',
        'cache-control': undefined,
        'x-amz-meta-a': undefined,
        'x-amz-meta-b': 'new',
        'x-amz-meta-c': '3',
      },
    ],
    [
      'MERGE',
      {
        'content-type': 'text/html',
        'cache-control': 'no-store',
        'x-amz-meta-a': '1',
        'x-amz-meta-b': 'new',
        'x-amz-meta-c': '3',
      },
    ],
  ])('%s sets content headers and metadata', async (directive, expected) => {
    await copy({ 'x-amz-metadata-directive': directive, ...headers })
    const found = (await r2.send('HEAD', '/bucket/target')).headers
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, found[name]]))).toEqual(expected)
  })

  test('of an unknown value is rejected', async () => {
    const reply = await copy({ 'x-amz-metadata-directive': 'SWAP' })
    expect([reply.status, reply.code, reply.message]).toEqual([400, 'InvalidArgument', 'metadata directive SWAP.'])
  })
})

test('CopyObject can copy an object onto itself with another storage class', async () => {
  expect((await copy({ 'x-amz-storage-class': 'STANDARD_IA' }, 'source')).status).toBe(200)
  expect((await r2.send('HEAD', '/bucket/source')).headers['x-amz-storage-class']).toBe('STANDARD_IA')
})

describe('the copy source', () => {
  test.each([
    ['bucket/source', 200, undefined, undefined],
    ['/bucket/s%6furce', 200, undefined, undefined],
    ['source', 400, 'InvalidArgument', 'copy source bucket name'],
    ['/bucket/', 400, 'InvalidArgument', 'copy source bucket name'],
    ['/bucket/none', 404, 'NoSuchKey', 'The specified key does not exist.'],
    ['/none/source', 404, 'NoSuchBucket', 'The specified bucket does not exist.'],
    ['/bucket/%6', 400, 'InvalidURI', "Couldn't parse the specified URI."],
  ])('%s: %i', async (source, status, code, message) => {
    const reply = await copy({ 'x-amz-copy-source': source })
    expect([reply.status, reply.code, reply.message]).toEqual([status, code, message])
  })

  test('is percent-decoded once', async () => {
    await r2.send('PUT', '/bucket/100%2525', { body: 'percent' })
    await copy({ 'x-amz-copy-source': '/bucket/100%2525' })
    expect((await r2.send('GET', '/bucket/target')).text).toBe('percent')
  })
})

describe('CopyObject with conditions', () => {
  test.each<[Record<string, string>, number]>([
    [{ 'x-amz-copy-source-if-match': etag }, 200],
    [{ 'x-amz-copy-source-if-match': '"a"' }, 412],
    [{ 'x-amz-copy-source-if-none-match': etag }, 412],
    [{ 'x-amz-copy-source-if-modified-since': new Date(clock.now()).toUTCString() }, 412],
    [{ 'x-amz-copy-source-if-unmodified-since': new Date(clock.now() - 1000).toUTCString() }, 412],
    [{ 'cf-copy-destination-if-none-match': '*' }, 412],
    [{ 'cf-copy-destination-if-match': '"a"' }, 412],
    [{ 'cf-copy-destination-if-match': '*' }, 200],
    [{ 'cf-copy-destination-if-unmodified-since': new Date(clock.now() - 1000).toUTCString() }, 412],
  ])('%j: %i', async (headers, status) => {
    expect((await copy(headers)).status).toBe(status)
    expect((await r2.send('GET', '/bucket/target')).text).toBe(status === 200 ? 'text' : 'old')
  })

  test('copies to a missing target with cf-copy-destination-if-none-match: *', async () => {
    await r2.send('DELETE', '/bucket/target')
    expect((await copy({ 'cf-copy-destination-if-none-match': '*' })).status).toBe(200)
  })
})

test('reads and copies of an object that is being replaced return one complete version', async () => {
  const version = (fill: number) => Buffer.alloc(200_000, fill)
  await r2.send('PUT', '/bucket/moving', { body: version(1) })
  const work: Promise<unknown>[] = []
  for (let fill = 2; fill < 30; fill++) {
    work.push(r2.send('PUT', '/bucket/moving', { body: version(fill) }))
    work.push(
      r2.send('GET', '/bucket/moving').then((reply) => {
        expect(reply.status).toBe(200)
        expect(reply.body.equals(version(reply.body[0] ?? 0))).toBe(true)
      }),
    )
    work.push(
      copy({ 'x-amz-copy-source': '/bucket/moving' }, `moved-${fill}`).then((reply) => expect(reply.status).toBe(200)),
    )
  }
  await Promise.all(work)
  expect(r2.internalErrors).toEqual([])
})
