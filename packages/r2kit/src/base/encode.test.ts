import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalQuery, encodeKeyPath, encodeQueryValue } from './encode.js'

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii' }),
)

/** The rule as it is written: per UTF-8 byte. */
const byTheBook = (value: string, kept: string): string =>
  Array.from(Buffer.from(value), (byte) => {
    const character = String.fromCharCode(byte)
    const stays = byte < 0x80 && (/[A-Za-z0-9\-._~]/.test(character) || character === kept)
    return stays ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')

describe('percent-encoding', () => {
  test('every byte but the unreserved is encoded, once', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(encodeQueryValue(value)).toBe(byTheBook(value, ''))
        expect(encodeKeyPath(value)).toBe(byTheBook(value, '/'))
      }),
    )
  })

  test('a key that looks encoded is encoded again, because it is a key', () => {
    expect(encodeKeyPath('a%2Fb/c')).toBe('a%252Fb/c')
  })

  test('dots stay: the path names the key, not a place in a tree', () => {
    expect(encodeKeyPath('a/../b/./')).toBe('a/../b/./')
  })

  test('a lone surrogate is an error, not another key', () => {
    expect(() => encodeKeyPath('\ud800')).toThrow(URIError)
  })
})

describe('a canonical query', () => {
  test('is sorted by name first, so that a longer name does not come before a shorter one', () => {
    // `=` sorts after `-` and digits: sorting the pairs as texts would turn these round.
    expect(
      canonicalQuery([
        ['prefix-a', '1'],
        ['prefix', '2'],
        ['prefix0', '3'],
      ]),
    ).toBe('prefix=2&prefix-a=1&prefix0=3')
  })

  test('is sorted by what names become, and by value where names are the same', () => {
    expect(
      canonicalQuery([
        ['a', 'b'],
        ['ü', ''],
        ['a', 'a/b'],
        ['Z', ' '],
      ]),
    ).toBe('%C3%BC=&Z=%20&a=a%2Fb&a=b')
  })

  test('leaves the list of parameters as it was, and of nothing makes nothing', () => {
    const parameters = [['b', '1'] as const, ['a', '2'] as const]
    canonicalQuery(parameters)
    expect(parameters).toEqual([
      ['b', '1'],
      ['a', '2'],
    ])
    expect(canonicalQuery([])).toBe('')
  })
})
