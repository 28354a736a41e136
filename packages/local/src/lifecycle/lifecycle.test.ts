import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { VirtualClock } from '#test/support/virtual-clock.js'

const dayMs = 86_400_000
let clock: VirtualClock
let r2: RawR2

beforeEach(async () => {
  clock = new VirtualClock(Date.UTC(2026, 0, 1, 12))
  r2 = await openRawR2({ clock })
  await r2.send('PUT', '/bucket')
})
afterEach(() => r2[Symbol.asyncDispose]())

const rule = (content: string, { id = 'rule', prefix = '', status = 'Enabled' } = {}) =>
  `<Rule><ID>${id}</ID><Status>${status}</Status><Filter><Prefix>${prefix}</Prefix></Filter>${content}</Rule>`
const put = (...rules: string[]) =>
  r2.send('PUT', '/bucket', {
    query: 'lifecycle=',
    body: `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`,
  })
const keys = async () => elementsOf((await r2.send('GET', '/bucket', { query: 'list-type=2' })).text, 'Key')
const expireAfter = (days: number) => `<Expiration><Days>${days}</Days></Expiration>`

test("objects expire at the first midnight after their days, by the server's clock", async () => {
  await put(rule(expireAfter(2), { prefix: 'logs/' }))
  await r2.send('PUT', '/bucket/logs/a', { body: 'x' })
  await r2.send('PUT', '/bucket/kept', { body: 'x' })
  await clock.advance(2 * dayMs)
  expect((await r2.send('GET', '/bucket/logs/a')).status).toBe(200)
  await clock.advance(dayMs / 2)
  expect((await r2.send('GET', '/bucket/logs/a')).code).toBe('NoSuchKey')
  expect(await keys()).toEqual(['kept'])
})

test('lists do not contain expired objects that were not requested since', async () => {
  await put(rule(expireAfter(1)))
  for (const key of ['a', 'b', 'c']) await r2.send('PUT', `/bucket/${key}`, { body: 'x' })
  await clock.advance(2 * dayMs)
  expect(await keys()).toEqual([])
})

test('overwriting an object restarts its lifetime', async () => {
  await put(rule(expireAfter(1)))
  await r2.send('PUT', '/bucket/key', { body: 'x' })
  await clock.advance(dayMs)
  await r2.send('PUT', '/bucket/key', { body: 'y' })
  await clock.advance(dayMs / 2)
  expect((await r2.send('GET', '/bucket/key')).text).toBe('y')
})

test('responses have the expiry date and the ID of the rule that expires the object first', async () => {
  await put(rule(expireAfter(9), { id: 'late' }), rule(expireAfter(3), { id: 'soon', prefix: 'a' }))
  const reply = await r2.send('PUT', '/bucket/ab', { body: 'x' })
  const expected = 'expiry-date="Mon, 05 Jan 2026 00:00:00 GMT", rule-id="soon"'
  expect(reply.headers['x-amz-expiration']).toBe(expected)
  expect((await r2.send('HEAD', '/bucket/ab')).headers['x-amz-expiration']).toBe(expected)
  expect((await r2.send('PUT', '/bucket/b', { body: 'x' })).headers['x-amz-expiration']).toContain('rule-id="late"')
})

test('an expiration date applies to every object that exists at that date', async () => {
  await r2.send('PUT', '/bucket/key', { body: 'x' })
  await put(rule('<Expiration><Date>2026-01-03T00:00:00Z</Date></Expiration>'))
  await clock.advance(dayMs)
  expect(await keys()).toEqual(['key'])
  await clock.advance(dayMs / 2)
  expect(await keys()).toEqual([])
})

test('a new rule expires objects that are already old enough', async () => {
  await r2.send('PUT', '/bucket/key', { body: 'x' })
  await clock.advance(5 * dayMs)
  expect(await keys()).toEqual(['key'])
  await put(rule(expireAfter(2)))
  expect(await keys()).toEqual([])
})

describe('GetBucketLifecycleConfiguration returns a rule in the form of the request:', () => {
  const actions =
    '<Status>Enabled</Status><Expiration><Days>3</Days></Expiration>' +
    '<Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition>' +
    '<Transition><Date>2030-01-01T00:00:00.000Z</Date><StorageClass>STANDARD_IA</StorageClass></Transition>' +
    '<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload>'
  test.each([
    ['a prefix directly in the rule', '<Prefix>a&amp;b/</Prefix>'],
    ['an empty prefix directly in the rule', '<Prefix></Prefix>'],
    ['a filter with a prefix', '<Filter><Prefix>a&amp;b/</Prefix></Filter>'],
    ['a filter with And', '<Filter><And><Prefix>a&amp;b/</Prefix></And></Filter>'],
    ['an empty filter', '<Filter></Filter>'],
    ['neither prefix nor filter', ''],
  ])('%s', async (_form, prefix) => {
    const whole = `<Rule><ID>r</ID>${prefix}${actions}</Rule>`
    expect((await put(whole)).status).toBe(200)
    const { text } = await r2.send('GET', '/bucket', { query: 'lifecycle=' })
    expect(text).toContain(`<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${whole}</Life`)
    await r2.send('PUT', '/bucket/a%26b/key', { body: 'x' })
    await clock.advance(4 * dayMs)
    expect(await keys()).toEqual([])
  })

  test('GetBucketLifecycleConfiguration returns several rules in order, each in the form of the request', async () => {
    const rules = [
      `<Rule><ID>b</ID><Prefix>b/</Prefix>${actions}</Rule>`,
      `<Rule><ID>a</ID><Filter><Prefix>a/</Prefix></Filter>${actions}</Rule>`,
    ]
    await put(...rules)
    expect((await r2.send('GET', '/bucket', { query: 'lifecycle=' })).text).toContain(rules.join(''))
  })
})

test.each([
  ['a prefix and a filter', '<Prefix>a</Prefix><Filter><Prefix>a</Prefix></Filter>', 400, 'MalformedXML'],
  ['a filter by tag', '<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>', 501, 'NotImplemented'],
  [
    'a filter by prefix and size',
    '<Filter><And><Prefix>a</Prefix><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></And></Filter>',
    501,
    'NotImplemented',
  ],
])('rejects a lifecycle rule with %s', async (_what, filter, status, code) => {
  const reply = await put(`<Rule><ID>r</ID><Status>Enabled</Status>${filter}${expireAfter(1)}</Rule>`)
  expect([reply.status, reply.code]).toEqual([status, code])
})

test('a lifecycle rule with more than ten transitions is MalformedXML', async () => {
  const transition = '<Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition>'
  expect((await put(rule(transition.repeat(10)))).status).toBe(200)
  expect((await put(rule(transition.repeat(11)))).code).toBe('MalformedXML')
})

test('a disabled lifecycle rule has no effect', async () => {
  await put(rule(expireAfter(1), { status: 'Disabled' }))
  await r2.send('PUT', '/bucket/key', { body: 'x' })
  await clock.advance(9 * dayMs)
  expect(await keys()).toEqual(['key'])
})

test('objects that move to infrequent access keep their bytes, date and ETag', async () => {
  await put(rule('<Transition><Days>1</Days><StorageClass>STANDARD_IA</StorageClass></Transition>'))
  const body = Buffer.alloc(200_000, 5)
  await r2.send('PUT', '/bucket/large', { body })
  await r2.send('PUT', '/bucket/small', { body: 'x' })
  const before = (await r2.send('HEAD', '/bucket/large')).headers
  await clock.advance(2 * dayMs)
  const after = await r2.send('GET', '/bucket/large')
  expect([after.headers['x-amz-storage-class'], after.headers['last-modified'], after.headers.etag]).toEqual([
    'STANDARD_IA',
    before['last-modified'],
    before.etag,
  ])
  expect(after.body.equals(body)).toBe(true)
  expect((await r2.send('GET', '/bucket/small')).text).toBe('x')
})

describe('unfinished uploads', () => {
  const createUpload = async (key: string) =>
    elementsOf((await r2.send('POST', `/bucket/${key}`, { query: 'uploads=' })).text, 'UploadId')[0] ?? ''
  const part = (key: string, uploadId: string) =>
    r2.send('PUT', `/bucket/${key}`, { query: `partNumber=1&uploadId=${encodeURIComponent(uploadId)}`, body: 'x' })

  test('are aborted after seven days in a new bucket', async () => {
    const { text } = await r2.send('GET', '/bucket', { query: 'lifecycle=' })
    expect(elementsOf(text, 'DaysAfterInitiation')).toEqual(['7'])
    const uploadId = await createUpload('key')
    await clock.advance(7 * dayMs)
    expect((await part('key', uploadId)).status).toBe(200)
    await clock.advance(dayMs / 2)
    expect((await part('key', uploadId)).code).toBe('NoSuchUpload')
  })

  test('are kept in a bucket without lifecycle rules', async () => {
    await r2.send('DELETE', '/bucket', { query: 'lifecycle=' })
    expect((await r2.send('GET', '/bucket', { query: 'lifecycle=' })).code).toBe('NoSuchLifecycleConfiguration')
    const uploadId = await createUpload('key')
    await clock.advance(99 * dayMs)
    expect((await part('key', uploadId)).status).toBe(200)
  })

  test('are aborted by the matching rule with the fewest days', async () => {
    const abort = (days: number) =>
      `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`
    await put(rule(abort(5), { id: 'a' }), rule(abort(1), { id: 'b', prefix: 'short' }))
    const [short, long] = [await createUpload('short'), await createUpload('long')]
    await clock.advance(2 * dayMs)
    expect((await part('short', short)).code).toBe('NoSuchUpload')
    expect((await part('long', long)).status).toBe(200)
  })
})

test.each([
  ['no rule', [], 'MalformedXML'],
  [
    'a rule without a status',
    ['<Rule><Filter><Prefix/></Filter><Expiration><Days>1</Days></Expiration></Rule>'],
    'MalformedXML',
  ],
  ['a rule without an action', [rule('')], 'InvalidRequest'],
  ['zero days', [rule(expireAfter(0))], 'InvalidArgument'],
  [
    'days and a date',
    [rule('<Expiration><Days>1</Days><Date>2026-01-03T00:00:00Z</Date></Expiration>')],
    'MalformedXML',
  ],
  [
    'a date that is not midnight',
    [rule('<Expiration><Date>2026-01-03T01:00:00Z</Date></Expiration>')],
    'InvalidArgument',
  ],
  [
    'another storage class',
    [rule('<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>')],
    'InvalidStorageClass',
  ],
  ['a duplicate ID', [rule(expireAfter(1)), rule(expireAfter(2))], 'InvalidArgument'],
])('rejects a lifecycle configuration with %s', async (_what, rules, code) => {
  const reply = await put(...rules)
  expect([reply.status, reply.code]).toEqual([400, code])
})
