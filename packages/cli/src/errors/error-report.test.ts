import { R2Error } from 'r2kit'
import { expect, test } from 'vitest'
import { UsageError } from './error-kinds.js'
import { affectsEveryObject, describeError } from './error-report.js'

const fileError = (code: string) => Object.assign(new Error(`${code}: a file`), { code })

test('a report has code, message, hint and retryability, and omits absent fields', () => {
  const error = new R2Error('SlowDown', 'too fast', { status: 429, requestId: 'ray', hint: 'wait' })
  expect(describeError(error)).toEqual({
    code: 'SlowDown',
    message: 'too fast',
    hint: 'wait',
    status: 429,
    requestId: 'ray',
    retryable: true,
  })
  expect(describeError(fileError('EACCES'))).toEqual({ code: 'EACCES', message: 'EACCES: a file', retryable: false })
  const full = new R2Error('FileUnavailable', 'cannot write a: the disk is full', {
    hint: 'Free some space.',
    cause: fileError('ENOSPC'),
  })
  expect(describeError(full)).toEqual({
    code: 'ENOSPC',
    message: 'cannot write a: the disk is full',
    hint: 'Free some space.',
    retryable: false,
  })
  expect(Object.keys(describeError(new UsageError('x')))).toEqual(['code', 'message', 'retryable'])
})

test('an error of credentials, bucket or configuration affects every object, other errors do not', () => {
  for (const code of ['SignatureDoesNotMatch', 'AccessDenied', 'BucketNotFound', 'ClientClosed'] as const) {
    expect(affectsEveryObject(new R2Error(code, 'x'))).toBe(true)
  }
  for (const code of ['ObjectNotFound', 'SlowDown', 'InvalidInput'] as const) {
    expect(affectsEveryObject(new R2Error(code, 'x'))).toBe(false)
  }
  expect(affectsEveryObject(fileError('EACCES'))).toBe(false)
})
