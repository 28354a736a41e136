import { describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, type Script, streamOf } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { abortError, type ErrorCode, R2Error } from '../errors/index.js'

const object = { bucket: 'bucket', key: 'key' }
const broken = (code: ErrorCode) => () => new R2Error(code, 'broken')
const status =
  (code: number, headers = {}): Script =>
  () => ({ status: code, headers })
/** Fails `times` times, then succeeds. */
const failing =
  (times: number, failure: Script, success: Script = () => ({ headers: objectHeaders(0) })): Script =>
  (request, number) =>
    number <= times ? failure(request, number) : success(request, number)

const stored: Script = () => ({ headers: { etag: '"356c9ee60e9da05301adc3bd96f6b383"' } })

describe('retries', () => {
  test('retries a temporary error after 100 and 200 ms', async () => {
    const { r2, transport, clock } = fakeClient(failing(2, status(500)))
    const before = clock.now()
    await clock.run(r2.objects.get(object))
    expect(transport.sent).toHaveLength(3)
    expect(clock.now() - before).toBe(300)
  })

  test('signs each attempt with the current time', async () => {
    const { r2, transport, clock } = fakeClient(failing(2, status(503, { 'retry-after': '60' })))
    await clock.run(r2.objects.get(object))
    const dates = transport.sent.map(({ headers }) => headers['x-amz-date'])
    expect(dates).toEqual(['20260101T120000Z', '20260101T120100Z', '20260101T120200Z'])
    const signatures = new Set(transport.sent.map(({ headers }) => headers.authorization))
    expect(signatures.size).toBe(3)
  })

  test('the error of the last attempt has the number of attempts', async () => {
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

  test('does not retry an error that is not retryable', async () => {
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
  ])('Retry-After: %s delays the next attempt by %i ms', async (text, delayMs) => {
    const { r2, clock } = fakeClient(failing(1, status(429, { 'retry-after': text })))
    const before = clock.now()
    await clock.run(r2.objects.get(object))
    expect(clock.now() - before).toBe(delayMs)
  })

  test('sends all bytes of a Blob with each attempt', async () => {
    const { r2, transport, clock } = fakeClient(failing(2, broken('ConnectionReset'), stored))
    await clock.run(r2.objects.put({ ...object, body: new Blob(['whole']) }, {}))
    expect(transport.sent.map(({ bodyBytes }) => bodyBytes.toString())).toEqual(['whole', 'whole', 'whole'])
  })

  test('does not retry with a spent stream, and reports the first error', async () => {
    const { r2, transport, clock } = fakeClient(failing(1, status(500)))
    const error = await clock.run(errorOf(r2.objects.put({ ...object, body: streamOf('once'), contentLength: 4 })))
    expect(error).toMatchObject({ code: 'InternalError', attempts: 1 })
    expect(transport.sent).toHaveLength(1)
  })
})

describe('an upload whose response is not that of the bytes that were sent', () => {
  const otherEtag: Script = () => ({ headers: { etag: '"0123456789abcdef0123456789abcdef"' } })
  const otherChecksum: Script = () => ({ headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } })
  const put = { ...object, body: new Blob(['whole']) }
  const responses = [
    { what: 'the checksum', script: otherChecksum, ignoresChecksums: false },
    { what: 'the ETag, from a server that knows no checksums,', script: otherEtag, ignoresChecksums: true },
  ]

  test.each(responses)(
    'an upload is retried where $what is that of other bytes',
    async ({ script, ignoresChecksums }) => {
      const { r2, transport, clock } = fakeClient(script)
      transport.ignoresChecksums = ignoresChecksums
      const error = await clock.run(errorOf(r2.objects.put(put)))
      expect(error).toMatchObject({ code: 'IntegrityMismatch', attempts: 3, operation: 'PutObject', ...object })
      expect(transport.sent).toHaveLength(3)
    },
  )

  test.each(['BadDigest', 'XAmzContentSHA256Mismatch'])(
    'a conditional upload is sent again after the server has refused its bytes with %s and stored nothing',
    async (code) => {
      const refused = { status: 400, body: `<Error><Code>${code}</Code><Message>mismatch</Message></Error>` }
      const { r2, transport, clock } = fakeClient((_, number) =>
        number === 1 ? refused : { headers: { etag: '"e"' } },
      )
      await clock.run(r2.objects.put({ ...put, ifNoneMatch: '*' }))
      expect(transport.sent.map(({ method }) => method)).toEqual(['PUT', 'PUT'])
    },
  )

  test.each(responses)(
    'a conditional upload is not retried where $what is that of other bytes',
    async ({ script, ignoresChecksums }) => {
      const { r2, transport, clock } = fakeClient(script)
      transport.ignoresChecksums = ignoresChecksums
      await clock.run(errorOf(r2.objects.put({ ...put, ifNoneMatch: '*' })))
      expect(transport.sent).toHaveLength(1)
    },
  )
})

describe('a lost response', () => {
  const lost = ['Timeout', 'ConnectionReset', 'StreamInterrupted', 'InvalidResponse'] as const

  test.each(lost)('a write without conditions is retried after %s', async (code) => {
    const { r2, transport, clock } = fakeClient(failing(1, broken(code), stored))
    await clock.run(r2.objects.put({ ...object, body: 'x' }))
    expect(transport.sent).toHaveLength(2)
  })

  test.each(lost)('a conditional write is looked up after %s, before it is retried', async (code) => {
    const { r2, transport, clock } = fakeClient(
      failing(1, broken(code), (request, number) =>
        request.method === 'HEAD' ? { status: 404 } : stored(request, number),
      ),
    )
    await clock.run(r2.objects.put({ ...object, body: 'x', ifNoneMatch: '*' }))
    expect(transport.sent.map(({ method }) => method)).toEqual(['PUT', 'HEAD', 'PUT'])
  })

  test.each(lost)('a conditional write with maxAttempts: 1 is looked up after %s, and not retried', async (code) => {
    const { r2, transport, clock } = fakeClient((_, number) => (number === 1 ? broken(code)() : { status: 404 }))
    const put = r2.objects.put({ ...object, body: 'x', ifNoneMatch: '*' }, { maxAttempts: 1 })
    expect(await clock.run(errorOf(put))).toMatchObject({ code })
    expect(transport.sent.map(({ method }) => method)).toEqual(['PUT', 'HEAD'])
  })

  test.each(lost)('CreateMultipartUpload and CreateBucket are not retried after %s', async (code) => {
    const { r2, transport, clock } = fakeClient(broken(code))
    await clock.run(errorOf(r2.multipart.create(object)))
    await clock.run(errorOf(r2.buckets.create({ bucket: 'bucket' })))
    expect(transport.sent).toHaveLength(2)
  })

  test('any request that did not reach the server is retried', async () => {
    const { r2, transport, clock } = fakeClient(failing(1, broken('ConnectionFailed')))
    await clock.run(r2.objects.put({ ...object, body: 'x', ifNoneMatch: '*' }))
    expect(transport.sent).toHaveLength(2)
  })
})

describe('limits of a call', () => {
  test('a Retry-After of an hour fails the call, and the error has the delay', async () => {
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

  test('maxRetryAfterMs permits a Retry-After of an hour', async () => {
    const script = failing(1, status(503, { 'retry-after': '3600' }))
    const { r2, clock } = fakeClient(script, { retry: { maxRetryAfterMs: 3_600_000 } })
    const before = clock.now()
    await clock.run(r2.objects.get(object))
    expect(clock.now() - before).toBe(3_600_000)
  })

  test('an abort ends the delay before a retry', async () => {
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

  test('dispose ends the delay before a retry with ClientClosed, whose cause is the error of the attempt', async () => {
    const { r2, transport, clock } = fakeClient(status(503, { 'retry-after': '60' }))
    const work = errorOf(r2.objects.get(object))
    await clock.advance(1_000)
    await r2.dispose()
    expect(await work).toMatchObject({ code: 'ClientClosed', attempts: 1, cause: { code: 'ServiceUnavailable' } })
    expect(transport.sent).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })

  test('a signal that times out ends the call with Timeout, without a retry', async () => {
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

  test('a delay that would outlast timeoutMs is not started', async () => {
    const { r2, transport, clock } = fakeClient(status(503, { 'retry-after': '3600' }))
    const before = clock.now()
    const error = await clock.run(errorOf(r2.objects.get(object, { timeoutMs: 60_000 })))
    expect(error).toMatchObject({ code: 'ServiceUnavailable', attempts: 1, retryAfterMs: 3_600_000 })
    expect(clock.now()).toBe(before)
    expect(transport.sent).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })

  test('timeoutMs covers attempts and delays together, and ends the call with Timeout', async () => {
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

  test('timeoutMs: Infinity starts no timer', async () => {
    const { r2, clock } = fakeClient(failing(1, status(500)))
    await clock.run(r2.objects.get(object, { timeoutMs: Number.POSITIVE_INFINITY }))
    expect(clock.timers).toBe(0)
  })

  test('maxAttempts of a call overrides that of the client', async () => {
    const { r2, transport, clock } = fakeClient(status(500))
    await clock.run(errorOf(r2.objects.get(object, { maxAttempts: 1 })))
    expect(transport.sent).toHaveLength(1)
  })
})
