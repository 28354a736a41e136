/** Requirement 3.1, row by row: which failures are sent again, when, and the verdict in the error. */
import { type ErrorCode, R2Error, type RetryVerdict } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { type FakeResponse, fakeClient, objectHeaders, type Script, streamOf } from '../support/fake-transport.js'
import { errorOf } from '../support/results.js'
// Loaded before the first test: a virtual clock does not wait for a module.
import '../../packages/r2kit/src/transfers/engine.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const document = (code: string) => `<Error><Code>${code}</Code><Message>no</Message></Error>`
const refusal = (status: number, code: string, headers = {}): FakeResponse => ({
  status,
  body: document(code),
  headers,
})
const failing = (code: ErrorCode) => new R2Error(code, 'x')

const once = [0]
const doubled = [0, 100, 300]
const halved = [0, 50, 150]
const aSecond = [0, 1_000, 2_000]

/** When the requests of a call are sent, in milliseconds, and the verdict of its error. */
const rows: [failure: string, response: FakeResponse | Error, times: number[], verdict: RetryVerdict][] = [
  // The server says InternalError, ServiceUnavailable, any other 5xx: retry after the delay.
  ['InternalError', refusal(500, 'InternalError'), doubled, 'no-more-retries'],
  ['ServiceUnavailable', refusal(503, 'ServiceUnavailable'), doubled, 'no-more-retries'],
  ['a 502 of a proxy', { status: 502, body: '<html>' }, doubled, 'no-more-retries'],
  ['a 504 without a body', { status: 504 }, doubled, 'no-more-retries'],
  ['a 520 of the edge', { status: 520 }, doubled, 'no-more-retries'],
  ['an unknown code with a 5xx', refusal(500, 'NewTrouble'), doubled, 'no-more-retries'],
  // R2 does not have the operation: it will not have it in a second either.
  ['a 501', refusal(501, 'NotImplemented'), once, 'do-not-retry'],
  // SlowDown and TooManyRequests: the Retry-After of the server, else the delay, which is a second for a 429.
  [
    'SlowDown with Retry-After in seconds',
    refusal(503, 'SlowDown', { 'retry-after': '7' }),
    [0, 7_000, 14_000],
    'no-more-retries',
  ],
  [
    'TooManyRequests with Retry-After: 0',
    refusal(429, 'TooManyRequests', { 'retry-after': '0' }),
    [0, 0, 0],
    'no-more-retries',
  ],
  ['SlowDown without Retry-After', refusal(503, 'SlowDown'), doubled, 'no-more-retries'],
  ['TooManyRequests without Retry-After', refusal(429, 'TooManyRequests'), aSecond, 'no-more-retries'],
  ['a 429 without a body', { status: 429 }, aSecond, 'no-more-retries'],
  ['a Retry-After beyond maxRetryAfterMs', refusal(503, 'SlowDown', { 'retry-after': '61' }), once, 'no-more-retries'],
  // Timeout, connection failed or reset: half the delay.
  ['a timeout', failing('Timeout'), halved, 'no-more-retries'],
  ['a connection that cannot be made', failing('ConnectionFailed'), halved, 'no-more-retries'],
  ['a reset', failing('ConnectionReset'), halved, 'no-more-retries'],
  ['a stream that breaks off', failing('StreamInterrupted'), halved, 'no-more-retries'],
  // Final immediately.
  ['AccessDenied', refusal(403, 'AccessDenied'), once, 'do-not-retry'],
  ['SignatureDoesNotMatch', refusal(403, 'SignatureDoesNotMatch'), once, 'do-not-retry'],
  ['Unauthorized', refusal(401, 'Unauthorized'), once, 'do-not-retry'],
  ['NoSuchBucket', refusal(404, 'NoSuchBucket'), once, 'do-not-retry'],
  ['NoSuchKey', refusal(404, 'NoSuchKey'), once, 'do-not-retry'],
  ['PreconditionFailed', refusal(412, 'PreconditionFailed'), once, 'do-not-retry'],
  ['a redirect', { status: 307 }, once, 'do-not-retry'],
  ['a certificate that is not trusted', failing('TlsFailed'), once, 'do-not-retry'],
]

test.each(rows)('after %s', async (_, response, times, verdict) => {
  const sent: number[] = []
  const { r2, clock } = fakeClient(() => {
    sent.push(clock.monotonicMs())
    return response
  })
  const error = await clock.run(errorOf(r2.objects.get(object)))
  expect(sent).toEqual(times)
  expect(error).toMatchObject({ attempts: times.length, retryVerdict: verdict })
})

describe('a stream that is interrupted', () => {
  const cut = () => failing('StreamInterrupted')

  test('is retried where the operation is idempotent and the body can be sent again', async () => {
    const { r2, clock, transport } = fakeClient(cut)
    await clock.run(errorOf(r2.objects.put({ ...object, body: new Blob(['abc']) })))
    expect(transport.sent).toHaveLength(3)
  })

  test.each<[string, Script, (r2: ReturnType<typeof fakeClient>['r2']) => Promise<unknown>]>([
    ['a body that is spent', cut, ({ objects }) => objects.put({ ...object, body: streamOf('abc'), contentLength: 3 })],
    ['an operation that is not idempotent', cut, ({ multipart }) => multipart.create(object)],
  ])('is final for %s', async (_, script, call) => {
    const { r2, clock, transport } = fakeClient(script)
    expect(await clock.run(errorOf(call(r2)))).toMatchObject({ retryVerdict: 'do-not-retry' })
    expect(transport.sent).toHaveLength(1)
  })
})

describe('errors of multipart uploads', () => {
  const upload = { ...object, uploadId: 'u' }
  const part = { ...upload, partNumber: 1, body: 'x' }
  const calls: [string, (r2: ReturnType<typeof fakeClient>['r2']) => Promise<unknown>, requests: number][] = [
    ['uploadPart without a check', ({ multipart }) => multipart.uploadPart({ ...part, integrity: 'none' }), 3],
    // Its checksum may be the cause, so that it is sent once more without.
    ['uploadPart', ({ multipart }) => multipart.uploadPart(part), 4],
    ['listParts', ({ multipart }) => multipart.listParts(upload), 3],
    ['abort', ({ multipart }) => multipart.abort(upload), 3],
  ]

  test.each(calls)(
    '%s is final after NoSuchUpload, and retried after others that may pass',
    async (_, call, requests) => {
      const gone = fakeClient(() => refusal(404, 'NoSuchUpload'))
      expect(await gone.clock.run(errorOf(call(gone.r2)))).toMatchObject({ retryVerdict: 'do-not-retry' })
      expect(gone.transport.sent).toHaveLength(1)
      const busy = fakeClient(() => refusal(500, 'InternalError'))
      expect(await busy.clock.run(errorOf(call(busy.r2)))).toMatchObject({ retryVerdict: 'no-more-retries' })
      expect(busy.transport.sent).toHaveLength(requests)
    },
  )
})

describe('Retry-After', () => {
  const serverMs = Date.UTC(2026, 0, 1, 12)
  const date = (ms: number) => new Date(ms).toUTCString()

  test.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['seconds with a fraction and white space', { 'retry-after': ' 1.5 ' }, 1_500],
    ['a date', { 'retry-after': date(serverMs + 9_000) }, 9_000],
    [
      'a date of a server with another time',
      { 'retry-after': date(serverMs + 5e6), date: date(serverMs + 4.99e6) },
      10_000,
    ],
    ['a date that has passed', { 'retry-after': date(serverMs - 9_000) }, 0],
    ['nothing', { 'retry-after': '' }, undefined],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['a word', { 'retry-after': 'soon' }, undefined],
    ['infinity', { 'retry-after': 'Infinity' }, undefined],
  ])('as %s becomes the delay of the error', async (_, headers, retryAfterMs) => {
    const { r2 } = fakeClient(() => ({ status: 503, headers }))
    const error = await errorOf(r2.objects.get(object, { maxAttempts: 1 }))
    expect(error.retryAfterMs).toBe(retryAfterMs)
  })

  test.each([
    ['60', 2],
    ['60.001', 1],
  ])('of %s s is followed by %i requests, with the default of maxRetryAfterMs', async (seconds, requests) => {
    const { r2, clock, transport } = fakeClient((_, number) =>
      number === 1 ? { status: 503, headers: { 'retry-after': seconds } } : { headers: objectHeaders(2), body: 'ok' },
    )
    const outcome = await clock.run(r2.objects.get(object).catch((error: unknown) => error))
    expect(transport.sent).toHaveLength(requests)
    if (requests === 1) expect(outcome).toMatchObject({ retryAfterMs: 60_001, retryVerdict: 'no-more-retries' })
  })

  test('of more than a minute is waited for by a transfer whose client permits it', async () => {
    const script: Script = (_, number) =>
      number === 1
        ? { status: 503, headers: { 'retry-after': '600' } }
        : { headers: { etag: '"900150983cd24fb0d6963f7d28e17f72"' } }
    const bytes = new TextEncoder().encode('abc')
    const patient = fakeClient(script, { retry: { maxRetryAfterMs: 3_600_000 } })
    await patient.clock.run(Promise.resolve(patient.r2.transfers.upload(bytes, object)))
    expect(patient.clock.monotonicMs()).toBe(600_000)
    const usual = fakeClient(script)
    const error = await usual.clock.run(errorOf(Promise.resolve(usual.r2.transfers.upload(bytes, object))))
    expect(error).toMatchObject({ retryAfterMs: 600_000, retryVerdict: 'no-more-retries' })
  })
})

describe('the verdict', () => {
  test('is no-more-retries where the delay would exceed timeoutMs, which is never exceeded', async () => {
    const { r2, clock } = fakeClient(() => refusal(503, 'SlowDown', { 'retry-after': '7' }))
    const error = await clock.run(errorOf(r2.objects.get(object, { timeoutMs: 7_000 })))
    expect(error).toMatchObject({ code: 'SlowDown', retryVerdict: 'no-more-retries', attempts: 1 })
    expect(clock.monotonicMs()).toBe(0)
  })

  test('is no-more-retries where the retry budget is used up', async () => {
    const { r2, clock } = fakeClient(() => ({ status: 500 }), { retry: { budget: 0 } })
    const error = await clock.run(errorOf(r2.objects.get(object)))
    expect(error).toMatchObject({ retryVerdict: 'no-more-retries', attempts: 1 })
  })

  test('is absent from an error that was made before any attempt', async () => {
    const { r2 } = fakeClient()
    expect(await errorOf(r2.objects.get({ bucket: 'x', key: '' }))).not.toHaveProperty('retryVerdict')
  })

  test('of a transfer is that of the transfer, not of its single attempts', async () => {
    const { r2, clock, transport } = fakeClient(() => failing('ConnectionReset'), {
      transfers: { noProgressTimeoutMs: 5_000 },
      random: () => 1,
    })
    const parts = r2.transfers.upload(new Uint8Array(3), object, { thresholdBytes: 1 })
    const error = await clock.run(errorOf(Promise.resolve(parts)))
    expect(error).toMatchObject({ code: 'ConnectionReset', retryVerdict: 'no-more-retries' })
    expect(transport.sent.length).toBeGreaterThan(3)
  })
})
