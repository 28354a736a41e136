import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalQuery, encodeKeyPath, encodeQueryValue } from './encode.js'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii' }),
)

/** The rule of RFC 3986, byte by byte. */
const encodedByRule = (value: string, kept: string): string =>
  Array.from(Buffer.from(value), (byte) => {
    const character = String.fromCharCode(byte)
    const stays = byte < 0x80 && (/[A-Za-z0-9\-._~]/.test(character) || character === kept)
    return stays ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')

describe('percent-encoding', () => {
  test('encodes every byte except unreserved characters once', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(encodeQueryValue(value)).toBe(encodedByRule(value, ''))
        expect(encodeKeyPath(value)).toBe(encodedByRule(value, '/'))
      }),
    )
  })

  test('encodes a key that looks encoded again, because it is a key', () => {
    expect(encodeKeyPath('a%2Fb/c')).toBe('a%252Fb/c')
  })

  test('keeps dot segments, because they are part of the key', () => {
    expect(encodeKeyPath('a/../b/./')).toBe('a/../b/./')
  })

  test('throws for a lone surrogate instead of encoding another key', () => {
    expect(() => encodeKeyPath('\ud800')).toThrow(URIError)
  })
})

describe('canonicalQuery', () => {
  test('sorts by name first, so that a longer name does not precede its prefix', () => {
    // `=` sorts after `-` and digits: sorting `name=value` texts would reverse these.
    expect(
      canonicalQuery([
        ['prefix-a', '1'],
        ['prefix', '2'],
        ['prefix0', '3'],
      ]),
    ).toBe('prefix=2&prefix-a=1&prefix0=3')
  })

  test('sorts by encoded names, and by value for equal names', () => {
    expect(
      canonicalQuery([
        ['a', 'b'],
        ['ü', ''],
        ['a', 'a/b'],
        ['Z', ' '],
      ]),
    ).toBe('%C3%BC=&Z=%20&a=a%2Fb&a=b')
  })

  test('does not change the list of parameters, and returns an empty text for an empty list', () => {
    const parameters = [['b', '1'] as const, ['a', '2'] as const]
    canonicalQuery(parameters)
    expect(parameters).toEqual([
      ['b', '1'],
      ['a', '2'],
    ])
    expect(canonicalQuery([])).toBe('')
  })
})
