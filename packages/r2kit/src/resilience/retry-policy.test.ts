import { describe, expect, test } from 'vitest'
import { type ErrorCode, errorTable, R2Error } from '../errors/index.js'
import { retryPolicy } from './retry-policy.js'

const error = (code: ErrorCode, retryAfterMs?: number) => new R2Error(code, 'x', { retryAfterMs })
const none = () => 0
const most = () => 1 - Number.EPSILON

describe('the delay after an attempt', () => {
  test('the delay doubles from 100 ms with each attempt', () => {
    const policy = retryPolicy({ maxAttempts: 10 }, none)
    expect([1, 2, 3, 4].map((attempt) => policy.delayAfter(error('InternalError'), attempt))).toEqual([
      100, 200, 400, 800,
    ])
  })

  test('the delay is limited to 30 s before jitter', () => {
    const policy = retryPolicy({ maxAttempts: 1000 }, none)
    expect(policy.delayAfter(error('InternalError'), 30)).toBe(30_000)
    expect(policy.delayAfter(error('InternalError'), 999)).toBe(30_000)
  })

  test('jitter adds up to 10 % to the delay', () => {
    expect(retryPolicy({}, most).delayAfter(error('InternalError'), 1)).toBeCloseTo(110)
  })

  test('full jitter takes a random part of the delay', () => {
    expect(retryPolicy({ jitter: 'full' }, none).delayAfter(error('InternalError'), 2)).toBe(0)
    expect(retryPolicy({ jitter: 'full' }, most).delayAfter(error('InternalError'), 2)).toBeCloseTo(200)
  })

  test.each<ErrorCode>(['Timeout', 'ConnectionFailed', 'ConnectionReset', 'StreamInterrupted'])(
    'the delay after %s is half, because the connection failed and not the server',
    (code) => expect(retryPolicy({}, none).delayAfter(error(code), 2)).toBe(100),
  )

  test.each<ErrorCode>(['SlowDown', 'ServiceUnavailable'])('the delay after %s is that of Retry-After', (code) => {
    expect(retryPolicy({}, most).delayAfter(error(code, 7_000), 1)).toBe(7_000)
    expect(retryPolicy({}, none).delayAfter(error(code), 1)).toBe(100)
  })

  test('no delay follows the last attempt', () => {
    const policy = retryPolicy({}, none)
    expect(policy.delayAfter(error('InternalError'), 2)).toBe(200)
    expect(policy.delayAfter(error('InternalError'), 3)).toBeUndefined()
    expect(policy.delayAfter(error('SlowDown', 1), 3)).toBeUndefined()
    expect(retryPolicy({ maxAttempts: 1 }).delayAfter(error('InternalError'), 1)).toBeUndefined()
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
  ])('there is none after %s, ever', (code) => expect(retryPolicy({}).delayAfter(error(code), 1)).toBeUndefined())

  test('errors of authentication, configuration, validation, buckets and conflicts are not retried', () => {
    const final = new Set(['Auth', 'Config', 'Validation', 'Bucket', 'Conflict', 'Presign', 'Aborted'])
    for (const [code, entry] of Object.entries(errorTable)) {
      if (final.has(entry.kind)) expect([code, entry.retryable]).toEqual([code, false])
    }
  })
})
