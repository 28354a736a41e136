import { describe, expect, test } from 'vitest'
import { type ErrorCode, errorTable, R2Error } from '../errors/index.js'
import { retryPolicy } from './retry-policy.js'

const error = (code: ErrorCode, retryAfterMs?: number) => new R2Error(code, 'x', { retryAfterMs })
const none = () => 0
const most = () => 1 - Number.EPSILON

describe('the delay after an attempt', () => {
  test('doubles from 100 ms', () => {
    const policy = retryPolicy({ maxAttempts: 10 }, none)
    expect([1, 2, 3, 4].map((attempt) => policy.delayAfter(error('InternalError'), attempt))).toEqual([
      100, 200, 400, 800,
    ])
  })

  test('is capped at 30 s, jitter aside', () => {
    const policy = retryPolicy({ maxAttempts: 1000 }, none)
    expect(policy.delayAfter(error('InternalError'), 30)).toBe(30_000)
    expect(policy.delayAfter(error('InternalError'), 999)).toBe(30_000)
  })

  test('has up to 10 % of jitter on top', () => {
    expect(retryPolicy({}, most).delayAfter(error('InternalError'), 1)).toBeCloseTo(110)
  })

  test('with full jitter lies anywhere from nothing to the delay', () => {
    expect(retryPolicy({ jitter: 'full' }, none).delayAfter(error('InternalError'), 2)).toBe(0)
    expect(retryPolicy({ jitter: 'full' }, most).delayAfter(error('InternalError'), 2)).toBeCloseTo(200)
  })

  test.each<ErrorCode>(['Timeout', 'ConnectionFailed', 'ConnectionReset', 'StreamInterrupted'])(
    'is half after %s: the way broke, not the server',
    (code) => expect(retryPolicy({}, none).delayAfter(error(code), 2)).toBe(100),
  )

  test.each<ErrorCode>(['SlowDown', 'ServiceUnavailable'])('is what the server asked for after %s', (code) => {
    expect(retryPolicy({}, most).delayAfter(error(code, 7_000), 1)).toBe(7_000)
    expect(retryPolicy({}, none).delayAfter(error(code), 1)).toBe(100)
  })

  test('there is none after the last attempt', () => {
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

  test('whole kinds are final: authentication, configuration, validation, buckets, conflicts', () => {
    const final = new Set(['Auth', 'Config', 'Validation', 'Bucket', 'Conflict', 'Presign', 'Aborted'])
    for (const [code, entry] of Object.entries(errorTable)) {
      if (final.has(entry.kind)) expect([code, entry.retryable]).toEqual([code, false])
    }
  })
})
