import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMetadataValue, encodeMetadataValue } from './rfc2047.js'

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(fc.constantFrom('=?', '?=', 'UTF-8', '?B?', '?q?', '_', '=', ' ', '\t', 'é', '🎉', 'a'), { maxLength: 30 })
    .map((all) => all.join('')),
)

describe('encodeMetadataValue', () => {
  test('encodes every value so that decoding restores it', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        expect(decodeMetadataValue(encodeMetadataValue(value))).toBe(value)
      }),
      { numRuns: 1000 },
    )
  })

  test('makes printable ASCII in words of at most 75 characters', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const header = encodeMetadataValue(value)
        if (header === value) expect(header).toMatch(/^[\t -~]*$/)
        else
          for (const word of header.split(' ')) expect(word).toMatch(/^(?=.{1,75}$)=\?UTF-8\?B\?[A-Za-z0-9+/]+=*\?=$/)
      }),
    )
  })

  test.each(['', 'plain', 'two  spaces', 'a = b?', 'tab\there', '?='])('returns ASCII unchanged: %j', (value) => {
    expect(encodeMetadataValue(value)).toBe(value)
  })

  test.each([' ', ' a', 'a\t', '=?UTF-8?B?w6k=?=', 'x =? y'])(
    'encodes ASCII that HTTP or the decoder would change: %j',
    (value) => {
      expect(encodeMetadataValue(value)).toMatch(/^=\?UTF-8\?B\?/)
      expect(decodeMetadataValue(encodeMetadataValue(value))).toBe(value)
    },
  )
})

describe('decodeMetadataValue', () => {
  const cases: [string, string][] = [
    ['=?UTF-8?B?w6k=?=', 'é'],
    ['=?utf-8?b?w6k=?=', 'é'],
    ['=?UTF-8?Q?caf=C3=A9_au_lait?=', 'café au lait'],
    ['=?utf-8?q?=c3=a9?=', 'é'],
    ['=?ISO-8859-1?Q?Andr=E9?=', 'André'],
    ['=?UTF-8*fr?Q?=C3=A9?=', 'é'],
    ['=?UTF-8?B?w6k=?= =?UTF-8?Q?=C3=A9?=', 'éé'],
    ['=?UTF-8?B?w6k=?=\t  =?UTF-8?B?w6k=?=', 'éé'],
    ['a =?UTF-8?B?w6k=?= b', 'a é b'],
    ['=?UTF-8?B??=', ''],
    ['=?UTF-8?B?77u/YQ==?=', '\ufeffa'],
  ]
  test.each(cases)('decodes %j to %j', (header, value) => {
    expect(decodeMetadataValue(header)).toBe(value)
  })

  test.each([
    '=?UTF-8?B?w6k?=',
    '=?UTF-8?B?!!!!?=',
    '=?UTF-8?B?/w==?=',
    '=?UTF-8?Q?=C3?=',
    '=?UTF-8?Q?=GG?=',
    '=?UTF-8?X?abc?=',
    '=?no-such-charset?Q?abc?=',
    '=?UTF-8?B?w6k=',
    '=?',
    'plain',
  ])('returns malformed input unchanged: %j', (header) => {
    expect(decodeMetadataValue(header)).toBe(header)
  })
})
