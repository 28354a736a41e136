import { describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, type Script, streamOf } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { abortError, type ErrorCode, R2Error } from '../errors/index.js'

const object = { bucket: 'bucket', key: 'key' }
const broken = (code: ErrorCode) => () => new R2Error(code, 'broken')
const status =
  (code: number, headers = {}): Script =>
  () => ({ status: code, headers })
/** Fails as often as asked, then answers. */
const failing =
  (times: number, failure: Script, success: Script = () => ({ headers: objectHeaders(0) })): Script =>
  (request, number) =>
    number <= times ? failure(request, number) : success(request, number)

const stored: Script = () => ({ headers: { etag: '"356c9ee60e9da05301adc3bd96f6b383"' } })

describe('what is sent again', () => {
  test('a call that fails twice for a reason that passes succeeds, after 100 and 200 ms', async () => {
    const { r2, transport, clock } = fakeClient(failing(2, status(500)))
    const before = clock.now()
    await clock.run(r2.objects.get(object))
    expect(transport.sent).toHaveLength(3)
    expect(clock.now() - before).toBe(300)
  })

  test('each attempt is signed anew, with the time it has then', async () => {
    const { r2, transport, clock } = fakeClient(failing(2, status(503, { 'retry-after': '60' })))
    await clock.run(r2.objects.get(object))
    const dates = transport.sent.map(({ headers }) => headers['x-amz-date'])
    expect(dates).toEqual(['20260101T120000Z', '20260101T120100Z', '20260101T120200Z'])
    const signatures = new Set(transport.sent.map(({ headers }) => headers.authorization))
    expect(signatures.size).toBe(3)
  })

  test('the error of the last attempt says how many there were', async () => {
    const { r2, transport, clock } = fakeClient(status(500, { 'cf-ray': 'ray-7' }))
    const error = await clock.run(errorOf(r2.objects.get(object)))
    expect(error).toMatchObject({
      code: 'InternalError',
      attempts: 3,
      requestId: 'ray-7',
      operation: 'GetObject',
      ...object,
    })
    expect(transport.sent).toHaveLength(3)
  })

  test('what is final is sent once', async () => {
    const { r2, transport, clock } = fakeClient(status(403))
    expect(await clock.run(errorOf(r2.objects.get(object)))).toMatchObject({ code: 'AccessDenied', attempts: 1 })
    expect(transport.sent).toHaveLength(1)
  })

  test.each([
    ['5', 5_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 12:00:42 GMT', 42_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['soon', 1_000],
  ])('Retry-After: %s waits %i ms', async (text, delayMs) => {
    const { r2, clock } = fakeClient(failing(1, status(429, { 'retry-after': text })))
    const before = clock.now()
    await clock.run(r2.objects.get(object))
    expect(clock.now() - before).toBe(delayMs)
  })

  test('bytes, files and Blobs are sent again whole', async () => {
    const { r2, transport, clock } = fakeClient(failing(2, broken('ConnectionReset'), stored))
    await clock.run(r2.objects.put({ ...object, body: new Blob(['whole']) }, {}))
    expect(transport.sent.map(({ bodyBytes }) => bodyBytes.toString())).toEqual(['whole', 'whole', 'whole'])
  })

  test('a spent stream is not: the first error stands', async () => {
    const { r2, transport, clock } = fakeClient(failing(1, status(500)))
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: streamOf('once'), contentLength: 4 })))
    expect(error).toMatchObject({ code: 'InternalError', attempts: 1 })
    expect(transport.sent).toHaveLength(1)
  })
})

describe('an upload whose ETag is not the MD5 of what was sent', () => {
  const otherBytes: Script = () => ({ headers: { etag: '"0123456789abcdef0123456789abcdef"' } })

  test('is sent again where it can be, and counts its attempts', async () => {
    const { r2, transport, clock } = fakeClient(otherBytes)
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: new Blob(['whole']) })))
    expect(error).toMatchObject({ code: 'IntegrityMismatch', attempts: 3, operation: 'PutObject', ...object })
    expect(transport.sent).toHaveLength(3)
  })

  test('is not, where a condition would make the second try lose against the first', async () => {
    const { r2, transport, clock } = fakeClient(otherBytes)
    await clock.run(errorOf(r2.objects.put({ ...object, body: new Blob(['whole']), ifNoneMatch: '*' })))
    expect(transport.sent).toHaveLength(1)
  })
})

describe('a lost response', () => {
  const lost = ['Timeout', 'ConnectionReset', 'StreamInterrupted', 'InvalidResponse'] as const

  test.each(lost)('%s: a write without conditions is sent again', async (code) => {
    const { r2, transport, clock } = fakeClient(failing(1, broken(code), stored))
    await clock.run(r2.objects.put({ ...object, body: 'x' }))
    expect(transport.sent).toHaveLength(2)
  })

  test.each(lost)(
    '%s: a conditional write is looked for first, since the second would lose against it',
    async (code) => {
      const { r2, transport, clock } = fakeClient(
        failing(1, broken(code), (request, number) =>
          request.method === 'HEAD' ? { status: 404 } : stored(request, number),
        ),
      )
      await clock.run(r2.objects.put({ ...object, body: 'x', ifNoneMatch: '*' }))
      expect(transport.sent.map(({ method }) => method)).toEqual(['PUT', 'HEAD', 'PUT'])
    },
  )

  test.each(lost)('%s: a conditional write with one attempt is looked for, and not sent again', async (code) => {
    const { r2, transport, clock } = fakeClient((_, number) => (number === 1 ? broken(code)() : { status: 404 }))
    const put = r2.objects.put({ ...object, body: 'x', ifNoneMatch: '*' }, { maxAttempts: 1 })
    expect(await clock.run(errorOf(put))).toMatchObject({ code })
    expect(transport.sent.map(({ method }) => method)).toEqual(['PUT', 'HEAD'])
  })

  test.each(lost)('%s: CreateMultipartUpload and CreateBucket are not sent again', async (code) => {
    const { r2, transport, clock } = fakeClient(broken(code))
    await clock.run(errorOf(r2.multipart.create(object)))
    await clock.run(errorOf(r2.buckets.create({ bucket: 'bucket' })))
    expect(transport.sent).toHaveLength(2)
  })

  test('a request that never reached the server is sent again, whatever it was', async () => {
    const { r2, transport, clock } = fakeClient(failing(1, broken('ConnectionFailed')))
    await clock.run(r2.objects.put({ ...object, body: 'x', ifNoneMatch: '*' }))
    expect(transport.sent).toHaveLength(2)
  })
})

describe('the caller’s patience', () => {
  test('a server that asks for an hour is not waited for: the error has the delay', async () => {
    const { r2, transport, clock } = fakeClient(status(503, { 'retry-after': '3600' }))
    const before = clock.now()
    expect(await errorOf(r2.objects.get(object))).toMatchObject({
      code: 'ServiceUnavailable',
      attempts: 1,
      retryAfterMs: 3_600_000,
    })
    expect(clock.now()).toBe(before)
    expect(transport.sent).toHaveLength(1)
  })

  test('a client that allows longer waits does wait for the hour', async () => {
    const script = failing(1, status(503, { 'retry-after': '3600' }))
    const { r2, clock } = fakeClient(script, { retry: { maxRetryAfterMs: 3_600_000 } })
    const before = clock.now()
    await clock.run(r2.objects.get(object))
    expect(clock.now() - before).toBe(3_600_000)
  })

  test('an abort ends a wait immediately', async () => {
    const { r2, transport, clock } = fakeClient(status(503, { 'retry-after': '60' }))
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = errorOf(r2.objects.get(object, { signal: controller.signal }))
    await clock.advance(1_000)
    controller.abort(reason)
    expect(await work).toMatchObject({ code: 'Aborted', cause: reason, attempts: 1, ...object })
    expect(transport.sent).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })

  test('disposing the client ends a wait, with ClientClosed and the error of the attempt as its cause', async () => {
    const { r2, transport, clock } = fakeClient(status(503, { 'retry-after': '60' }))
    const work = errorOf(r2.objects.get(object))
    await clock.advance(1_000)
    await r2.dispose()
    expect(await work).toMatchObject({ code: 'ClientClosed', attempts: 1, cause: { code: 'ServiceUnavailable' } })
    expect(transport.sent).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })

  test('a signal that times out ends the call as Timeout, without another attempt', async () => {
    const controller = new AbortController()
    const late = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    const { r2, transport, clock } = fakeClient(() => {
      controller.abort(late)
      return abortError(controller.signal)
    })
    const error = await clock.run(errorOf(r2.objects.get(object, { signal: controller.signal })))
    expect(error).toMatchObject({ code: 'Timeout', cause: late, attempts: 1, ...object })
    expect(transport.sent).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })

  test('a wait that would outlast the deadline is not begun', async () => {
    const { r2, transport, clock } = fakeClient(status(503, { 'retry-after': '3600' }))
    const before = clock.now()
    const error = await clock.run(errorOf(r2.objects.get(object, { timeoutMs: 60_000 })))
    expect(error).toMatchObject({ code: 'ServiceUnavailable', attempts: 1, retryAfterMs: 3_600_000 })
    expect(clock.now()).toBe(before)
    expect(transport.sent).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })

  test('the deadline covers attempts and waits together, and ends the call as Timeout', async () => {
    const { r2, clock } = fakeClient(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    const before = clock.now()
    const error = await clock.run(errorOf(r2.objects.get(object, { timeoutMs: 5_000 })))
    expect(error).toMatchObject({ code: 'Timeout', operation: 'GetObject', ...object })
    expect(error.message).toContain('5000')
    expect(clock.now() - before).toBe(5_000)
  })

  test('a deadline without end is none', async () => {
    const { r2, clock } = fakeClient(failing(1, status(500)))
    await clock.run(r2.objects.get(object, { timeoutMs: Number.POSITIVE_INFINITY }))
    expect(clock.timers).toBe(0)
  })

  test('maxAttempts of the call overrides the client’s', async () => {
    const { r2, transport, clock } = fakeClient(status(500))
    await clock.run(errorOf(r2.objects.get(object, { maxAttempts: 1 })))
    expect(transport.sent).toHaveLength(1)
  })
})
