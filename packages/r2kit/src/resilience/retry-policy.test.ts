import { describe, expect, test } from 'vitest'
import { type ErrorCode, errorTable, R2Error, type RetryVerdict } from '../errors/index.js'
import { type RetryPolicy, retryPolicy } from './retry-policy.js'

const error = (code: ErrorCode, retryAfterMs?: number) => new R2Error(code, 'x', { retryAfterMs })
const none = () => 0
const most = () => 1 - Number.EPSILON

/** Milliseconds until the next attempt; undefined where there is none. */
const delayOf = (policy: RetryPolicy, ...failed: Parameters<RetryPolicy['decide']>): number | undefined => {
  const decision = policy.decide(...failed)
  return decision.verdict === 'retry-after' ? decision.delayMs : undefined
}

describe('the delay after an attempt', () => {
  test('the delay doubles from 100 ms with each attempt', () => {
    const policy = retryPolicy({ maxAttempts: 10 }, none)
    expect([1, 2, 3, 4].map((attempt) => delayOf(policy, error('InternalError'), attempt))).toEqual([
      100, 200, 400, 800,
    ])
  })

  test('the delay is limited to 30 s before jitter', () => {
    const policy = retryPolicy({ maxAttempts: 1000 }, none)
    expect(delayOf(policy, error('InternalError'), 30)).toBe(30_000)
    expect(delayOf(policy, error('InternalError'), 999)).toBe(30_000)
  })

  test('jitter adds up to 10 % to the delay', () => {
    expect(delayOf(retryPolicy({}, most), error('InternalError'), 1)).toBeCloseTo(110)
  })

  test('full jitter takes a random part of the delay', () => {
    expect(delayOf(retryPolicy({ jitter: 'full' }, none), error('InternalError'), 2)).toBe(0)
    expect(delayOf(retryPolicy({ jitter: 'full' }, most), error('InternalError'), 2)).toBeCloseTo(200)
  })

  test.each<ErrorCode>(['Timeout', 'ConnectionFailed', 'ConnectionReset', 'StreamInterrupted'])(
    'the delay after %s is half, because the connection failed and not the server',
    (code) => expect(delayOf(retryPolicy({}, none), error(code), 2)).toBe(100),
  )

  test.each<ErrorCode>(['SlowDown', 'ServiceUnavailable'])('the delay after %s is that of Retry-After', (code) => {
    expect(delayOf(retryPolicy({}, most), error(code, 7_000), 1)).toBe(7_000)
    expect(delayOf(retryPolicy({}, none), error(code), 1)).toBe(100)
  })

  test('no delay follows the last attempt', () => {
    const policy = retryPolicy({}, none)
    expect(delayOf(policy, error('InternalError'), 2)).toBe(200)
    expect(delayOf(policy, error('InternalError'), 3)).toBeUndefined()
    expect(delayOf(policy, error('SlowDown', 1), 3)).toBeUndefined()
    expect(delayOf(retryPolicy({ maxAttempts: 1 }), error('InternalError'), 1)).toBeUndefined()
  })

  test.each<ErrorCode>([
    'AccessDenied',
    'Unauthorized',
    'SignatureDoesNotMatch',
    'InvalidConfig',
    'InvalidInput',
    'BucketNotFound',
    'BucketNotEmpty',
    'ObjectNotFound',
    'PreconditionFailed',
    'NotModified',
    'UploadNotFound',
    'Aborted',
    'ClientClosed',
    'TlsFailed',
  ])('there is none after %s, ever', (code) => expect(delayOf(retryPolicy({}), error(code), 1)).toBeUndefined())

  test.each<[string, RetryVerdict, R2Error, number]>([
    ['a final error', 'do-not-retry', error('ObjectNotFound'), 1],
    ['a final error of the last attempt', 'do-not-retry', error('AccessDenied'), 3],
    ['an open circuit', 'do-not-retry', error('CircuitOpen', 5_000), 1],
    ['a temporary error of the last attempt', 'no-more-retries', error('InternalError'), 3],
    ['a Retry-After beyond maxRetryAfterMs', 'no-more-retries', error('SlowDown', 60_001), 1],
  ])('the verdict after %s is %s', (_, verdict, failure, attempt) => {
    expect(retryPolicy({}).decide(failure, attempt)).toEqual({ verdict })
  })

  test('a policy that waits for an open circuit waits until its next trial, and at least the usual delay', () => {
    const policy = retryPolicy({ maxAttempts: 10 }, none, true)
    expect(delayOf(policy, error('CircuitOpen', 5_000), 1)).toBe(5_000)
    expect(delayOf(policy, error('CircuitOpen', 90_000), 1)).toBe(90_000)
    expect(delayOf(policy, error('CircuitOpen', 0), 3)).toBe(400)
  })

  test('a 429 waits at least a second, as a status and as the code of one key', () => {
    for (const context of [{ status: 429 }, { s3Code: 'TooManyRequests' }]) {
      expect(delayOf(retryPolicy({}, most), new R2Error('SlowDown', 'x', context), 1)).toBe(1_000)
      expect(delayOf(retryPolicy({ maxAttempts: 9 }, none), new R2Error('SlowDown', 'x', context), 6)).toBe(3_200)
    }
  })

  test('errors of authentication, configuration, validation, buckets and conflicts are not retried', () => {
    const final = new Set(['Auth', 'Config', 'Validation', 'Bucket', 'Conflict', 'Presign', 'Aborted'])
    for (const [code, entry] of Object.entries(errorTable)) {
      if (final.has(entry.kind)) expect([code, entry.retryable]).toEqual([code, false])
    }
  })
})
