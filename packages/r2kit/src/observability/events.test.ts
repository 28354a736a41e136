/** The events of a client, on virtual time: their content and order, and that listeners never affect a call. */
import { PassThrough } from 'node:stream'
import { R2Error, type R2Event, type R2EventListener } from 'r2kit'
import { describe, expect, test, vi } from 'vitest'
import { fakeClient, objectHeaders, type Script, streamOf, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { startLocalR2 } from '../../../local/src/index.js'
import { R2Client } from '../r2-client.js'
import { circuitBreaker } from '../resilience/circuit-breaker-layer.js'
import { rateLimit } from '../resilience/pacing-layers.js'
import { EventStream } from './event-stream.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const found: Script = () => ({ headers: objectHeaders(3, { 'cf-ray': 'ray-1' }), body: 'abc' })
const failing =
  (times: number, status = 503): Script =>
  (request, number) =>
    number <= times ? { status, headers: { 'retry-after': '2' } } : found(request, number)

const recorder = () => {
  const events: R2Event[] = []
  const listener: R2EventListener = (event) => {
    events.push(event)
  }
  return { events, listener, types: () => events.map(({ type }) => type) }
}
type OfType<Type extends R2Event['type']> = Extract<R2Event, { type: Type }>
const ofType = <Type extends R2Event['type']>(events: readonly R2Event[], type: Type) =>
  events.filter((event): event is OfType<Type> => event.type === type)

describe('the events of a call', () => {
  test('frame its attempts and retries, in order, with one ID', async () => {
    const { events, listener, types } = recorder()
    const { r2, clock } = fakeClient(failing(1), { onEvent: listener })
    const before = clock.now()
    await clock.run(r2.objects.get(object))
    expect(types()).toEqual([
      'call.started',
      'attempt.started',
      'request.signed',
      'attempt.ended',
      'retry.decided',
      'attempt.started',
      'request.signed',
      'attempt.ended',
      'call.ended',
    ])
    expect(new Set(events.map((event) => 'callId' in event && event.callId)).size).toBe(1)
    expect(events.map(({ atMs }) => atMs - before)).toEqual([0, 0, 0, 0, 0, 2000, 2000, 2000, 2000])
    expect(ofType(events, 'retry.decided')).toMatchObject([
      { attempt: 1, verdict: 'retry-after', delayMs: 2000, error: { code: 'ServiceUnavailable', status: 503 } },
    ])
    expect(ofType(events, 'request.signed').map(({ isKeyCached }) => isKeyCached)).toEqual([false, true])
    expect(events.at(-1)).toMatchObject({
      type: 'call.ended',
      operation: 'GetObject',
      ...object,
      outcome: 'success',
      durationMs: 2000,
      attempts: 2,
      status: 200,
      requestId: 'ray-1',
      bytesReceived: 3,
      error: undefined,
    })
  })

  test.each([
    [503, 'no-more-retries', 3],
    [404, 'do-not-retry', 1],
  ] as const)('end a call that fails with status %d with the verdict %s', async (status, verdict, attempts) => {
    const { events, listener } = recorder()
    const { r2, clock } = fakeClient(failing(9, status), { onEvent: listener })
    const error = await clock.run(errorOf(r2.objects.get(object)))
    expect(ofType(events, 'retry.decided').at(-1)).toMatchObject({ verdict, delayMs: undefined, attempt: attempts })
    expect(events.at(-1)).toMatchObject({
      type: 'call.ended',
      outcome: 'failure',
      attempts,
      status,
      bytesSent: 0,
      error: { code: error.code, kind: error.kind, retryable: error.retryable },
    })
  })

  test('count the bytes of an upload', async () => {
    const { events, listener } = recorder()
    const { r2 } = fakeClient(() => ({ headers: { etag: '"900150983cd24fb0d6963f7d28e17f72"' } }), {
      onEvent: listener,
    })
    await r2.objects.put({ ...object, body: 'abc' })
    expect(ofType(events, 'attempt.started')).toMatchObject([{ method: 'PUT', bytes: 3 }])
    expect(ofType(events, 'call.ended')).toMatchObject([{ bytesSent: 3, bytesReceived: 0 }])
  })

  test('leave a Node stream intact that flows or fails while the reporting code is loaded', async () => {
    const { events, listener } = recorder()
    const { r2, transport } = fakeClient(() => ({ headers: { etag: '"900150983cd24fb0d6963f7d28e17f72"' } }), {
      onEvent: listener,
    })
    const flowing = new PassThrough()
    flowing.end('abc')
    await r2.objects.put({ ...object, body: flowing, contentLength: 3 })
    expect(transport.sent[0]?.bodyBytes.toString()).toBe('abc')
    const { r2: another } = fakeClient(() => ({}), { onEvent: listener })
    const failing = new PassThrough()
    const put = errorOf(another.objects.put({ ...object, body: failing, contentLength: 3 }))
    failing.destroy(new Error('the disk is gone'))
    // As with operations that are loaded lazily: the stream has failed before it was read, and no error is unhandled.
    expect(await put).toMatchObject({ code: 'InvalidInput', field: 'body' })
    expect(ofType(events, 'call.ended').map(({ outcome }) => outcome)).toEqual(['success', 'failure'])
  })

  test('end when a streamed body has been read, and count its bytes', async () => {
    const { events, listener, types } = recorder()
    const { r2 } = fakeClient(() => ({ headers: objectHeaders(6), body: streamOf('abc', 'def') }), {
      onEvent: listener,
    })
    const { body } = await r2.objects.getStream(object, { resume: false })
    expect(types().at(-1)).toBe('attempt.ended')
    expect(await new Response(body).text()).toBe('abcdef')
    expect(events.at(-1)).toMatchObject({ type: 'call.ended', outcome: 'success', bytesReceived: 6 })
  })

  test('end when a streamed body is cancelled', async () => {
    const { events, listener } = recorder()
    const { r2 } = fakeClient(() => ({ headers: objectHeaders(6), body: streamOf('abc', 'def') }), {
      onEvent: listener,
    })
    const { body } = await r2.objects.getStream(object, { resume: false })
    await body.cancel()
    expect(events.at(-1)).toMatchObject({ type: 'call.ended', outcome: 'success', bytesReceived: 0 })
  })

  test('report the failure of a streamed body', async () => {
    const { events, listener } = recorder()
    const broken = streamOf('abc', new Error('cut'))
    const { r2 } = fakeClient(() => ({ headers: objectHeaders(6), body: broken }), { onEvent: listener })
    const { body } = await r2.objects.getStream(object, { resume: false })
    await expect(new Response(body).text()).rejects.toThrow()
    expect(ofType(events, 'call.ended')).toMatchObject([{ outcome: 'failure', bytesReceived: 3 }])
  })

  test('report an input that is refused before anything is sent', async () => {
    const { events, listener } = recorder()
    const { r2 } = fakeClient(found, { onEvent: listener })
    await errorOf(r2.objects.get({ ...object, kye: 'x' } as never))
    await errorOf(r2.objects.get({ bucket: 'NO', key: 'x' }))
    await vi.waitFor(() => expect(ofType(events, 'call.ended')).toHaveLength(2))
    for (const event of ofType(events, 'call.ended'))
      expect(event).toMatchObject({
        outcome: 'failure',
        attempts: 0,
        status: undefined,
        error: { code: 'InvalidInput' },
      })
  })

  test('report a wrong clock, and the second signature', async () => {
    const { events, listener } = recorder()
    const { r2, clock } = fakeClient(
      (request, number) =>
        number > 1
          ? found(request, number)
          : {
              status: 403,
              headers: { date: new Date(clock.now() + 3_600_000).toUTCString() },
              body: '<Error><Code>RequestTimeTooSkewed</Code></Error>',
            },
      { onEvent: listener },
    )
    await clock.run(r2.objects.get(object))
    expect(ofType(events, 'clock.skewed')[0]?.skewMs).toBeCloseTo(-3_600_000, -4)
    expect(ofType(events, 'request.signed')).toHaveLength(2)
    expect(ofType(events, 'attempt.started')).toHaveLength(1)
  })

  test('report an expired session token', async () => {
    const { events, listener } = recorder()
    let calls = 0
    const credentials = () => ({ ...testCredentials, sessionToken: `token-${++calls}` })
    const { r2, clock } = fakeClient(
      (request, number) =>
        request.headers['x-amz-security-token'] === 'token-1'
          ? { status: 400, body: '<Error><Code>ExpiredToken</Code></Error>' }
          : found(request, number),
      { onEvent: listener, credentials },
    )
    await clock.run(r2.objects.get(object))
    expect(ofType(events, 'credentials.expired')).toMatchObject([{ ...object, attempt: 1 }])
    expect(ofType(events, 'credentials.refreshed')).toHaveLength(2)
    expect(ofType(events, 'request.signed').map(({ isTemporary }) => isTemporary)).toEqual([true, true])
    expect(JSON.stringify(events)).not.toContain('token-')
  })

  test('report a write whose response was lost, and which is stored', async () => {
    const { events, listener } = recorder()
    const { r2, clock } = fakeClient(
      ({ method }) =>
        method === 'PUT'
          ? new R2Error('ConnectionReset', 'the connection was reset')
          : {
              headers: objectHeaders(3, {
                etag: '"900150983cd24fb0d6963f7d28e17f72"',
                'last-modified': new Date(clock.now()).toUTCString(),
                date: new Date(clock.now()).toUTCString(),
              }),
            },
      { onEvent: listener },
    )
    await clock.run(r2.objects.put({ ...object, body: 'abc', ifNoneMatch: '*', unknownOutcome: 'equal' }))
    expect(ofType(events, 'outcome.resolved')).toMatchObject([
      { operation: 'PutObject', attempt: 1, error: { code: 'ConnectionReset' } },
    ])
    expect(ofType(events, 'call.ended').map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['HeadObject', 'success'],
      ['PutObject', 'success'],
    ])
  })

  test('report limits of the server and of a layer', async () => {
    const { events, listener } = recorder()
    const layers = { attempt: [rateLimit({ requestsPerSecond: 1 })] }
    const { r2, clock } = fakeClient(failing(1, 429), { onEvent: listener, layers })
    await clock.run(r2.objects.get(object))
    await clock.run(r2.objects.get(object))
    expect(ofType(events, 'rate.limited').map(({ by }) => by)).toEqual(['server', 'rate-limit'])
    expect(ofType(events, 'rate.limited')[0]).toMatchObject({ delayMs: 2000 })
  })

  test('report every state of a circuit breaker, with the call that caused it', async () => {
    const { events, listener } = recorder()
    const layers = { attempt: [circuitBreaker({ failures: 2, successes: 1 })] }
    const { r2, clock } = fakeClient(failing(2, 500), { onEvent: listener, layers, retry: { maxAttempts: 1 } })
    for (let count = 0; count < 2; count++) await clock.run(errorOf(r2.objects.get(object)))
    expect((await errorOf(r2.objects.get(object))).code).toBe('CircuitOpen')
    await clock.advance(30_000)
    await clock.run(r2.objects.get(object))
    const changes = ofType(events, 'breaker.changed')
    expect(changes.map(({ state }) => state)).toEqual(['open', 'half-open', 'closed'])
    const calls = ofType(events, 'call.started').map(({ callId }) => callId)
    expect(changes.map(({ callId }) => calls.indexOf(callId))).toEqual([1, 3, 3])
    expect(ofType(events, 'call.ended')[2]).toMatchObject({ attempts: 0, error: { code: 'CircuitOpen' } })
  })
})

test('a presigned URL is reported for audit without its signature', async () => {
  const { events, listener } = recorder()
  const { r2, clock } = fakeClient(found, { onEvent: listener })
  const { url } = await r2.presign.get({ ...object, expiresInSeconds: 600 })
  expect(events).toMatchObject([
    { type: 'url.presigned', method: 'GET', ...object, expiresAtMs: Math.floor(clock.now() / 1000) * 1000 + 600_000 },
  ])
  const signature = new URL(url).searchParams.get('X-Amz-Signature') ?? ''
  expect(signature).not.toBe('')
  expect(JSON.stringify(events)).not.toContain(signature)
})

test('the calls of a credential provider are reported', async () => {
  const { events, listener } = recorder()
  let isDown = true
  const credentials = () => {
    if (isDown) throw new Error(`vault is down, the secret was ${testCredentials.secretAccessKey}`)
    return { ...testCredentials, expiresAt: new Date(9e12) }
  }
  const { r2, clock } = fakeClient(found, { onEvent: listener, credentials })
  await clock.run(errorOf(r2.objects.get(object)))
  isDown = false
  await clock.run(r2.objects.get(object))
  expect(ofType(events, 'credentials.failed')).toMatchObject([{ error: { code: 'ApplicationError' } }])
  expect(ofType(events, 'credentials.refreshed')).toMatchObject([{ expiresAtMs: 9e12 }])
  expect(JSON.stringify(events)).not.toContain(testCredentials.secretAccessKey)
})

describe('a listener', () => {
  test.each<[string, R2EventListener]>([
    [
      'throws',
      () => {
        throw new Error('listener')
      },
    ],
    ['returns a promise that rejects', () => Promise.reject(new Error('listener'))],
  ])('that %s affects neither calls nor other listeners, and is reported once', async (_, bad) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    try {
      const { listener, types } = recorder()
      const { r2 } = fakeClient(found, { onEvent: [bad, listener] })
      expect((await r2.objects.get(object)).size).toBe(3)
      expect((await r2.objects.get(object)).size).toBe(3)
      await Promise.resolve()
      expect(types().filter((type) => type === 'call.ended')).toHaveLength(2)
      expect(warn).toHaveBeenCalledTimes(1)
      expect(warn.mock.calls[0]?.[0]).toContain('onEvent')
    } finally {
      warn.mockRestore()
    }
  })

  test('that makes a call receives all events in the same order as the others', async () => {
    const orders: string[][] = [[], []]
    const follow = (index: number) => (event: R2Event) => {
      if ('callId' in event) orders[index]?.push(`${event.callId} ${event.type}`)
    }
    let nested: Promise<unknown> | undefined
    const calling: R2EventListener = (event) => {
      if (event.type === 'call.ended') nested ??= r2.objects.head(object)
    }
    const { r2 } = fakeClient(found, { onEvent: [follow(0), calling, follow(1)] })
    await r2.objects.get(object)
    await nested
    expect(orders[0]).toHaveLength(10)
    expect(orders[1]).toEqual(orders[0])
  })

  test('receives descriptions of requests only if it asks for them, without customer keys', async () => {
    const plain = recorder()
    const describing = recorder()
    const onEvent = [plain.listener, Object.assign(describing.listener, { describesRequests: true })]
    const { r2 } = fakeClient(found, { onEvent })
    const key = 'a'.repeat(32)
    await r2.objects.get({ ...object, ssec: { key: new TextEncoder().encode(key) } })
    expect(plain.types()).not.toContain('request.described')
    const [described] = ofType(describing.events, 'request.described')
    expect(described?.request).toMatchObject({ method: 'GET', ...object, path: '/photos/cat.jpg' })
    expect(described?.request.headers['x-amz-server-side-encryption-customer-key']).toBe('[REDACTED]')
    expect(JSON.stringify(describing.events)).not.toContain(btoa(key))
  })
})

test('a client without listeners makes no events', async () => {
  const emit = vi.spyOn(EventStream.prototype, 'emit')
  try {
    for (const [onEvent, count] of [
      [[], 0],
      [[() => undefined], 9],
    ] as const) {
      const { r2, clock } = fakeClient(failing(1), { onEvent })
      await clock.run(r2.objects.get(object))
      expect(emit).toHaveBeenCalledTimes(count)
    }
  } finally {
    emit.mockRestore()
  }
})

describe('the events of transfers', () => {
  test('join a multipart upload from its creation to its completion', async () => {
    const { events, listener } = recorder()
    await using local = await startLocalR2()
    await using r2 = new R2Client({ ...connectionTo(local), onEvent: listener })
    await r2.buckets.create({ bucket: object.bucket })
    const partSizeBytes = 5 * 1024 * 1024
    const body = new Uint8Array(2 * partSizeBytes + 1)
    await r2.transfers.upload(body, object, { partSizeBytes, thresholdBytes: 1 })
    await r2.transfers.download(object, 'bytes')
    const [created] = ofType(events, 'multipart.created')
    expect(created).toMatchObject(object)
    expect(ofType(events, 'multipart.completed')).toMatchObject([
      { ...object, uploadId: created?.uploadId, parts: 3, bytes: body.byteLength },
    ])
    const ended = ofType(events, 'transfer.ended')
    expect(ended).toMatchObject([
      { direction: 'upload', outcome: 'success', bytes: body.byteLength, parts: 3 },
      { direction: 'download', outcome: 'success', bytes: body.byteLength },
    ])
    expect(ofType(events, 'transfer.started').map(({ transferId }) => transferId)).toEqual(
      ended.map(({ transferId }) => transferId),
    )
    const received = ofType(events, 'call.ended').filter(({ operation }) => operation === 'GetObject')
    // An idle connection may take over part of a slow range, whose bytes then arrive twice.
    expect(received.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0)).toBeGreaterThanOrEqual(body.byteLength)
    expect(Math.max(...ofType(events, 'pool.resized').map(({ connections }) => connections))).toBeGreaterThan(1)
  })

  test('report an upload that cannot be aborted', async () => {
    const { events, listener } = recorder()
    const { r2, clock } = fakeClient(failing(1000, 500), { onEvent: listener })
    const upload = { ...object, uploadId: 'an-upload' }
    const guard = r2.transfers.guardUpload(upload)
    await clock.run(guard[Symbol.asyncDispose]())
    expect(ofType(events, 'multipart.abortFailed')).toMatchObject([{ ...upload, error: { code: 'InternalError' } }])
    expect(ofType(events, 'transfer.warned').length).toBeGreaterThan(1)
    expect(ofType(events, 'multipart.aborted')).toEqual([])
  })

  test('report the abort of an upload whose source fails', async () => {
    const { events, listener } = recorder()
    await using local = await startLocalR2()
    await using r2 = new R2Client({ ...connectionTo(local), onEvent: listener })
    await r2.buckets.create({ bucket: object.bucket })
    const partSizeBytes = 5 * 1024 * 1024
    const source = async function* () {
      yield new Uint8Array(partSizeBytes + 1)
      throw new Error('source')
    }
    await errorOf(Promise.resolve(r2.transfers.upload(source(), object, { partSizeBytes, thresholdBytes: 1 })))
    expect(ofType(events, 'multipart.aborted')).toMatchObject([
      { uploadId: ofType(events, 'multipart.created')[0]?.uploadId },
    ])
    expect(ofType(events, 'transfer.ended')).toMatchObject([{ outcome: 'failure', error: { code: 'SourceFailed' } }])
  })
})

const connectionTo = ({ endpoint, credentials }: Awaited<ReturnType<typeof startLocalR2>>) => ({
  endpoint,
  credentials,
})
