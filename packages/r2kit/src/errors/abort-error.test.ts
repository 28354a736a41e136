import { expect, test } from 'vitest'
import { abortError, R2Error } from './index.js'

test('AbortSignal.timeout() is a Timeout whose cause is the signal’s reason', async () => {
  const signal = AbortSignal.timeout(0)
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  expect(abortError(signal)).toMatchObject({
    code: 'Timeout',
    message: "the call was aborted by its signal's timeout",
    cause: signal.reason,
  })
})

test('a signal that combines one with others is a Timeout when that one fired', async () => {
  const signal = AbortSignal.any([new AbortController().signal, AbortSignal.timeout(0)])
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  expect(abortError(signal).code).toBe('Timeout')
})

test.each([
  ['no reason', undefined],
  ['an Error', new Error('changed my mind')],
  ['an Error that only bears the name', Object.assign(new Error('x'), { name: 'TimeoutError' })],
  ['a text', 'TimeoutError'],
])('an abort with %s is Aborted', (_, reason) => {
  expect(abortError(AbortSignal.abort(reason)).code).toBe('Aborted')
})

test('an abort by an R2Error is that error', () => {
  const reason = new R2Error('Timeout', 'the deadline')
  expect(abortError(AbortSignal.abort(reason))).toBe(reason)
})
