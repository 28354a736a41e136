import { R2Error } from 'r2kit'
import { expect, test } from 'vitest'
import { describeError, endsTheCommand, exitCodeOf } from './errors.js'
import { UsageError } from './usage-error.js'

const fileError = (code: string) => Object.assign(new Error(`${code}: a file`), { code })

test.each([
  [new UsageError('x'), 2],
  [new R2Error('InvalidConfig', 'x'), 2],
  [new R2Error('InvalidInput', 'x', { field: 'key' }), 2],
  [new R2Error('InvalidPresign', 'x'), 2],
  [new R2Error('BucketNotFound', 'x'), 3],
  [new R2Error('ObjectNotFound', 'x'), 3],
  [new R2Error('UploadNotFound', 'x'), 3],
  [fileError('ENOENT'), 3],
  [new R2Error('Unauthorized', 'x'), 4],
  [new R2Error('AccessDenied', 'x'), 4],
  [new R2Error('SignatureDoesNotMatch', 'x'), 4],
  [new R2Error('InvalidCredentials', 'x'), 4],
  [new R2Error('ConnectionFailed', 'x'), 5],
  [new R2Error('Timeout', 'x'), 5],
  [new R2Error('InternalError', 'x'), 5],
  [new R2Error('SlowDown', 'x'), 5],
  [new R2Error('IntegrityMismatch', 'x'), 5],
  [new R2Error('Aborted', 'x'), 130],
  [new R2Error('PreconditionFailed', 'x'), 1],
  [new R2Error('BucketNotEmpty', 'x'), 1],
  [new R2Error('InvalidInput', 'changed', { field: 'body' }), 1],
  [new R2Error('InvalidInput', 'unreadable', { field: 'body', cause: fileError('EACCES') }), 1],
  [new R2Error('InvalidInput', 'vanished', { field: 'body', cause: fileError('ENOENT') }), 3],
  [fileError('EACCES'), 1],
  [new TypeError('x'), 1],
  ['thrown text', 1],
] as const)('the exit code of %o is %d', (error, exitCode) => {
  expect(exitCodeOf(error)).toBe(exitCode)
})

test('a report has the code, the advice and whether to try again, and no field that says nothing', () => {
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

test('what would befall every other object ends the command, what befalls one does not', () => {
  for (const code of ['SignatureDoesNotMatch', 'AccessDenied', 'BucketNotFound', 'ClientClosed'] as const) {
    expect(endsTheCommand(new R2Error(code, 'x'))).toBe(true)
  }
  for (const code of ['ObjectNotFound', 'SlowDown', 'InvalidInput'] as const) {
    expect(endsTheCommand(new R2Error(code, 'x'))).toBe(false)
  }
  expect(endsTheCommand(fileError('EACCES'))).toBe(false)
})
