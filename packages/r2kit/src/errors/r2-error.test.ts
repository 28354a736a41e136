import { describe, expect, test } from 'vitest'
import { abortError, asFinal, type ErrorCode, errorTable, isR2Error, mayHaveActed, R2Error } from './index.js'
import { presignError } from './presign-error.js'

describe('abortError', () => {
  test('reports AbortSignal.timeout() as a Timeout whose cause is the reason of the signal', async () => {
    const signal = AbortSignal.timeout(0)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    expect(abortError(signal)).toMatchObject({
      code: 'Timeout',
      message: 'The call was aborted: the timeout of its signal has passed',
      cause: signal.reason,
    })
  })

  test('reports a combined signal as a Timeout when its timeout fired', async () => {
    const signal = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(0)])
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    expect(abortError(signal).code).toBe('Timeout')
  })

  test.each([
    ['no reason', undefined],
    ['an Error', new Error('changed my mind')],
    ['an Error that only has the name', Object.assign(new Error('x'), { name: 'TimeoutError' })],
    ['a string', 'TimeoutError'],
  ])('reports an abort with %s as Aborted', (_, reason) => {
    expect(abortError(AbortSignal.abort(reason)).code).toBe('Aborted')
  })

  test('returns the reason of the signal if that is an R2Error', () => {
    const reason = new R2Error('Timeout', 'the deadline')
    expect(abortError(AbortSignal.abort(reason))).toBe(reason)
  })
})

describe('presignError', () => {
  test('makes an R2Error with the facts that the table has for its code', () => {
    const error = presignError('method', 'must be GET or PUT')
    expect(error).toBeInstanceOf(R2Error)
    expect(isR2Error(error, 'InvalidPresign')).toBe(true)
    expect(error).toMatchObject({
      name: 'R2Error',
      code: 'InvalidPresign',
      field: 'method',
      message: 'method must be GET or PUT',
      ...errorTable.InvalidPresign,
    })
  })
})

describe('isR2Error and instanceof', () => {
  test.each([[new Error('InvalidPresign')], [undefined], [null], ['InvalidPresign'], [{ code: 'InvalidPresign' }]])(
    'reject a value that is not an R2Error: %j',
    (value) => {
      expect((value as unknown) instanceof R2Error).toBe(false)
      expect(isR2Error(value)).toBe(false)
    },
  )
})

describe('mayHaveActed', () => {
  test('is true for exactly the errors without a clear response, and responses that R2 also sends after it has acted', () => {
    const codes = Object.keys(errorTable) as ErrorCode[]
    expect(codes.filter((code) => mayHaveActed(new R2Error(code, 'x'))).sort()).toEqual([
      'ConnectionReset',
      'EdgeError',
      'InternalError',
      'InvalidResponse',
      'ServiceUnavailable',
      'StreamInterrupted',
      'Timeout',
    ])
  })

  test('is false for an error that must not be retried', () => {
    expect(mayHaveActed(asFinal(new R2Error('Timeout', 'x')))).toBe(false)
  })

  test('is false for an error of another kind, or with a code of a later version', () => {
    expect(mayHaveActed(new TypeError('x'))).toBe(false)
    expect(mayHaveActed(Object.assign(new R2Error('Timeout', 'x'), { code: 'BornTomorrow' }))).toBe(false)
  })
})
