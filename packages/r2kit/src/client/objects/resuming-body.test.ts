import fc from 'fast-check'
import type { R2ClientOptions } from 'r2kit'
import { expect, test } from 'vitest'
import { fakeClient } from '#test/support/fake-transport.js'
import { ObjectServer, objectOf } from '#test/support/object-server.js'
import type { R2Error } from '../../errors/index.js'
import { R2Error as Failure } from '../../errors/index.js'
import type { GetStreamOptions } from './get-stream.js'
import type { ReadObjectInput } from './read-object.js'

const bytes = Uint8Array.from({ length: 100 }, (_, index) => index)
const target = { bucket: 'bucket', key: 'k' }

const setUp = (server = new ObjectServer(objectOf(bytes)), options: Partial<R2ClientOptions> = {}) => {
  const { r2, clock } = fakeClient(undefined, { transport: server.transport, ...options })
  const read = async (input: Partial<ReadObjectInput> = {}, options: GetStreamOptions = {}): Promise<Uint8Array> => {
    const { body } = await r2.objects.getStream({ ...target, ...input }, options)
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return new Uint8Array(Buffer.concat(chunks))
  }
  const failure = (...call: Parameters<typeof read>): Promise<R2Error> =>
    clock.run(read(...call)).then(
      () => expect.fail('it went well'),
      (error: R2Error) => error,
    )
  return { r2, clock, server, read: (...call: Parameters<typeof read>) => clock.run(read(...call)), failure }
}

/** Breaks the first responses after these numbers of bytes. */
const cuts = (server: ObjectServer, ...after: number[]) => {
  server.faultOf = ({ index }) => (after[index] === undefined ? undefined : { cutAfter: after[index] })
}

test.each([0, 1, 6, 7, 8, 50, 99])(
  'a body that breaks after %i bytes resumes at the next one, pinned by If-Match',
  async (cut) => {
    const { server, read } = setUp()
    cuts(server, cut)
    expect(await read()).toEqual(bytes)
    expect(server.ranges).toEqual([undefined, `bytes=${cut}-99`])
    expect(server.seen[1]?.headers['if-match']).toBe(`"${server.object?.etag}"`)
  },
)

test('a body that breaks after its last byte is complete', async () => {
  const { server, read } = setUp()
  cuts(server, 100)
  expect(await read()).toEqual(bytes)
  expect(server.seen).toHaveLength(1)
})

test('a body that ends too early without an error resumes too', async () => {
  const { server, read } = setUp()
  server.faultOf = ({ index }) => (index === 0 ? { cutAfter: 30, quietly: true } : undefined)
  expect(await read()).toEqual(bytes)
})

test.each([
  ['a range', { range: { offset: 10, length: 50 } }, 10, 60],
  ['a range to the end', { range: { offset: 40 } }, 40, 100],
  ['a suffix', { range: { suffix: 30 } }, 70, 100],
  ['a part', { partNumber: 2 }, 40, 80],
] as const)('a broken body of %s resumes within the requested bytes', async (_, input, start, end) => {
  const { server, read } = setUp(new ObjectServer(objectOf(bytes, 40)))
  cuts(server, 8, 7)
  expect(await read(input)).toEqual(bytes.subarray(start, end))
  expect(server.ranges.slice(1)).toEqual([`bytes=${start + 8}-${end - 1}`, `bytes=${start + 15}-${end - 1}`])
  expect(server.seen[1]?.query).toBe('')
})

test('the conditions of the caller are sent with the first request only', async () => {
  const { server, read } = setUp()
  cuts(server, 8)
  await read({ ifNoneMatch: 'other', ifModifiedSince: new Date(0) })
  expect(server.seen[0]?.headers).toMatchObject({ 'if-none-match': '"other"' })
  expect(server.seen[1]?.headers['if-none-match']).toBeUndefined()
  expect(server.seen[1]?.headers['if-modified-since']).toBeUndefined()
})

test.each([
  [
    'overwritten',
    (server: ObjectServer) => {
      server.object = objectOf(bytes.toReversed())
    },
  ],
  [
    'deleted',
    (server: ObjectServer) => {
      server.object = undefined
    },
  ],
])('resuming a body of an object that was %s meanwhile fails with ObjectChanged', async (_, change) => {
  const { server, failure } = setUp()
  server.faultOf = ({ index }) => {
    if (index > 0) change(server)
    return index === 0 ? { cutAfter: 21 } : undefined
  }
  expect(await failure()).toMatchObject({ code: 'ObjectChanged', operation: 'GetObject', ...target })
})

test.each([
  ['another ETag', { etag: '"fedcba9876543210fedcba9876543210"' }, 'ObjectChanged'],
  ['another size', { 'content-range': 'bytes 21-99/101' }, 'ObjectChanged'],
  ['another place', { 'content-range': 'bytes 20-98/100' }, 'InvalidResponse'],
])('a response with %s than requested is not appended to the body', async (_, lie, code) => {
  const { server, failure } = setUp()
  server.faultOf = ({ index }) =>
    index === 0 ? { cutAfter: 21 } : (response) => ({ ...response, headers: { ...response.headers, ...lie } })
  expect(await failure()).toMatchObject({ code })
})

test('bytes beyond the announced length are an error, and are not delivered', async () => {
  const { server, failure } = setUp()
  server.faultOf = () => (response) => ({ ...response, bytes: new Uint8Array(101) })
  expect(await failure()).toMatchObject({ code: 'InvalidResponse' })
})

test('each byte that arrives resets the count of attempts', async () => {
  const { server, read } = setUp()
  server.chunkBytes = 1
  server.faultOf = ({ index }) => (index % 2 === 0 ? { cutAfter: 5 } : new Failure('ConnectionReset', 'no'))
  expect(await read()).toEqual(bytes)
})

test('a body without progress fails after as many requests as a call has attempts', async () => {
  const { server, failure } = setUp()
  server.faultOf = ({ index }) => (index === 0 ? { cutAfter: 5 } : { cutAfter: 0 })
  expect(await failure()).toMatchObject({ code: 'StreamInterrupted', attempts: 3 })
  expect(server.seen).toHaveLength(3)
})

test('resume: false reports the failure of a body, and requests no more', async () => {
  const { server, failure } = setUp()
  cuts(server, 5)
  expect(await failure({}, { resume: false })).toMatchObject({ code: 'StreamInterrupted' })
  expect(server.seen).toHaveLength(1)
})

test.each([
  ['of the call', {}, { maxAttempts: 1 }],
  ['of the client', { retry: { maxAttempts: 1 } }, {}],
])(
  'maxAttempts: 1 %s leaves resuming on, with one request for the rest of each broken body',
  async (_, client, call) => {
    const { server, read } = setUp(undefined, client)
    cuts(server, 5, 6)
    expect(await read({}, call)).toEqual(bytes)
    expect(server.ranges).toEqual([undefined, 'bytes=5-99', 'bytes=11-99'])
  },
)

test('maxAttempts: 1 does not send the request for the rest of a broken body twice', async () => {
  const { server, failure } = setUp()
  server.faultOf = ({ index }) => (index === 0 ? { cutAfter: 5 } : { cutAfter: 0 })
  expect(await failure({}, { maxAttempts: 1 })).toMatchObject({ code: 'StreamInterrupted', attempts: 2 })
  expect(server.seen).toHaveLength(2)
})

test('an error that is not retryable ends the body', async () => {
  const { server, failure } = setUp()
  server.faultOf = ({ index }) => (index === 0 ? { cutAfter: 5 } : new Failure('TlsFailed', 'no'))
  expect(await failure()).toMatchObject({ code: 'TlsFailed' })
  expect(server.seen).toHaveLength(2)
})

test('timeoutMs covers all requests of a body', async () => {
  const { server, failure, clock } = setUp()
  server.faultOf = ({ index }) => (index === 0 ? { cutAfter: 5 } : { cutAfter: 0 })
  expect(await failure({}, { timeoutMs: 120, maxAttempts: 100 })).toMatchObject({ code: 'StreamInterrupted' })
  expect(clock.monotonicMs()).toBeLessThanOrEqual(120)
})

test('cancelling a body ends the wait for the next request', async () => {
  const { server, r2, clock } = setUp()
  cuts(server, 0)
  const { body } = await clock.run(r2.objects.getStream(target))
  const reader = body.getReader()
  const reading = reader.read()
  while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve))
  await reader.cancel()
  expect(await reading).toMatchObject({ done: true })
  expect(clock.timers).toBe(0)
  expect(server.seen).toHaveLength(1)
})

test('an abort ends a body with Aborted, even while it waits for the next request', async () => {
  const { server, r2, clock } = setUp()
  cuts(server, 0)
  const controller = new AbortController()
  const { body } = await clock.run(r2.objects.getStream(target, { signal: controller.signal }))
  const reading = body.getReader().read()
  while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve))
  controller.abort()
  await expect(reading).rejects.toMatchObject({ code: 'Aborted' })
})

test('a body that breaks any number of times delivers each byte of the object once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.array(fc.record({ cutAfter: fc.integer({ min: 1, max: 20 }), quietly: fc.boolean() }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      async (content, faults, chunkBytes) => {
        const { server, read } = setUp(new ObjectServer(objectOf(content)))
        server.chunkBytes = chunkBytes
        server.faultOf = ({ index }) => faults[index]
        expect(await read()).toEqual(content)
      },
    ),
  )
})
