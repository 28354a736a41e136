import { describe, expect, test } from 'vitest'
import { UsageError } from '../errors/error-kinds.js'
import { duration, headerValue, metadata, oneOf, partSize, wholeNumber } from './option-values.js'

/** The usage error of a parser for a text. */
const usageErrorOf = (parse: (text: string) => unknown, text: string): UsageError => {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('the text was accepted')
}

const time = duration('--expires')

test.each([
  ['90', 90],
  ['90s', 90],
  ['15m', 900],
  ['1h', 3600],
  ['7d', 604_800],
])('the time %s is %d seconds', (text, seconds) => {
  expect(time(text)).toBe(seconds)
})

test.each(['', 'h', '1.5h', '-1', '1w', '1 h', '1e3'])('the time %j is a usage error', (text) => {
  expect(usageErrorOf(time, text).message).toMatch(/^--expires must be a time such as .*, but it is "/)
})

test('the error for a time out of bounds names the bounds', () => {
  const parse = duration('--expires', { bounds: [60, 3600], range: 'from 60s to 1h' })
  expect([parse('60'), parse('60m')]).toEqual([60, 3600])
  for (const text of ['59s', '61m', '2h']) expect(usageErrorOf(parse, text).message).toContain('from 60s to 1h')
})

test('the error for a time without a required unit lists the units', () => {
  const parse = duration('--older-than', { needsUnit: true })
  expect([parse('5d'), parse('0s')]).toEqual([432_000, 0])
  expect(usageErrorOf(parse, '5').hint).toBe('Write 5s, 5m, 5h or 5d.')
})

const count = wholeNumber('--concurrency', [1, 256], 32)

test.each(['', '0', '257', '-1', '1.0', '1e2', ' 1', '0x10', 'abc'])(
  'the count %j is a usage error that names the range from 1 to 256',
  (text) => {
    const { message, hint } = usageErrorOf(count, text)
    expect(message).toBe(`--concurrency must be a whole number from 1 to 256, but it is ${JSON.stringify(text)}.`)
    expect(hint).toBe('For example: --concurrency 32.')
  },
)

test.each([
  ['5', 5],
  ['64', 64],
  ['64MiB', 64],
  ['64 mib', 64],
  ['5115', 5115],
])('the part size %s is %d MiB', (text, mebibytes) => {
  expect(partSize('--part-size')(text)).toBe(mebibytes * 1024 * 1024)
})

test.each(['', '4', '5116', '5MB', '5.5', '64k', '1GiB', 'MiB'])('the part size %j is a usage error', (text) => {
  const { message } = usageErrorOf(partSize('--part-size'), text)
  expect(message).toMatch(/^--part-size must be a whole number of MiB from 5 to 5115, but it is "/)
})

test('oneOf accepts its names, and suggests the nearest name for any other text', () => {
  const parse = oneOf('--storage-class', ['STANDARD', 'STANDARD_IA'])
  expect(parse('STANDARD_IA')).toBe('STANDARD_IA')
  expect(usageErrorOf(parse, 'standard')).toMatchObject({
    message: '--storage-class must be one of STANDARD, STANDARD_IA, but it is "standard".',
    hint: 'Did you mean STANDARD?',
  })
  expect(usageErrorOf(parse, 'GLACIER').hint).toBeUndefined()
})

describe('a header value', () => {
  const parse = headerValue('--cache-control')

  test('a header value of printable ASCII is accepted unchanged', () => {
    expect(parse('max-age=60, public')).toBe('max-age=60, public')
  })

  test.each(['', '  '])('the empty header value %j, as from an unset variable, is a usage error', (text) => {
    expect(usageErrorOf(parse, text).message).toBe('--cache-control is empty.')
  })

  test.each(['a\nb', 'a\r\nx-injected: 1', '\x1b[2J', 'ü', '\0'])(
    'the header value %j is a usage error, because it is not printable ASCII',
    (text) => {
      expect(usageErrorOf(parse, text).message).toMatch(/^--cache-control must be printable ASCII, but it is "/)
    },
  )

  test('the hint for a non-ASCII content disposition refers to RFC 8187', () => {
    expect(usageErrorOf(headerValue('--content-disposition'), 'ü').hint).toContain('RFC 8187')
  })
})

describe('metadata', () => {
  const parse = metadata('--metadata')

  test('metadata options are collected, later values win, and a value may contain an equals sign', () => {
    const once = parse('a=1')
    expect(parse('b=x=y', once)).toEqual({ a: '1', b: 'x=y' })
    expect(parse('a=2', once)).toEqual({ a: '2' })
    expect(parse('empty=')).toEqual({ empty: '' })
    expect(Object.keys(parse('__proto__=x'))).toEqual(['__proto__'])
  })

  test.each([
    ['=x', /name=value/],
    ['x', /name=value/],
    ['a b=c', /must have a name that HTTP permits/],
    ['ä=c', /must have a name that HTTP permits/],
    ['a=b\nc', /without control characters/],
    [`a=${'x'.repeat(9000)}`, /at most 8192 bytes/],
  ])('the metadata %j is a usage error that names the option', (text, rule) => {
    const { message, hint } = usageErrorOf(parse, text)
    expect(message).toMatch(/^--metadata/)
    expect(message).toMatch(rule)
    expect(hint).not.toContain('metadataBytesMax')
  })

  test('metadata may be as long as R2 allows, and no two names may differ only in case', () => {
    expect(parse(`a=${'x'.repeat(8000)}`)).toBeDefined()
    expect(usageErrorOf((text) => parse(text, { a: '1' }), 'A=2').message).toMatch(/^--metadata\["A"\] must differ/)
  })
})
