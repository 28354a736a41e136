import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'

let r2: RawR2
beforeAll(async () => {
  r2 = await openRawR2()
  await r2.send('PUT', '/bucket')
})
afterAll(() => r2[Symbol.asyncDispose]())

const objects = (keys: readonly string[]) => keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')
const remove = (content: string, headers: Record<string, string> = {}, path = '/bucket') =>
  r2.send('POST', path, {
    query: 'delete=',
    body: `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</Delete>`,
    headers,
  })

test.each(['', '<Quiet>true</Quiet>', '<Quiet>false</Quiet>'])(
  'DeleteObjects reports all keys as deleted, including missing ones, with "%s"',
  async (quiet) => {
    await r2.send('PUT', '/bucket/there', { body: 'x' })
    const reply = await remove(objects(['there', 'missing', ' padded ', 'a&amp;b']) + quiet)
    expect([reply.status, elementsOf(reply.text, 'Key')]).toEqual([200, ['there', 'missing', ' padded ', 'a&amp;b']])
    expect((await r2.send('HEAD', '/bucket/there')).status).toBe(404)
  },
)

test('DeleteObjects does not trim keys', async () => {
  await r2.send('PUT', '/bucket/%20key', { body: 'x' })
  await remove(objects(['key']))
  expect((await r2.send('HEAD', '/bucket/%20key')).status).toBe(200)
  await remove(objects([' key']))
  expect((await r2.send('HEAD', '/bucket/%20key')).status).toBe(404)
})

test.each([
  ['no object', ''],
  ['an object without a key', '<Object><VersionId>1</VersionId></Object>'],
  ['1,001 objects', objects(Array.from({ length: 1001 }, (_, index) => `k${index}`))],
  ['an invalid Quiet', `${objects(['a'])}<Quiet>yes</Quiet>`],
])('DeleteObjects with %s is MalformedXML', async (_what, content) => {
  const reply = await remove(content)
  expect([reply.status, reply.code]).toEqual([400, 'MalformedXML'])
})

test('DeleteObjects accepts 1,000 objects', async () => {
  const reply = await remove(objects(Array.from({ length: 1000 }, (_, index) => `k${index}`)))
  expect(elementsOf(reply.text, 'Key')).toHaveLength(1000)
})

test('DeleteObjects deletes nothing if the Content-MD5 does not match', async () => {
  await r2.send('PUT', '/bucket/kept', { body: 'x' })
  const wrong = createHash('md5').digest('base64')
  expect((await remove(objects(['kept']), { 'content-md5': wrong })).code).toBe('BadDigest')
  expect((await remove(objects(['kept']), { 'x-amz-checksum-crc32': 'AAAAAA==' })).code).toBe('BadDigest')
  expect((await r2.send('HEAD', '/bucket/kept')).status).toBe(200)
})

test('DeleteObjects in a missing bucket is NoSuchBucket', async () => {
  expect((await remove(objects(['a']), {}, '/missing')).code).toBe('NoSuchBucket')
})

test('DeleteObject returns 204 whether or not the object exists, and ignores sub-resources', async () => {
  await r2.send('PUT', '/bucket/tagged', { body: 'x' })
  expect((await r2.send('DELETE', '/bucket/tagged', { query: 'tagging=' })).status).toBe(204)
  expect((await r2.send('HEAD', '/bucket/tagged')).status).toBe(404)
  expect((await r2.send('DELETE', '/bucket/tagged')).status).toBe(204)
  expect((await r2.send('DELETE', '/missing/key')).code).toBe('NoSuchBucket')
})
