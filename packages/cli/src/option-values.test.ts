import { expect, test } from 'vitest'
import { durationSeconds, keyValue, wholeNumber } from './option-values.js'

test.each([
  ['90', 90],
  ['90s', 90],
  ['15m', 900],
  ['1h', 3600],
  ['7d', 604_800],
])('the time %s is %d seconds', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds)
})

test.each(['', 'h', '1.5h', '-1', '1w', '1 h', '1e3'])('the time %j is refused', (text) => {
  expect(() => durationSeconds(text)).toThrow(/such as/)
})

test.each(['', '0', '257', '-1', '1.0', '1e2', ' 1', '0x10'])('the count %j is not between 1 and 256', (text) => {
  expect(() => wholeNumber(1, 256)(text)).toThrow(/1 to 256/)
})

test('metadata collects, later values win, and a value may hold an equals sign', () => {
  const once = keyValue('a=1')
  expect(keyValue('b=x=y', once)).toEqual({ a: '1', b: 'x=y' })
  expect(keyValue('a=2', once)).toEqual({ a: '2' })
  expect(keyValue('empty=')).toEqual({ empty: '' })
  expect(Object.keys(keyValue('__proto__=x'))).toEqual(['__proto__'])
  expect(() => keyValue('=x')).toThrow(/name=value/)
  expect(() => keyValue('x')).toThrow(/name=value/)
})
