import { describe, expect, test } from 'vitest'
import { duration, headerValue, metadata, oneOf, partSize, wholeNumber } from './option-values.js'
import { UsageError } from './usage-error.js'

/** What a reader refuses a text with. */
const refusalOf = (read: (text: string) => unknown, text: string): UsageError => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof UsageError) return error
    throw error
  }
  throw new Error('it was taken')
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

test.each(['', 'h', '1.5h', '-1', '1w', '1 h', '1e3'])('the time %j is refused', (text) => {
  expect(refusalOf(time, text).message).toMatch(/^--expires must be a time such as .*, but it is "/)
})

test('a time beyond its bounds is refused with the bounds', () => {
  const read = duration('--expires', { bounds: [60, 3600], range: 'from 60s to 1h' })
  expect([read('60'), read('60m')]).toEqual([60, 3600])
  for (const text of ['59s', '61m', '2h']) expect(refusalOf(read, text).message).toContain('from 60s to 1h')
})

test('where seconds and days are as likely to be meant, a number needs its unit, and the refusal lists the choices', () => {
  const read = duration('--older-than', { needsUnit: true })
  expect([read('5d'), read('0s')]).toEqual([432_000, 0])
  expect(refusalOf(read, '5').hint).toBe('Write 5s, 5m, 5h or 5d.')
})

const count = wholeNumber('--concurrency', [1, 256], 32)

test.each(['', '0', '257', '-1', '1.0', '1e2', ' 1', '0x10', 'abc'])(
  'the count %j is not between 1 and 256',
  (text) => {
    const { message, hint } = refusalOf(count, text)
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

test.each(['', '4', '5116', '5MB', '5.5', '64k', '1GiB', 'MiB'])('the part size %j is refused', (text) => {
  const { message } = refusalOf(partSize('--part-size'), text)
  expect(message).toMatch(/^--part-size must be a whole number of MiB from 5 to 5115, but it is "/)
})

test('one of a few words is taken, and the nearest is suggested for another', () => {
  const read = oneOf('--storage-class', ['STANDARD', 'STANDARD_IA'])
  expect(read('STANDARD_IA')).toBe('STANDARD_IA')
  expect(refusalOf(read, 'standard')).toMatchObject({
    message: '--storage-class must be one of STANDARD, STANDARD_IA, but it is "standard".',
    hint: 'Did you mean STANDARD?',
  })
  expect(refusalOf(read, 'GLACIER').hint).toBeUndefined()
})

describe('the value of a header', () => {
  const read = headerValue('--cache-control')

  test('is taken as it is', () => {
    expect(read('max-age=60, public')).toBe('max-age=60, public')
  })

  test.each(['', '  '])('must not be empty, as an unset variable would make it: %j', (text) => {
    expect(refusalOf(read, text).message).toBe('--cache-control is empty.')
  })

  test.each(['a\nb', 'a\r\nx-injected: 1', '\x1b[2J', 'ü', '\0'])('must be printable ASCII, and is not: %j', (text) => {
    expect(refusalOf(read, text).message).toMatch(/^--cache-control must be printable ASCII, but it is "/)
  })

  test('of a content disposition has a form for other scripts', () => {
    expect(refusalOf(headerValue('--content-disposition'), 'ü').hint).toContain('RFC 8187')
  })
})

describe('metadata', () => {
  const read = metadata('--metadata')

  test('collects, later values win, and a value may hold an equals sign', () => {
    const once = read('a=1')
    expect(read('b=x=y', once)).toEqual({ a: '1', b: 'x=y' })
    expect(read('a=2', once)).toEqual({ a: '2' })
    expect(read('empty=')).toEqual({ empty: '' })
    expect(Object.keys(read('__proto__=x'))).toEqual(['__proto__'])
  })

  test.each([
    ['=x', /name=value/],
    ['x', /name=value/],
    ['a b=c', /a name of letters/],
    ['ä=c', /a name of letters/],
    ['a=b\nc', /without control characters/],
    [`a=${'x'.repeat(9000)}`, /at most 8192 bytes/],
  ])('refuses %j and names the option', (text, rule) => {
    const { message, hint } = refusalOf(read, text)
    expect(message).toMatch(/^--metadata/)
    expect(message).toMatch(rule)
    expect(hint).not.toContain('metadataBytesMax')
  })

  test('takes as much as R2 does, and no two names that differ in case only', () => {
    expect(read(`a=${'x'.repeat(8000)}`)).toBeDefined()
    expect(refusalOf((text) => read(text, { a: '1' }), 'A=2').message).toMatch(/^--metadata\["A"\] must differ/)
  })
})
