import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'

let r2: RawR2
beforeAll(async () => {
  r2 = await openRawR2()
})
afterAll(() => r2[Symbol.asyncDispose]())

const hint = (location: string) =>
  `<CreateBucketConfiguration><LocationConstraint>${location}</LocationConstraint></CreateBucketConfiguration>`

describe('CreateBucket', () => {
  test('returns the location of the bucket, and rejects an existing name', async () => {
    const created = await r2.send('PUT', '/created')
    expect([created.status, created.headers.location]).toEqual([200, '/created'])
    const again = await r2.send('PUT', '/created')
    expect([again.status, again.code]).toEqual([409, 'BucketAlreadyOwnedByYou'])
    expect((await r2.send('HEAD', '/created')).headers['x-amz-bucket-region']).toBe('auto')
  })

  test.each([
    ['WNAM', 'WNAM'],
    ['weur', 'WEUR'],
    ['auto', 'auto'],
    ['us-east-1', 'auto'],
    ['', 'auto'],
  ])('with the location hint "%s" creates a bucket with location %s', async (location, shown) => {
    const bucket = `hint-${location === '' ? 'empty' : location.toLowerCase()}`
    await r2.send('PUT', `/${bucket}`, { body: hint(location) })
    expect(
      elementsOf(
        (await r2.send('GET', `/${bucket}`, { query: 'location=' })).text.replace(/ xmlns="[^"]*"/, ''),
        'LocationConstraint',
      ),
    ).toEqual([shown])
  })

  test('rejects unknown location hints, other documents and object lock', async () => {
    expect((await r2.send('PUT', '/rejected', { body: hint('mars') })).code).toBe('InvalidLocationConstraint')
    expect((await r2.send('PUT', '/rejected', { body: '<Other/>' })).code).toBe('MalformedXML')
    const lock = (value: string) =>
      r2.send('PUT', '/rejected', { headers: { 'x-amz-bucket-object-lock-enabled': value } })
    expect((await lock('true')).message).toBe(
      "Header 'x-amz-bucket-object-lock-enabled' with value 'true' not implemented",
    )
    expect((await lock('false')).status).toBe(200)
  })

  test.each(['ab', 'Upper', 'under_score', '-start', 'end-', 'dot.ted', 'a'.repeat(64)])(
    'rejects the bucket name "%s"',
    async (name) => {
      const reply = await r2.send('PUT', `/${name}`)
      expect([reply.status, reply.code]).toEqual([400, 'InvalidBucketName'])
    },
  )
})

test('DeleteBucket rejects a bucket that is not empty', async () => {
  await r2.send('PUT', '/full')
  await r2.send('PUT', '/full/key', { body: 'x' })
  expect((await r2.send('DELETE', '/full')).code).toBe('BucketNotEmpty')
  await r2.send('DELETE', '/full/key')
  expect((await r2.send('DELETE', '/full')).status).toBe(204)
  expect((await r2.send('DELETE', '/full')).code).toBe('NoSuchBucket')
})

describe('ListBuckets', () => {
  let account: RawR2
  beforeAll(async () => {
    account = await openRawR2()
    for (const name of ['aaa', 'bbb-1', 'bbb-2', 'ccc']) await account.send('PUT', `/${name}`)
  })
  afterAll(() => account[Symbol.asyncDispose]())

  test('accepts prefix, start and size in the query or in headers, which take precedence', async () => {
    const names = async (query: string, headers: Record<string, string> = {}) =>
      elementsOf((await account.send('GET', '/', { query, headers })).text, 'Name')
    expect(await names('')).toEqual(['aaa', 'bbb-1', 'bbb-2', 'ccc'])
    expect(await names('prefix=bbb')).toEqual(['bbb-1', 'bbb-2'])
    expect(await names('prefix=bbb', { 'cf-prefix': 'c' })).toEqual(['ccc'])
    expect(await names('start-after=bbb-1')).toEqual(['bbb-2', 'ccc'])
    expect(await names('max-keys=0')).toEqual([])
  })

  test('returns the continuation token of a page in the document and in a header', async () => {
    const page = await account.send('GET', '/', { headers: { 'cf-max-keys': '3' } })
    expect([
      elementsOf(page.text, 'IsTruncated'),
      elementsOf(page.text, 'KeyCount'),
      page.headers['cf-is-truncated'],
    ]).toEqual([['true'], ['3'], 'true'])
    const token = page.headers['cf-next-continuation-token'] ?? ''
    expect(elementsOf(page.text, 'NextContinuationToken')).toEqual([token])
    const rest = await account.send('GET', '/', { headers: { 'cf-continuation-token': token } })
    expect([elementsOf(rest.text, 'Name'), rest.headers['cf-is-truncated']]).toEqual([['ccc'], 'false'])
  })

  test.each([
    ['in the query', { query: 'continuation-token=&start-after=&prefix=' }],
    ['in headers', { headers: { 'cf-continuation-token': '', 'cf-start-after': '', 'cf-prefix': '' } }],
  ])('ignores empty prefixes, markers and tokens, %s', async (_how, options) => {
    const { status, text } = await account.send('GET', '/', options)
    expect([status, elementsOf(text, 'Name')]).toEqual([200, elementsOf((await account.send('GET', '/')).text, 'Name')])
  })

  test('returns the account ID as the owner', async () => {
    const { text } = await account.send('GET', '/')
    expect(elementsOf(text, 'ID')[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(elementsOf(text, 'DisplayName')).toEqual(elementsOf(text, 'ID'))
  })
})

describe('a bucket configuration that R2 does not have is the same for every bucket:', () => {
  beforeAll(async () => {
    await r2.send('PUT', '/static')
  })
  test.each([
    ['versioning', 200, '<VersioningConfiguration'],
    ['tagging', 404, '<Code>NoSuchTagSet</Code>'],
    ['object-lock', 404, '<Code>ObjectLockConfigurationNotFoundError</Code>'],
    ['replication', 404, '<Code>ReplicationConfigurationNotFoundError</Code>'],
    ['acl', 200, '<Permission>FULL_CONTROL</Permission>'],
    [
      'encryption',
      200,
      '<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>',
    ],
  ])('?%s: %i', async (query, status, part) => {
    const reply = await r2.send('GET', '/static', { query: `${query}=` })
    expect(reply.status).toBe(status)
    expect(reply.text).toContain(part)
    expect((await r2.send('GET', '/nowhere', { query: `${query}=` })).code).toBe('NoSuchBucket')
  })
})

test('PutBucketEncryption accepts AES256 only', async () => {
  await r2.send('PUT', '/encrypted')
  const put = (algorithm: string) =>
    r2.send('PUT', '/encrypted', {
      query: 'encryption=',
      body: `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`,
    })
  expect((await put('AES256')).status).toBe(200)
  expect((await put('aws:kms')).status).toBe(501)
  expect((await r2.send('GET', '/encrypted', { query: 'encryption=' })).text).toContain(
    '<BucketKeyEnabled>false</BucketKeyEnabled>',
  )
  expect((await r2.send('DELETE', '/encrypted', { query: 'encryption=' })).status).toBe(204)
  expect((await r2.send('GET', '/encrypted', { query: 'encryption=' })).text).toContain(
    '<BucketKeyEnabled>true</BucketKeyEnabled>',
  )
})

test('a POST to a bucket that is not an operation returns 200 if it is signed, and is rejected as a browser form if not', async () => {
  await r2.send('PUT', '/posted')
  const signed = await r2.send('POST', '/posted', { body: 'x' })
  expect([signed.status, signed.text]).toEqual([200, ''])
  const form = await r2.send('POST', '/posted', { body: 'x', unsigned: true })
  expect([form.status, form.message]).toEqual([501, 'Presigned post requests are not yet implemented not implemented'])
})
