/** Clients of `createClient`: their methods are those of `R2Client`, and wrong options or operations are rejected. */

import * as core from 'r2kit/core'
import { type ClientOptions, createClient } from 'r2kit/core'
import * as onDemand from 'r2kit/on-demand'
import { SimulatedR2 } from 'r2kit/simulation'
import { describe, expect, test } from 'vitest'
import { testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { ClientOperation } from './client/client-operation.js'
import { operations } from './client/operations.js'
import type { HttpRequest } from './http/index.js'
import type { AttemptLayer } from './pipeline/index.js'
import { R2Client } from './r2-client.js'

const bucket = 'photos'

const setUp = () => {
  const clock = new VirtualClock()
  const model = new SimulatedR2(clock, [bucket])
  const sent: HttpRequest[] = []
  let failures = 0
  const transport = {
    name: 'intercepted',
    send: async (request: HttpRequest) => {
      sent.push(request)
      if (failures-- > 0) return { status: 503, headers: {}, body: new Uint8Array(0) }
      return model.send(request)
    },
    close: () => model.close(),
  }
  const options = { endpoint: 'https://r2.test', credentials: testCredentials, transport, clock, random: () => 0 }
  const fail = (times: number) => {
    failures = times
  }
  return { options, sent, fail, clock }
}

test('put, head, get and delete do what the methods of R2Client do', async () => {
  const { options, sent } = setUp()
  const r2 = createClient(options, {
    put: core.putObject,
    get: core.getObject,
    head: core.headObject,
    delete: core.deleteObject,
  })
  const at = { bucket, key: 'cat.txt' }
  const { etag } = await r2.put({ ...at, body: 'meow', contentType: 'text/plain', metadata: { owner: 'ü' } })
  expect(await r2.head(at)).toMatchObject({ etag, size: 4, contentType: 'text/plain', metadata: { owner: 'ü' } })
  const object = await r2.get({ ...at, range: { offset: 1 } })
  expect(object.text()).toBe('eow')
  await r2.delete(at)
  expect(await errorOf(r2.get(at))).toMatchObject({ code: 'ObjectNotFound', kind: 'Object', hint: expect.any(String) })
  const ofClient = setUp()
  const full = new R2Client(ofClient.options)
  await full.objects.put({ ...at, body: 'meow', contentType: 'text/plain', metadata: { owner: 'ü' } })
  expect(sent[0]).toMatchObject({ headers: ofClient.sent[0]?.headers, path: ofClient.sent[0]?.path })
})

test('a response that may pass is retried, and the last error is typed', async () => {
  const { options, sent, fail } = setUp()
  const { clock: _virtual, ...withRealClock } = options
  const r2 = createClient({ ...withRealClock, retry: { baseDelayMs: 0 } }, { get: core.getObject })
  fail(3)
  expect(await errorOf(r2.get({ bucket, key: 'k' }))).toMatchObject({
    code: 'ServiceUnavailable',
    attempts: 3,
    retryVerdict: 'no-more-retries',
  })
  fail(1)
  expect(await errorOf(r2.get({ bucket, key: 'k' }))).toMatchObject({ code: 'ObjectNotFound', attempts: 2 })
  expect(sent).toHaveLength(5)
})

test('operations of several requests, lists and presigned URLs are methods too', async () => {
  const { options } = setUp()
  const r2 = createClient(options, {
    put: core.putObject,
    copy: core.copyObject,
    move: core.moveObject,
    exists: core.objectExists,
    stream: core.getObjectStream,
    all: core.listAllObjects,
    update: core.updateWithLock,
    deleteMany: core.deleteObjects,
    deletePrefix: core.deletePrefix,
    signGet: core.presignGet,
  })
  await r2.put({ bucket, key: 'a/1', body: '1' })
  await r2.copy({ source: { bucket, key: 'a/1' }, bucket, key: 'a/2' })
  await r2.move({ source: { bucket, key: 'a/2' }, bucket, key: 'a/3' })
  await r2.update<{ n: number }>({ bucket, key: 'a/n', changeJson: (current = { n: 0 }) => ({ n: current.n + 1 }) })
  expect((await r2.all({ bucket, prefix: 'a/' }).collect(10)).map(({ key }) => key)).toEqual(['a/1', 'a/3', 'a/n'])
  const { body } = await r2.stream({ bucket, key: 'a/n', verify: false })
  expect(await new Response(body).json()).toEqual({ n: 1 })
  expect((await r2.deleteMany({ bucket, keys: ['a/1'] })).deleted).toEqual(['a/1'])
  expect(await r2.exists({ bucket, key: 'a/1' })).toBe(false)
  expect(await r2.deletePrefix({ bucket, prefix: 'a/' })).toMatchObject({ deletedCount: 2 })
  const { url } = await r2.signGet({ bucket, key: 'a/1', expiresInSeconds: 600 })
  expect(url).toContain('X-Amz-Expires=600')
})

test('a group of operations has the methods of R2Client', async () => {
  const { options } = setUp()
  const { objects, buckets, multipart, presign } = onDemand
  const r2 = onDemand.createClient(options, { objects, buckets, multipart, presign })
  await r2.buckets.create({ bucket: 'films' })
  await r2.objects.put({ bucket: 'films', key: 'k', body: '1' })
  expect((await r2.objects.list({ bucket: 'films' })).objects).toHaveLength(1)
  const { uploadId } = await r2.multipart.create({ bucket: 'films', key: 'large' })
  await r2.multipart.abort({ bucket: 'films', key: 'large', uploadId })
  expect((await r2.presign.get({ bucket: 'films', key: 'k' })).method).toBe('GET')
})

test('every operation of the client is exported once', () => {
  const { options, sent } = setUp()
  const values = Object.entries(core).filter(([, value]) => value instanceof ClientOperation)
  const r2: Readonly<Record<string, unknown>> = createClient(options, Object.fromEntries(values) as never)
  for (const [name] of values) expect(r2[name]).toBeTypeOf('function')
  expect(sent).toEqual([])
  // One value per request of S3 but the batch of deleteObjects; those of several requests, lists and presigned URLs besides.
  const names = values.map(([name]) => name.toLowerCase())
  const missing = operations
    .map(({ name }) => name.replace('V2', '').replace('Configuration', '').toLowerCase())
    .filter((name) => !names.includes(name))
  expect(missing).toEqual([])
})

describe('createClient rejects', () => {
  const { options } = setUp()
  test.each<[string, () => unknown, string, RegExp]>([
    ['a missing option', () => createClient({} as ClientOptions, {}), 'credentials', /required field/],
    [
      'an unknown option',
      () => createClient({ ...options, regoin: 'auto' } as ClientOptions, {}),
      'regoin',
      /did you mean region/,
    ],
    [
      'listeners that are no extension',
      () => createClient({ ...options, onEvent: () => 0 } as ClientOptions, {}),
      'onEvent',
      /listeners/,
    ],
    [
      'layers that are no extension',
      () => createClient({ ...options, layers: {} } as ClientOptions, {}),
      'layers',
      /extension/,
    ],
    [
      'a name of every client',
      () => createClient(options, { dispose: core.getObject } as never),
      'operations.dispose',
      /member of every client/,
    ],
    [
      'the name that makes a promise of an object',
      () => createClient(options, Object.fromEntries([['then', core.getObject]]) as never),
      'operations.then',
      /promise/,
    ],
    [
      'a name of every object',
      () => createClient(options, { constructor: core.getObject } as never),
      'operations.constructor',
      /member of every client/,
    ],
    ['another value', () => createClient(options, { get: 5 } as never), 'operations.get', /must be an operation/],
    ['no operations', () => createClient(options, undefined as never), 'operations', /must be an object/],
    ['another extension', () => createClient(options, {}, {} as never), 'extensions[0]', /must be an extension/],
    [
      'listeners beside others, which they would replace',
      () =>
        createClient(
          options,
          {},
          core.listeners([]),
          core.streams,
          core.listeners(() => 0),
        ),
      'extensions[2]',
      /one call/,
    ],
    [
      'layers beside others, which they would replace',
      () => createClient(options, {}, core.layers({}), core.layers({})),
      'extensions[1]',
      /second/,
    ],
    [
      'rules of presigned URLs beside others, which they would replace',
      () => createClient(options, {}, core.presignRules({}), core.presignRules({ allowedMethods: ['GET'] })),
      'extensions[1]',
      /second/,
    ],
    [
      'connections beside a transport',
      () => createClient({ ...options, connections: {} } as never, {}),
      'connections',
      /transport/,
    ],
    ['a wrong layer', () => core.layers({ call: [5] } as never), 'layers.call[0]', /function/],
    ['a wrong listener', () => core.listeners(5 as never), 'listeners', /function/],
    ['a wrong rule', () => core.presignRules({ cacheSize: -1 }), 'presign.cacheSize', /whole number/],
  ])('%s', (_, create, field, text) => {
    const thrown = (() => {
      try {
        create()
      } catch (error) {
        return error as core.R2Error
      }
      return undefined
    })()
    expect(thrown).toMatchObject({ code: 'InvalidConfig', field, hint: expect.any(String) })
    expect(`${thrown?.message} ${thrown?.hint}`).toMatch(text)
  })
})

test('an unknown field of an input is InvalidInput before anything is sent', async () => {
  const { options, sent } = setUp()
  const r2 = createClient(options, { get: core.getObject })
  const input = { bucket, kye: 'k' } as never
  expect(await errorOf(r2.get(input))).toMatchObject({ code: 'InvalidInput', field: 'kye', operation: 'GetObject' })
  expect(sent).toEqual([])
})

test('listeners, layers and rules of presigned URLs are extensions', async () => {
  const { options } = setUp()
  const events: string[] = []
  const seen: string[] = []
  const recording: AttemptLayer = (next) => (attempt) => {
    seen.push(attempt.operation.name)
    return next(attempt)
  }
  const r2 = createClient(
    options,
    { put: core.putObject, signHead: core.presignHead },
    core.listeners(({ type }) => events.push(type)),
    core.layers({ attempt: [recording] }),
    core.presignRules({ allowedMethods: ['HEAD'] }),
  )
  await r2.put({ bucket, key: 'k', body: '1' })
  await r2.signHead({ bucket, key: 'k' })
  expect(events).toContain('call.ended')
  expect(seen).toEqual(['PutObject'])
})

describe('a client without streams', () => {
  test.each<[string, unknown]>([
    ['a Blob', new Blob(['1'])],
    ['a ReadableStream', new Blob(['1']).stream()],
    ['a file', { path: 'film.mp4' }],
    ['a number', 1],
  ])('rejects %s as a body before anything is sent, and names the value to pass', async (_, body) => {
    const { options, sent } = setUp()
    const r2 = createClient(options, { put: core.putObject })
    expect(await errorOf(r2.put({ bucket, key: 'k', body: body as Blob, contentLength: 1 }))).toMatchObject({
      code: 'InvalidInput',
      field: 'body',
      operation: 'PutObject',
      hint: expect.stringContaining('pass streams of r2kit/core'),
    })
    expect(sent).toEqual([])
  })

  test('verifies what it stores and reads by any checksum', async () => {
    const { options } = setUp()
    const r2 = createClient(options, { put: core.putObject, get: core.getObject })
    for (const integrity of ['crc32', 'crc64nvme', 'sha256', 'md5'] as const) {
      const { verifiedBy } = await r2.put({ bucket, key: integrity, body: '1', integrity })
      expect(verifiedBy).toBeDefined()
      expect((await r2.get({ bucket, key: integrity })).text()).toBe('1')
    }
  })
})

test('a client with streams takes Blobs and streams', async () => {
  const { options } = setUp()
  const r2 = createClient(options, { put: core.putObject, get: core.getObject }, core.streams, core.streams)
  await r2.put({ bucket, key: 'blob', body: new Blob(['1'], { type: 'text/plain' }) })
  expect((await r2.get({ bucket, key: 'blob' })).contentType).toBe('text/plain')
  await r2.put({ bucket, key: 'stream', body: new Blob(['22']).stream(), contentLength: 2 })
  expect((await r2.get({ bucket, key: 'stream' })).text()).toBe('22')
})

test.each<[string, ClientOperation<unknown>]>([
  ['getObjectStream', core.getObjectStream],
  ['listObjects', core.listObjects],
  ['listAllObjects', core.listAllObjects],
  ['deletePrefix', core.deletePrefix],
])('%s brings the code for the streams of its responses', (_, operation) => {
  expect(operation.needs.streams).toBeDefined()
})

test('without rules, presigned URLs permit what those of R2Client permit', async () => {
  const { options } = setUp()
  const r2 = createClient(options, { signHead: core.presignHead })
  expect(await errorOf(r2.signHead({ bucket, key: 'k' }))).toMatchObject({ code: 'InvalidPresign' })
})

test('a disposed client sends nothing', async () => {
  const { options, sent } = setUp()
  const r2 = createClient(options, { get: core.getObject })
  expect(r2.endpoint).toBe('https://r2.test')
  await r2.dispose()
  expect(await errorOf(r2.get({ bucket, key: 'k' }))).toMatchObject({ code: 'ClientClosed' })
  expect(sent).toEqual([])
})
