/** Calls copy their arguments, because callers reuse objects in loops and do not always await: later changes have no effect. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CopyObjectInput, R2Error } from 'r2kit'
import { expect, onTestFinished, test } from 'vitest'
import { type FakeTransport, fakeClient, objectHeaders, type SentRequest } from '../support/fake-transport.js'
import { locationsOf, sampleOf } from '../support/inputs/argument-locations.js'
import { type Case, cases } from '../support/inputs/method-cases.js'
import { errorOf } from '../support/results.js'

/** The parts of a request that do not differ between clients. */
const comparable = ({ method, origin, path, query, headers, bodyBytes }: SentRequest) => ({
  request: `${method} ${origin}${path}?${query}`,
  headers: { ...headers },
  body: bodyBytes.toString('latin1'),
})

const denyAccess = () => new R2Error('AccessDenied', 'the test denies access')

/** Changes everything that can be changed in place, except the bytes of a body, which calls do not copy. */
const scramble = (value: unknown, depth = 0): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  if (value instanceof Date) value.setTime(value.getTime() + 1_000_000)
  else if (value instanceof Set) value.clear()
  else if (value instanceof Uint8Array) {
    if (depth > 1) value.fill(255)
  } else if (Array.isArray(value)) {
    for (const one of value) scramble(one, depth + 1)
    value.splice(0, value.length, 'scrambled')
  } else if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
    for (const [name, one] of Object.entries(value)) {
      scramble(one, depth + 1)
      Reflect.set(value, name, 'scrambled')
    }
    Reflect.set(value, 'added', 'scrambled')
  }
}

/** The requests and the outcome of a call whose arguments `afterwards` changes as soon as the method has returned. */
const traceOf = async (entry: Case, values: readonly unknown[], afterwards: (value: unknown) => void) => {
  const { r2, transport } = fakeClient(denyAccess, { presign: { allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'] } })
  const returned: unknown = Reflect.apply(entry.method(r2), undefined, values)
  for (const value of values) afterwards(value)
  const isList = typeof returned === 'object' && returned !== null && 'pages' in returned
  const result = isList && typeof returned.pages === 'function' ? returned.pages().next() : returned
  const outcome = await Promise.resolve(result).then(
    (result: unknown) => ({ result: JSON.stringify(result) }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  )
  return { outcome, sent: transport.sent.map(comparable) }
}

test('the first call of a lazily loaded API copies its input before loading', async () => {
  const { r2, transport } = fakeClient(denyAccess)
  const source = { bucket: 'photos', key: 'from' }
  const input: CopyObjectInput = { bucket: 'photos', key: 'to', source }
  const copied = errorOf(r2.objects.copy(input))
  Object.assign(source, { key: 'elsewhere' })
  Object.assign(input, { key: 'elsewhere', metadataDirective: 'nonsense' })
  await copied
  expect(transport.sent.map(({ path, headers }) => [path, headers['x-amz-copy-source']])).toEqual([
    ['/photos/to', '/photos/from'],
  ])
})

test.each(cases.map((entry) => [entry.name, entry] as const))(
  '%s ignores changes to its arguments after the call',
  async (_, entry) => {
    for (const location of locationsOf(entry)) {
      const valid = () => (location.kind.is === 'scalar' ? location.kind.good[0]?.() : sampleOf(location.kind))
      const control = await traceOf(entry, location.withValue(valid()), () => undefined)
      const trace = await traceOf(entry, location.withValue(valid()), scramble)
      expect(trace, `${entry.name}: ${location.name}`).toEqual(control)
    }
  },
)

const bucket = 'photos'

const fileOf = async (content: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-inputs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'file')
  await writeFile(path, content)
  return path
}

const bodiesOf = ({ sent }: FakeTransport): string[] => sent.map(({ bodyBytes }) => bodyBytes.toString())

test('put sends the file, the metadata and the customer key as they were at the call', async () => {
  const { r2, transport } = fakeClient(denyAccess)
  const body = { path: await fileOf('content') }
  const key = new Uint8Array(32)
  const input = { bucket, key: 'k', body, metadata: { owner: 'Ana' }, ssec: { key } }
  const put = errorOf(r2.objects.put(input))
  body.path = '/nowhere'
  key.fill(255)
  input.metadata.owner = 'Eve'
  await put
  const [request] = transport.sent
  expect(request?.bodyBytes.toString()).toBe('content')
  expect(request?.headers).toMatchObject({
    'x-amz-meta-owner': 'Ana',
    'x-amz-server-side-encryption-customer-key': Buffer.alloc(32).toString('base64'),
  })
})

test('an upload reads the file whose path was passed, even if the source object changes later', async () => {
  const { r2, transport } = fakeClient(denyAccess)
  const source = { path: await fileOf('content') }
  const uploaded = errorOf(Promise.resolve(r2.transfers.upload(source, { bucket, key: 'k' })))
  source.path = '/nowhere'
  await uploaded
  expect(bodiesOf(transport)).toEqual(['content'])
})

test('a download writes to the path that was passed, even if the target object changes later', async () => {
  const { r2 } = fakeClient(() => ({ headers: objectHeaders(3), body: 'abc' }))
  const target = { path: '/nowhere/first' }
  const download = errorOf(Promise.resolve(r2.transfers.download({ bucket, key: 'k' }, target)))
  target.path = '/nowhere/second'
  expect((await download).message).toContain('/nowhere/first')
})

test.each<[string, (keys: string[]) => string[] | Set<string>, (keys: string[] | Set<string>) => void]>([
  ['an array', (keys) => keys, (keys) => Array.isArray(keys) && keys.splice(0)],
  ['a Set', (keys) => new Set(keys), (keys) => keys instanceof Set && keys.clear()],
])('deleteObjects deletes all keys of %s that is emptied between requests', async (_, make, empty) => {
  const { r2, transport } = fakeClient(({ bodyBytes }) => {
    empty(keys)
    const deleted = bodyBytes.toString().matchAll(/<Key>(.*?)<\/Key>/g)
    return {
      body: `<DeleteResult>${[...deleted].map(([key]) => `<Deleted>${key}</Deleted>`).join('')}</DeleteResult>`,
    }
  })
  const keys = make(Array.from({ length: 1_500 }, (_, index) => `k${index}`))
  const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys })
  expect([deleted.length, failed.length, transport.sent.length]).toEqual([1_500, 0, 3])
})

test('listAll keeps the prefix that was passed for all pages', async () => {
  const next = (token: number) => `<NextContinuationToken>t${token}</NextContinuationToken>`
  const page = (number: number) =>
    `<ListBucketResult><IsTruncated>${number < 3}</IsTruncated><KeyCount>0</KeyCount>${number < 3 ? next(number) : ''}</ListBucketResult>`
  const input = { bucket, prefix: 'a/' }
  const { r2, transport } = fakeClient((_, number) => {
    input.prefix = 'elsewhere/'
    return { body: page(number) }
  })
  const list = r2.objects.listAll(input)
  input.prefix = 'other/'
  for await (const _object of list);
  const prefixes = transport.sent.map(({ query }) => new URLSearchParams(query).get('prefix'))
  expect(new Set(prefixes)).toEqual(new Set(['a/']))
})

test('changing options while an operation is loading has no effect', async () => {
  const controller = new AbortController()
  controller.abort()
  const { r2, transport } = fakeClient(() => ({ headers: { etag: '"e"' } }))
  const options = { maxAttempts: 1 }
  const part = r2.multipart.uploadPart({ bucket, key: 'k', uploadId: 'u', partNumber: 1, body: 'x' }, options)
  Object.assign(options, { signal: controller.signal, maxAttempts: 'nonsense' })
  expect((await part).etag).toBe('e')
  expect(transport.sent).toHaveLength(1)
})

test('an input with accessors is copied before its operation is loaded', async () => {
  const { r2, transport } = fakeClient(() => ({ headers: { etag: '"e"' } }))
  class Part {
    bucket = bucket
    uploadId = 'u'
    partNumber = 1
    body = 'x'
    #key = 'first'
    get key() {
      return this.#key
    }
    rename() {
      this.#key = 'second'
      this.partNumber = 2
    }
  }
  const input = new Part()
  const part = r2.multipart.uploadPart(input)
  input.rename()
  await part
  expect(transport.sent.map(({ path, query }) => `${path}?${query}`)).toEqual(['/photos/first?partNumber=1&uploadId=u'])
})

test('a presigned URL uses the input as it was at the call', async () => {
  const { r2 } = fakeClient()
  const metadata = { owner: 'Ana' }
  const input = { bucket, key: 'k', contentType: 'image/png', metadata }
  const presigned = r2.presign.put(input)
  metadata.owner = 'Eve'
  input.contentType = 'text/html'
  expect((await presigned).headers).toEqual({ 'content-type': 'image/png', 'x-amz-meta-owner': 'Ana' })
})

test('changing the options object after the constructor has no effect on the client', async () => {
  const options = { validation: { keyBytesMax: 4 }, retry: { maxAttempts: 1 }, presign: { maxExpirationSeconds: 60 } }
  const { r2, transport } = fakeClient(() => ({ status: 503, headers: objectHeaders(0) }), options)
  options.validation.keyBytesMax = 1_024
  options.retry.maxAttempts = 5
  options.presign.maxExpirationSeconds = 604_800
  expect(await errorOf(r2.objects.head({ bucket, key: 'too long' }))).toMatchObject({ field: 'key' })
  expect(await errorOf(r2.presign.get({ bucket, key: 'k', expiresInSeconds: 900 }))).toMatchObject({
    field: 'expiresInSeconds',
  })
  await errorOf(r2.objects.head({ bucket, key: 'k' }))
  expect(transport.sent).toHaveLength(1)
})
