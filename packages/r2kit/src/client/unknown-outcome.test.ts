import { type HeaderFields, type PutObjectInput, R2Client, type R2ClientOptions } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { md5 } from '#md5'
import { ConditionalServer, type ResponseLoss } from '#test/support/conditional-server.js'
import { type FakeTransport, streamOf, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { base64FromBytes, hexFromBytes, utf8Bytes } from '../base/bytes.js'
import { R2Error } from '../errors/index.js'

const object = { bucket: 'bucket', key: 'key' }
const path = '/bucket/key'
/** The first two requests are carried out, the others are not. */
const losses: readonly ResponseLoss[] = ['lost-response', 'stored-then-500', 'lost-request', 'rejected']
const stored = losses.slice(0, 2)
const notStored = losses.slice(2)

const harness = (lossOf: (method: string, index: number) => ResponseLoss | undefined = () => undefined) => {
  const clock = new VirtualClock()
  const server = new ConditionalServer(clock)
  const connect = (
    transport: FakeTransport,
    options: Partial<Omit<R2ClientOptions, 'accountId' | 'endpoint' | 'connections'>> = {},
  ) =>
    new R2Client({
      accountId: 'a'.repeat(32),
      credentials: testCredentials,
      transport,
      clock,
      random: () => 0,
      ...options,
    })
  const transport = server.connect({ lossOf })
  const methods = () => transport.sent.map(({ method }) => method)
  const text = () => server.objects.get(path)?.bytes.toString()
  return { clock, server, transport, methods, text, r2: connect(transport), connect }
}

const firstPut = (loss: ResponseLoss) => (method: string, index: number) =>
  method === 'PUT' && index === 0 ? loss : undefined

/** Another writer acts before the server responds to this method. */
const before = (transport: FakeTransport, method: string, act: () => void) => {
  const send = transport.send.bind(transport)
  transport.send = (request) => {
    if (request.method === method) act()
    return send(request)
  }
}

describe('a conditional put whose response is lost', () => {
  test.each(stored)('a conditional put that ends in %s succeeds when its object is found', async (loss) => {
    const { r2, clock, methods } = harness(firstPut(loss))
    const { etag } = await clock.run(
      r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*', unknownOutcome: 'equal' }),
    )
    expect(etag).toBe(hexFromBytes(md5(utf8Bytes('mine'))))
    expect(methods()).toEqual(['PUT', 'HEAD'])
  })

  test.each(stored)(
    'a conditional put that ends in %s has an unknown outcome by default, because a job that runs twice stores an equal object',
    async (loss) => {
      const { r2, clock, text, methods } = harness(firstPut(loss))
      const error = await clock.run(errorOf(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*' })))
      expect(error).toMatchObject({ code: 'OutcomeUnknown', attempts: 1, retryable: false })
      expect(text()).toBe('mine')
      expect(methods()).toEqual(['PUT', 'HEAD'])
    },
  )

  test('a conditional put that took long is recognised by the time of its object', async () => {
    const { r2, clock, transport, methods } = harness(firstPut('lost-response'))
    const send = transport.send.bind(transport)
    transport.send = async (request) => {
      if (request.method === 'PUT') await clock.advance(10_000)
      return send(request)
    }
    await clock.run(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*' }))
    expect(methods()).toEqual(['PUT', 'HEAD'])
  })

  test.each(stored)('a conditional replacement that ends in %s succeeds when its object is found', async (loss) => {
    const { r2, clock, server, methods, text } = harness(firstPut(loss))
    const { etag } = server.put(path, Buffer.from('old'))
    await clock.run(r2.objects.put({ ...object, body: 'new', ifMatch: etag }))
    expect(text()).toBe('new')
    expect(methods()).toEqual(['PUT', 'HEAD'])
  })

  test.each(notStored)('a conditional put that ends in %s is sent again when no object is found', async (loss) => {
    const { r2, clock, methods, text } = harness(firstPut(loss))
    await clock.run(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*' }))
    expect(text()).toBe('mine')
    expect(methods()).toEqual(['PUT', 'HEAD', 'PUT'])
  })

  test.each(notStored)(
    'a conditional put that ends in %s fails with PreconditionFailed when another writer was first',
    async (loss) => {
      const { r2, clock, server, transport, methods, text } = harness(firstPut(loss))
      before(transport, 'HEAD', () => server.put(path, Buffer.from('theirs')))
      const error = await clock.run(errorOf(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*' })))
      expect(error).toMatchObject({ code: 'PreconditionFailed', attempts: 2, operation: 'PutObject', ...object })
      expect(text()).toBe('theirs')
      expect(methods()).toEqual(['PUT', 'HEAD', 'PUT', 'HEAD'])
    },
  )

  test('an equal object from before the call does not count as the result of a conditional put', async () => {
    const { r2, clock, server } = harness(firstPut('rejected'))
    server.put(path, Buffer.from('locked'))
    await clock.advance(60_000)
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: 'locked', ifNoneMatch: '*' })))
    expect(error).toMatchObject({ code: 'PreconditionFailed', attempts: 2 })
  })

  test('a wrong local clock does not change the age of an object', async () => {
    const { clock, server, connect } = harness()
    const late = Object.assign(new VirtualClock(clock.now() + 600_000), { after: clock.after.bind(clock) })
    const r2 = connect(server.connect({ lossOf: firstPut('lost-response') }), { clock: late })
    await clock.run(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*', unknownOutcome: 'equal' }))
  })

  test('an equal object of the same moment counts as the result under unknownOutcome equal, not under proven', async () => {
    for (const unknownOutcome of ['equal', 'proven'] as const) {
      const { r2, clock, server, transport, methods } = harness(firstPut('rejected'))
      before(transport, 'HEAD', () => server.put(path, Buffer.from('locked')))
      const put = r2.objects.put({ ...object, body: 'locked', ifNoneMatch: '*', unknownOutcome })
      if (unknownOutcome === 'equal') await clock.run(put)
      else {
        expect(await clock.run(errorOf(put))).toMatchObject({
          code: 'OutcomeUnknown',
          retryable: false,
          attempts: 1,
          cause: { code: 'InternalError' },
        })
      }
      expect(methods()).toEqual(['PUT', 'HEAD'])
    }
  })

  test('metadata distinguishes two writers of the same bytes', async () => {
    const { r2, clock, server, transport } = harness(firstPut('rejected'))
    before(transport, 'HEAD', () => server.put(path, Buffer.from('locked'), { 'x-amz-meta-owner': 'them' }))
    const put = r2.objects.put({ ...object, body: 'locked', ifNoneMatch: '*', metadata: { owner: 'us' } })
    expect(await clock.run(errorOf(put))).toMatchObject({ code: 'PreconditionFailed' })
  })

  test('metadata in any script is compared as it was sent', async () => {
    const { r2, clock, methods } = harness(firstPut('lost-response'))
    const metadata = { Owner: 'grüße', note: 'plain' }
    await clock.run(r2.objects.put({ ...object, body: '', ifNoneMatch: '*', unknownOutcome: 'equal', metadata }))
    expect(methods()).toEqual(['PUT', 'HEAD'])
  })

  test('a conditional put of an empty object without metadata has an unknown outcome', async () => {
    const { r2, clock, text } = harness(firstPut('lost-response'))
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: '', ifNoneMatch: '*' })))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', cause: { code: 'ConnectionReset' } })
    expect(text()).toBe('')
  })

  test('a conditional put whose object was replaced since is a lost race, and unknown under proven', async () => {
    for (const [unknownOutcome, code] of [
      ['equal', 'PreconditionFailed'],
      ['proven', 'OutcomeUnknown'],
    ] as const) {
      const { r2, clock, server, transport, text } = harness(firstPut('stored-then-500'))
      before(transport, 'HEAD', () => server.put(path, Buffer.from('theirs')))
      const put = r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*', unknownOutcome })
      expect(await clock.run(errorOf(put))).toMatchObject({ code })
      expect(text()).toBe('theirs')
    }
  })

  test('a put of the same bytes on the condition of their own ETag is sent again', async () => {
    const { r2, clock, server, methods } = harness(firstPut('rejected'))
    const { etag } = server.put(path, Buffer.from('same'))
    await clock.run(r2.objects.put({ ...object, body: 'same', ifMatch: etag, unknownOutcome: 'proven' }))
    expect(methods()).toEqual(['PUT', 'HEAD', 'PUT'])
  })

  test('a put of new metadata for the same bytes is stored', async () => {
    const { r2, clock, server, methods } = harness(firstPut('rejected'))
    const { etag } = server.put(path, Buffer.from('same'))
    await clock.run(r2.objects.put({ ...object, body: 'same', ifMatch: etag, metadata: { step: '2' } }))
    expect(server.objects.get(path)?.headers).toMatchObject({ 'x-amz-meta-step': '2' })
    expect(methods()).toEqual(['PUT', 'HEAD', 'PUT'])
  })

  test('a delayed first attempt is found when the second attempt fails its condition', async () => {
    const { r2, clock, server, transport, methods } = harness(firstPut('lost-request'))
    let puts = 0
    before(transport, 'PUT', () => {
      if (++puts === 2) server.put(path, Buffer.from('mine')) // The first request was slow, not lost.
    })
    await clock.run(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*', unknownOutcome: 'equal' }))
    expect(methods()).toEqual(['PUT', 'HEAD', 'PUT', 'HEAD'])
  })

  const md5Of = (text: string) => base64FromBytes(md5(utf8Bytes(text)))
  test.each<[string, Partial<PutObjectInput>]>([
    ['a checksum in a header', { body: 'mine' }],
    ['a checksum of a stream', { body: { size: 4, open: () => streamOf('mine') } }],
    ['Content-MD5', { body: 'mine', integrity: 'md5' }],
    ['no check', { body: 'mine', integrity: 'none' }],
    ["a checksum of the caller's", { body: 'mine', checksum: { algorithm: 'SHA256' } }],
    ["a Content-MD5 of the caller's", { body: 'mine', contentMd5: md5Of('mine') }],
  ])('a put with %s that is found by its ETag is verified by it', async (_, input) => {
    const { r2, clock, methods } = harness(firstPut('lost-response'))
    const put = r2.objects.put({ body: '', ...input, ...object, ifNoneMatch: '*', unknownOutcome: 'equal' })
    expect((await clock.run(put)).verifiedBy).toBe('etag')
    expect(methods()).toEqual(['PUT', 'HEAD'])
  })

  test.each<[string, Partial<PutObjectInput>, string]>([
    ['the checksum', {}, 'CRC32'],
    ["the caller's checksum", { checksum: { algorithm: 'SHA256' } }, 'SHA256'],
  ])('a put with a customer key that is found by %s is verified by it', async (_, input, algorithm) => {
    const { r2, clock, transport } = harness(firstPut('lost-response'))
    let sent: HeaderFields = {}
    const send = transport.send.bind(transport)
    transport.send = async (request) => {
      if (request.method === 'PUT') sent = request.headers
      const response = await send(request)
      const stored = Object.entries(sent).filter(([name]) => name.startsWith('x-amz-checksum-'))
      return { ...response, headers: { ...response.headers, ...Object.fromEntries(stored) } }
    }
    const ssec = { key: new Uint8Array(32) }
    const put = r2.objects.put({ ...object, body: 'mine', ...input, ssec, ifNoneMatch: '*', unknownOutcome: 'equal' })
    expect((await clock.run(put)).verifiedBy).toBe(algorithm)
  })

  test('a conditional put that is never stored ends with the error of its last attempt', async () => {
    const { r2, clock, methods } = harness((method) => (method === 'PUT' ? 'rejected' : undefined))
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*' })))
    expect(error).toMatchObject({ code: 'InternalError', attempts: 3 })
    expect(methods()).toEqual(['PUT', 'HEAD', 'PUT', 'HEAD', 'PUT', 'HEAD'])
  })

  test('a conditional put with a clear response sends no HEAD', async () => {
    const { r2, clock, server, methods } = harness()
    server.put(path, Buffer.from('theirs'))
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*' })))
    expect(error).toMatchObject({ code: 'PreconditionFailed', attempts: 1 })
    expect(methods()).toEqual(['PUT'])
  })

  test('a put without conditions is sent again without HEAD', async () => {
    const { r2, clock, methods } = harness(firstPut('stored-then-500'))
    await clock.run(r2.objects.put({ ...object, body: 'mine' }))
    expect(methods()).toEqual(['PUT', 'PUT'])
  })
})

describe('recognising the stored object', () => {
  test('a stream is recognised by the MD5 that was computed while it was sent, even if it cannot be sent again', async () => {
    for (const body of [streamOf('mi', 'ne'), new Blob(['mine'])]) {
      const { r2, clock, methods } = harness(firstPut('lost-response'))
      await clock.run(r2.objects.put({ ...object, body, contentLength: 4, ifNoneMatch: '*', unknownOutcome: 'equal' }))
      expect(methods()).toEqual(['PUT', 'HEAD'])
    }
  })

  test('a body with contentMd5 is recognised by it', async () => {
    const { r2, clock, methods } = harness(firstPut('lost-response'))
    const contentMd5 = base64FromBytes(md5(utf8Bytes('mine')))
    await clock.run(
      r2.objects.put({
        ...object,
        body: streamOf('mine'),
        contentLength: 4,
        contentMd5,
        ifNoneMatch: '*',
        unknownOutcome: 'equal',
      }),
    )
    expect(methods()).toEqual(['PUT', 'HEAD'])
  })

  test('bytes in memory are recognised by their MD5, even with verify: false', async () => {
    const { r2, clock, methods } = harness(firstPut('lost-response'))
    await clock.run(
      r2.objects.put({ ...object, body: 'mine', verify: false, ifNoneMatch: '*', unknownOutcome: 'equal' }),
    )
    expect(methods()).toEqual(['PUT', 'HEAD'])
  })

  test.each([
    ['SSE-C', { body: 'mine', ssec: { key: new Uint8Array(32) } }],
    ['a stream that was not hashed', { body: new Blob(['mine']), verify: false }],
  ])('a put with %s cannot be recognised, so its outcome is unknown', async (_, input) => {
    const { r2, clock, transport, text } = harness(firstPut('stored-then-500'))
    const error = await clock.run(errorOf(r2.objects.put({ ...object, ...input, ifNoneMatch: '*' })))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', attempts: 1, operation: 'PutObject', ...object })
    expect(error.hint).toContain('may have been stored')
    expect(text()).toBe('mine')
    const key = 'x-amz-server-side-encryption-customer-key'
    expect(transport.sent[1]?.headers[key]).toBe(transport.sent[0]?.headers[key])
  })

  test('a put that cannot be recognised is sent again where no object is found', async () => {
    const { r2, clock, methods } = harness(firstPut('rejected'))
    await clock.run(r2.objects.put({ ...object, body: 'mine', ssec: { key: new Uint8Array(32) }, ifNoneMatch: '*' }))
    expect(methods()).toEqual(['PUT', 'HEAD', 'PUT'])
  })
})

describe('the HEAD that resolves an outcome', () => {
  test('the HEAD that resolves an outcome is retried like any read', async () => {
    const { r2, clock, methods } = harness((_, index) => (index === 0 ? 'lost-response' : undefined))
    await clock.run(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*', unknownOutcome: 'equal' }))
    expect(methods()).toEqual(['PUT', 'HEAD', 'HEAD'])
  })

  test('a HEAD that finally fails leaves the outcome unknown', async () => {
    const { r2, clock, methods } = harness((method) =>
      method === 'HEAD' ? 'rejected' : firstPut('lost-response')(method, 0),
    )
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: 'mine', ifNoneMatch: '*' })))
    expect(error).toMatchObject({ code: 'OutcomeUnknown', cause: { code: 'ConnectionReset' } })
    expect(methods()).toEqual(['PUT', 'HEAD', 'HEAD', 'HEAD'])
  })

  test('the HEAD that resolves an outcome ends with the timeout and signal of the call', async () => {
    for (const how of ['timeoutMs', 'signal'] as const) {
      const { clock, server, connect } = harness()
      const transport = server.connect({ lossOf: firstPut('lost-response') })
      const send = transport.send.bind(transport)
      transport.send = (request) =>
        request.method !== 'HEAD'
          ? send(request)
          : new Promise((_, reject) => {
              const { signal } = request
              signal?.addEventListener('abort', () => {
                reject(how === 'signal' ? new R2Error('Aborted', 'enough') : signal.reason)
              })
            })
      const controller = new AbortController()
      const options = how === 'signal' ? { signal: controller.signal } : { timeoutMs: 5_000 }
      const work = errorOf(connect(transport).objects.put({ ...object, body: 'mine', ifNoneMatch: '*' }, options))
      await clock.advance(5_000)
      controller.abort()
      expect(await work).toMatchObject({ code: how === 'signal' ? 'Aborted' : 'Timeout', operation: 'PutObject' })
      expect(clock.timers).toBe(0)
    }
  })
})
