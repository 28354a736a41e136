import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  base64FromBytes,
  bytesFromBase64,
  bytesFromHex,
  compareUtf8,
  concatBytes,
  hexFromBytes,
  isWellFormed,
  utf8Bytes,
  utf8Length,
} from './bytes.js'

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))
const bytes = fc.uint8Array({ maxLength: 100 })

describe('texts as bytes:', () => {
  test('utf8Length equals the encoded length, even for lone surrogates', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes))
    fc.assert(
      fc.property(fc.oneof(anyText, units), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text))
        expect(Buffer.from(utf8Bytes(text)).equals(Buffer.from(text))).toBe(true)
      }),
    )
  })

  test('compareUtf8 compares bytes, so that emoji come after all characters of the basic plane', () => {
    expect(compareUtf8('\uffff', '😀')).toBeLessThan(0)
    expect(['b', '😀', '\uffff', 'a', '', 'ab'].sort(compareUtf8)).toEqual(['', 'a', 'ab', 'b', '\uffff', '😀'])
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
    )
  })

  test('isWellFormed rejects a lone surrogate and accepts a pair', () => {
    expect(isWellFormed('a😀ü')).toBe(true)
    expect(isWellFormed('a\ud83d')).toBe(false)
    expect(isWellFormed('\ude00\ud83d')).toBe(false)
  })
})

describe('bytes as texts:', () => {
  test('hex and base64 equal those of Node, in both directions', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(hexFromBytes(data)).toBe(Buffer.from(data).toString('hex'))
        expect(base64FromBytes(data)).toBe(Buffer.from(data).toString('base64'))
        expect(bytesFromHex(hexFromBytes(data))).toEqual(data)
        expect(bytesFromHex(hexFromBytes(data).toUpperCase())).toEqual(data)
        expect(bytesFromBase64(base64FromBytes(data))).toEqual(data)
      }),
    )
  })

  test.each(['0', 'zz', '0g', ' 00', '0x12'])('bytesFromHex returns undefined for %j', (text) => {
    expect(bytesFromHex(text)).toBeUndefined()
  })

  test.each(['a', 'aaa', 'aa=a', '====', 'a===', 'aaa\n', 'aa_-', 'aa a'])(
    'bytesFromBase64 returns undefined for %j',
    (text) => {
      expect(bytesFromBase64(text)).toBeUndefined()
    },
  )

  test('concatBytes copies arrays in order into a new array', () => {
    fc.assert(
      fc.property(fc.array(bytes), (list) => {
        expect(concatBytes(list)).toEqual(new Uint8Array(Buffer.concat(list)))
      }),
    )
    const only = Uint8Array.of(1)
    expect(concatBytes([only])).not.toBe(only)
  })
})
