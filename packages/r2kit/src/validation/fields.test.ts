import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { isR2Error, type R2Error } from '../errors/index.js'
import {
  abortSignal,
  anyText,
  bytes,
  callback,
  duration,
  type Field,
  flag,
  integer,
  moment,
  number,
  oneOf,
  refuseInput,
  refuseOption,
  text,
  withMethods,
} from './index.js'
import { path } from './path-field.js'

/** A value of another realm, as a test environment, an iframe or a worker makes them. */
const foreign = (code: string): unknown => runInNewContext(code)

const refusal = (field: Field<unknown>, value: unknown, name = 'field'): R2Error => {
  try {
    field.read(value, name, refuseInput)
  } catch (error) {
    if (isR2Error(error)) return error
    throw error
  }
  throw new Error('the value was accepted')
}

const noop = (): void => undefined

const invalidDate = new Date(Number.NaN)

/** Kind of field, field, a rejected value, the message after the name of the field, the hint. */
const wrong: [string, Field<unknown>, unknown, string, RegExp][] = [
  ['text', text, 5, 'must be a string, but it is 5', /Pass a string/],
  ['text', text, null, 'must be a string, but it is null', /Pass a string/],
  ['text', text, new String('a'), 'must be a string, but it is a String', /Pass a string/],
  ['text', text, '\ud83d', 'must be well-formed Unicode, but it is "\\ud83d"', /surrogate pair/],
  ['any text', anyText, ['a'], 'must be a string, but it is an array', /Pass a string/],
  ['any text', anyText, Symbol('s'), 'must be a string, but it is a symbol', /Pass a string/],
  ['a flag', flag, 'false', 'must be true or false, but it is "false"', /Pass true or false/],
  ['a flag', flag, 0, 'must be true or false, but it is 0', /Pass true or false/],
  ['a function', callback(), {}, 'must be a function, but it is an object', /Pass a function/],
  [
    'a whole number',
    integer(1, 10),
    '3',
    'must be a whole number from 1 to 10, but it is the string "3"',
    /^Pass the number 3, without quotes\.$/,
  ],
  [
    'a whole number',
    integer(1, 10),
    '0',
    'must be a whole number from 1 to 10, but it is the string "0"',
    /^Pass a whole number from 1 to 10\.$/,
  ],
  ['a whole number', integer(1), '3.5', 'must be a whole number from 1, but it is the string "3.5"', /^Pass a whole/],
  ['a whole number', integer(1), '', 'must be a whole number from 1, but it is the string ""', /^Pass a whole/],
  ['a whole number', integer(0), -1, 'must be a whole number from 0, but it is -1', /Pass a whole number from 0/],
  ['a whole number', integer(0), 1.5, 'must be a whole number from 0, but it is 1.5', /Pass a whole number/],
  ['a whole number', integer(0), Number.NaN, 'must be a whole number from 0, but it is NaN', /Pass a whole number/],
  ['a whole number', integer(0), 5n, 'must be a whole number from 0, but it is a bigint', /Pass a whole number/],
  ['a whole number', integer(0), 2 ** 53, 'must be a whole number from 0, but it is 9007199254740992', /Pass a whole/],
  ['a number', number(0, 1), 1.1, 'must be a number from 0 to 1, but it is 1.1', /Pass a number/],
  ['a number', number(0, 1), Number.NaN, 'must be a number from 0 to 1, but it is NaN', /Pass a number/],
  ['a duration', duration, 0, 'must be a number of milliseconds above 0, or Infinity, but it is 0', /milliseconds/],
  [
    'a duration',
    duration,
    Number.NaN,
    'must be a number of milliseconds above 0, or Infinity, but it is NaN',
    /ms|milli/,
  ],
  [
    'one of two words',
    oneOf('STANDARD', 'STANDARD_IA'),
    'standard',
    `must be 'STANDARD' or 'STANDARD_IA', but it is "standard"`,
    /^Use 'STANDARD'\.$/,
  ],
  [
    'one of three words',
    oneOf('eu', 'fedramp', 'us'),
    'mars',
    `must be one of 'eu', 'fedramp', 'us', but it is "mars"`,
    /^Use 'eu', 'fedramp', 'us'\.$/,
  ],
  [
    'one of three words',
    oneOf('eu', 'fedramp', 'us'),
    { toString: () => 'eu' },
    `must be one of 'eu', 'fedramp', 'us', but it is an object`,
    /^Use/,
  ],
  ['a moment', moment, '2026-01-01', 'must be a valid Date, but it is "2026-01-01"', /new Date\(text\)/],
  ['a moment', moment, 1_700_000_000_000, 'must be a valid Date, but it is 1700000000000', /new Date/],
  ['a moment', moment, invalidDate, 'must be a valid Date, but it is an invalid Date', /new Date/],
  ['a moment', moment, new Proxy(new Date(), {}), 'must be a valid Date, but it is an object', /new Date/],
  ['bytes', bytes, 'c2VjcmV0', 'must be a Uint8Array, but it is a string', /Uint8Array or a Buffer/],
  ['bytes', bytes, new ArrayBuffer(4), 'must be a Uint8Array, but it is an ArrayBuffer', /Uint8Array or a Buffer/],
  ['bytes', bytes, new Uint16Array(2), 'must be a Uint8Array, but it is a Uint16Array', /Uint8Array or a Buffer/],
  ['bytes', bytes, new Proxy(new Uint8Array(4), {}), 'must be a Uint8Array, but it is an object', /Uint8Array/],
  [
    'a signal',
    abortSignal,
    new AbortController(),
    'must be an AbortSignal, but it is an AbortController',
    /not the controller/,
  ],
  [
    'a signal',
    abortSignal,
    { aborted: false, addEventListener: noop },
    'must be an AbortSignal, but it is an object',
    /signal/,
  ],
  ['a path', path, '', 'must be a path, but it is empty', /Pass a path/],
  ['a path', path, 'a\0b', 'must be a path, but it has a NUL character', /Remove the NUL/],
  ['a path', path, new URL('file:///etc/hosts'), 'must be a path (a string), but it is a URL', /fileURLToPath/],
  [
    'an object with methods',
    withMethods<{ now(): number }>('a Clock', 'now'),
    5,
    'must be a Clock, but it is 5',
    /Pass a Clock/,
  ],
  [
    'an object with methods',
    withMethods<{ now(): number }>('a Clock', 'now'),
    {},
    'must be a Clock, but it has no method now',
    /Pass a Clock/,
  ],
]

describe('a field', () => {
  test.each(wrong)('that takes %s rejects %#: %o', (_, field, value, problem, hint) => {
    const error = refusal(field, value)
    expect(error.message).toBe(`field ${problem}`)
    expect(error).toMatchObject({ code: 'InvalidInput', field: 'field', hint: expect.stringMatching(hint) })
  })

  test.each<[string, Field<unknown>, unknown]>([
    ['text', text, 'grüße 😀'],
    ['empty text', text, ''],
    ['any text, even half of a surrogate pair', anyText, '\ud83d'],
    ['a flag', flag, false],
    ['a function', callback(), () => undefined],
    ['the least number', integer(1, 10), 1],
    ['the greatest number', integer(1, 10), 10],
    ['a share', number(0, 1), 0.5],
    ['a duration', duration, 0.5],
    ['no bound', duration, Number.POSITIVE_INFINITY],
    ['a word', oneOf('eu', 'us'), 'us'],
    ['a path', path, './a b/ü'],
    ['a signal', abortSignal, AbortSignal.timeout(1_000)],
    ['bytes', bytes, new Uint8Array([1, 2])],
  ])('returns %s unchanged', (_, field, value) => {
    expect(field.read(value, 'field', refuseInput)).toEqual(value)
  })

  test('copies a Date of another realm', () => {
    const given = foreign('new Date(86400000)') as Date
    expect(given instanceof Date).toBe(false)
    const read = moment.read(given, 'field', refuseInput)
    given.setTime(0)
    expect(read).toEqual(new Date(86_400_000))
  })

  test('takes bytes of another realm, and a Buffer in the middle of its pool', () => {
    expect(bytes.read(foreign('new Uint8Array([1, 2, 3])'), 'field', refuseInput)).toEqual(new Uint8Array([1, 2, 3]))
    expect(bytes.read(Buffer.from('abc'), 'field', refuseInput)).toEqual(new Uint8Array([97, 98, 99]))
  })

  test('recognises a signal of another implementation by its methods', () => {
    const signal = { aborted: false, addEventListener: noop, removeEventListener: noop }
    expect(abortSignal.read(signal, 'field', refuseInput)).toBe(signal)
  })

  test('shortens a huge string in its message', () => {
    const error = refusal(oneOf('a', 'b'), 'x'.repeat(10_000_000))
    expect(error.message.length).toBeLessThan(200)
    expect(error.message).toContain('(10000000 characters)')
  })

  test('reports an option as InvalidConfig, with its name', () => {
    expect(() => integer(1).read('3', 'retry.maxAttempts', refuseOption)).toThrow(
      expect.objectContaining({ code: 'InvalidConfig', field: 'retry.maxAttempts' }),
    )
  })
})
