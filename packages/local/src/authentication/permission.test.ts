/** Key pairs with the permissions of R2's API tokens, over the wire. */
import { type LocalKeyPair, startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'

const pair = (name: string, permissions: Partial<LocalKeyPair> = {}): LocalKeyPair => ({
  accessKeyId: name.padEnd(32, '0'),
  secretAccessKey: `secret-of-${name}`,
  ...permissions,
})
const admin = pair('admin')
const reader = pair('reader', { permission: 'read' })
const writer = pair('writer', { permission: 'write' })
const scopedReader = pair('scoped-reader', { permission: 'read', buckets: ['photos'] })
const scopedWriter = pair('scoped-writer', { buckets: ['photos'] })
const pairs = { admin, reader, writer, scopedReader, scopedWriter }

let r2: RawR2

beforeAll(async () => {
  r2 = await openRawR2({ credentials: Object.values(pairs) })
  for (const bucket of ['/photos', '/films']) {
    await r2.send('PUT', bucket)
    await r2.send('PUT', `${bucket}/key`, { body: 'content' })
  }
})
afterAll(() => r2[Symbol.asyncDispose]())

interface Attempt {
  readonly method: string
  readonly path: string
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}
const get = (path: string, query = ''): Attempt => ({ method: 'GET', path, query })
const put = (path: string, headers: Record<string, string> = {}): Attempt => ({
  method: 'PUT',
  path,
  headers,
  body: 'x',
})

const all = Object.keys(pairs) as (keyof typeof pairs)[]
const writers = ['admin', 'writer', 'scopedWriter'] as const

const rows: readonly (readonly [what: string, Attempt, permitted: readonly (keyof typeof pairs)[]])[] = [
  ['GetObject', get('/photos/key'), all],
  ['HeadObject', { method: 'HEAD', path: '/photos/key' }, all],
  ['ListObjectsV2', get('/photos', 'list-type=2'), all],
  ['ListMultipartUploads', get('/photos', 'uploads='), all],
  ['GetBucketLocation', get('/photos', 'location='), all],
  ['GetObject of another bucket', get('/films/key'), ['admin', 'reader', 'writer']],
  ['ListObjectsV2 of another bucket', get('/films', 'list-type=2'), ['admin', 'reader', 'writer']],
  ['PutObject', put('/photos/new'), writers],
  ['PutObject in another bucket', put('/films/new'), ['admin', 'writer']],
  ['DeleteObject', { method: 'DELETE', path: '/photos/none' }, writers],
  ['CreateMultipartUpload', { method: 'POST', path: '/photos/parts', query: 'uploads=' }, writers],
  ['CopyObject', { ...put('/photos/copy', { 'x-amz-copy-source': '/photos/key' }), body: '' }, writers],
  [
    'CopyObject from another bucket',
    { ...put('/photos/copy', { 'x-amz-copy-source': '/films/key' }), body: '' },
    ['admin', 'writer'],
  ],
  ['ListBuckets', get('/'), ['admin']],
  ['HeadBucket', { method: 'HEAD', path: '/photos' }, ['admin']],
  ['CreateBucket', { method: 'PUT', path: '/created' }, ['admin']],
  ['GetBucketCors', get('/photos', 'cors='), ['admin']],
  ['GetBucketLifecycleConfiguration', get('/photos', 'lifecycle='), ['admin']],
]

describe.each(rows)('%s', (_what, { method, path, ...request }, permitted) => {
  test.each(all)(`is permitted or denied to the pair %s as on R2`, async (name) => {
    const response = await r2.send(method, path, { ...request, credentials: pairs[name] })
    const isDenied = response.status === 403
    expect(isDenied).toBe(!permitted.includes(name))
    if (isDenied && method !== 'HEAD')
      expect(response).toMatchObject({ code: 'AccessDenied', message: 'Access Denied' })
  })
})

test('a scoped pair is denied a bucket that does not exist, and an unscoped one gets NoSuchBucket', async () => {
  expect((await r2.send('GET', '/missing/key', { credentials: scopedReader })).code).toBe('AccessDenied')
  expect((await r2.send('GET', '/missing/key', { credentials: reader })).code).toBe('NoSuchBucket')
})

test('each pair has a secret and a session token of its own', async () => {
  const swapped = { ...reader, secretAccessKey: writer.secretAccessKey }
  expect((await r2.send('GET', '/photos/key', { credentials: swapped })).code).toBe('SignatureDoesNotMatch')
  expect((await r2.send('GET', '/photos/key', { credentials: pair('unknown') })).status).toBe(401)
})

test('LocalR2.credentials is the first pair, as a client takes it', async () => {
  await using local = await startLocalR2({ credentials: [reader, admin] })
  expect(local.credentials).toEqual({ accessKeyId: reader.accessKeyId, secretAccessKey: reader.secretAccessKey })
  await using client = new R2Client(local)
  await expect(client.buckets.list()).rejects.toMatchObject({ code: 'AccessDenied', status: 403 })
})

test.each<[unknown, field: string]>([
  [[], 'credentials'],
  [[{ ...reader, permission: 'rad' }], 'credentials[0].permission'],
  [[admin, { ...reader, buckets: [] }], 'credentials[1].buckets'],
  [[{ ...reader, buckets: ['Photos'] }], 'credentials[0].buckets[0]'],
  [[admin, admin], 'credentials[1].accessKeyId'],
  [reader, 'credentials.permission'],
])('invalid key pairs are rejected with the field: %j', async (credentials, field) => {
  await expect(startLocalR2({ credentials: credentials as LocalKeyPair[] })).rejects.toMatchObject({
    code: 'InvalidConfig',
    field,
  })
})
