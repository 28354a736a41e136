import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readHeaders } from './header-fields.js'

const raw = (...fields: readonly string[]): Buffer[] => fields.map((field) => Buffer.from(field))

test('names of header fields become lower-case, however the server spells them', () => {
  for (let time = 0; time < 2; time++) {
    expect(readHeaders(raw('ETag', '"a"', 'CF-RAY', 'b'))).toEqual({ etag: '"a"', 'cf-ray': 'b' })
    expect(readHeaders(raw('etag', '"a"', 'Cf-Ray', 'b'))).toEqual({ etag: '"a"', 'cf-ray': 'b' })
  }
})

test('the values of a repeated header field are joined by commas', () => {
  expect(readHeaders(raw('Vary', 'a', 'x-b', '1', 'vary', 'c'))).toEqual({ vary: 'a, c', 'x-b': '1' })
})

test('a header field with the name of a property of all objects has its own value', () => {
  expect(readHeaders(raw('constructor', 'a', 'Constructor', 'b'))).toEqual({ constructor: 'a, b' })
})

test('header values are decoded as UTF-8', () => {
  expect(readHeaders(raw('x-amz-meta-a', 'größe'))).toEqual({ 'x-amz-meta-a': 'größe' })
})

test('names of equal length, first and last byte are not confused, also after hundreds of other names', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '-'), minLength: 0, maxLength: 70 })
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 20 }), (fields) => {
      const expected: Record<string, string> = {}
      for (const [key, value] of fields) {
        const lower = key.toLowerCase()
        expected[lower] = lower in expected ? `${expected[lower]}, ${value}` : value
      }
      expect(readHeaders(raw(...fields.flat()))).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})
