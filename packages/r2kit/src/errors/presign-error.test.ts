import { expect, test } from 'vitest'
import { isR2Error, presignError, R2Error } from './index.js'

test('an error of the presign door is an R2Error like any other', () => {
  const error = presignError('method', 'must be GET or PUT')
  expect(error).toBeInstanceOf(R2Error)
  expect(isR2Error(error, 'InvalidPresign')).toBe(true)
  expect(error).toMatchObject({
    name: 'R2Error',
    kind: 'Presign',
    code: 'InvalidPresign',
    field: 'method',
    message: 'method must be GET or PUT',
    retryable: false,
  })
})

test('other errors, and things that are no errors, are not', () => {
  for (const value of [new Error('InvalidPresign'), undefined, null, 'InvalidPresign', { code: 'InvalidPresign' }]) {
    expect(value instanceof R2Error).toBe(false)
    expect(isR2Error(value)).toBe(false)
  }
})
