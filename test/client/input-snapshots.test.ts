/** What a caller changes after a call was made has no effect on it: loops use the same objects again, and do not always await. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CopyObjectInput, R2Error } from 'r2kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type FakeTransport, fakeClient, objectHeaders, type SentRequest } from '../support/fake-transport.js'
import { type Case, cases } from '../support/inputs/cases.js'
import { placesOf, sampleOf } from '../support/inputs/mutations.js'
import { errorOf } from '../support/transport-suite.js'

/** What a request says, without what differs from one client to the next. */
const essence = ({ method, origin, path, query, headers, bodyBytes }: SentRequest) => ({
  request: `${method} ${origin}${path}?${query}`,
  headers: { ...headers },
  body: bodyBytes.toString('latin1'),
})

const refusing = () => new R2Error('AccessDenied', 'enough')

/** Changes whatever can be changed in place. Bytes that are a body stay, as bodies are what they are by their identity. */
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

/** What a call sends and returns, where its arguments are left alone or changed as soon as the method has returned. */
const traceOf = async (one: Case, values: readonly unknown[], afterwards: (value: unknown) => void) => {
  const { r2, transport } = fakeClient(refusing, { presign: { allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'] } })
  const returned: unknown = Reflect.apply(one.method(r2), undefined, values)
  for (const value of values) afterwards(value)
  const isList = typeof returned === 'object' && returned !== null && 'pages' in returned
  const ended = isList && typeof returned.pages === 'function' ? returned.pages().next() : returned
  const outcome = await Promise.resolve(ended).then(
    (result: unknown) => ({ result: JSON.stringify(result) }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  )
  return { outcome, sent: transport.sent.map(essence) }
}

test('the first call of an API that is loaded by it copies its input before it loads', async () => {
  const { r2, transport } = fakeClient(refusing)
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

describe.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
  test('is not touched by what is done to its arguments afterwards', async () => {
    for (const place of placesOf(one)) {
      const good = () => (place.kind.is === 'scalar' ? place.kind.good[0]?.() : sampleOf(place.kind))
      const control = await traceOf(one, place.withValue(good()), () => undefined)
      expect(await traceOf(one, place.withValue(good()), scramble), `${one.name}: ${place.name}`).toEqual(control)
    }
  })
})

const bucket = 'photos'

const fileOf = async (content: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-inputs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'file')
  await writeFile(path, content)
  return path
}

const bodiesOf = ({ sent }: FakeTransport): string[] => sent.map(({ bodyBytes }) => bodyBytes.toString())

test('a put of a file sends the file, the metadata and the key of the moment of the call', async () => {
  const { r2, transport } = fakeClient(refusing)
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

test('an upload reads the file whose path was passed', async () => {
  const { r2, transport } = fakeClient(refusing)
  const source = { path: await fileOf('content') }
  const uploaded = errorOf(Promise.resolve(r2.transfers.upload(source, { bucket, key: 'k' })))
  source.path = '/nowhere'
  await uploaded
  expect(bodiesOf(transport)).toEqual(['content'])
})

test('a download names the target that was passed', async () => {
  const { r2 } = fakeClient(() => ({ headers: objectHeaders(3), body: 'abc' }))
  const target = { path: '/nowhere/first' }
  const download = errorOf(Promise.resolve(r2.transfers.download({ bucket, key: 'k' }, target)))
  target.path = '/nowhere/second'
  expect((await download).message).toContain('/nowhere/first')
})

test.each<[string, (keys: string[]) => string[] | Set<string>, (keys: string[] | Set<string>) => void]>([
  ['an array', (keys) => keys, (keys) => Array.isArray(keys) && keys.splice(0)],
  ['a Set', (keys) => new Set(keys), (keys) => keys instanceof Set && keys.clear()],
])(
  'deleteObjects deletes the keys that %s had, although it is emptied between two requests',
  async (_, make, empty) => {
    const { r2, transport } = fakeClient(({ bodyBytes }) => {
      empty(keys)
      const deleted = bodyBytes.toString().matchAll(/<Key>(.*?)<\/Key>/g)
      return {
        body: `<DeleteResult>${[...deleted].map(([key]) => `<Deleted>${key}</Deleted>`).join('')}</DeleteResult>`,
      }
    })
    const keys = make(Array.from({ length: 1_500 }, (_, index) => `k${index}`))
    const { deleted, failed } = await r2.objects.deleteObjects({ bucket, keys })
    expect([deleted.length, failed.length, transport.sent.length]).toEqual([1_500, 0, 2])
  },
)

test('listAll lists the prefix that was passed, page after page', async () => {
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

test('options that are changed while an operation is loaded have no effect', async () => {
  const controller = new AbortController()
  controller.abort()
  const { r2, transport } = fakeClient(() => ({ headers: { etag: '"e"' } }))
  const options = { maxAttempts: 1 }
  const part = r2.multipart.uploadPart({ bucket, key: 'k', uploadId: 'u', partNumber: 1, body: 'x' }, options)
  Object.assign(options, { signal: controller.signal, maxAttempts: 'nonsense' })
  expect((await part).etag).toBe('e')
  expect(transport.sent).toHaveLength(1)
})

test('an input of a class is copied with its accessors, although its operation has yet to be loaded', async () => {
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

test('a presigned URL is that of the input at the call', async () => {
  const { r2 } = fakeClient()
  const metadata = { owner: 'Ana' }
  const input = { bucket, key: 'k', contentType: 'image/png', metadata }
  const presigned = r2.presign.put(input)
  metadata.owner = 'Eve'
  input.contentType = 'text/html'
  expect((await presigned).headers).toEqual({ 'content-type': 'image/png', 'x-amz-meta-owner': 'Ana' })
})

test('a client keeps the options it was made with', async () => {
  const options = { validation: { keyBytesMax: 4 }, retry: { maxAttempts: 1 }, presign: { maxExpirationSeconds: 60 } }
  const { r2, transport } = fakeClient(() => ({ status: 503, headers: objectHeaders(0) }), options)
  options.validation.keyBytesMax = 1_024
  options.retry.maxAttempts = 5
  options.presign.maxExpirationSeconds = 604_800
  expect(await errorOf(r2.objects.head({ bucket, key: 'too long' }))).toMatchObject({ field: 'key' })
  expect(await errorOf(r2.presign.get({ bucket, key: 'k' }))).toMatchObject({ field: 'expiresInSeconds' })
  await errorOf(r2.objects.head({ bucket, key: 'k' }))
  expect(transport.sent).toHaveLength(1)
})
