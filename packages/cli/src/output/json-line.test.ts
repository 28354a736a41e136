import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonLine } from './json-line.js'

test.each([
  ['DEL and C1 controls', 'a\u007f\u009b2Jb\u0085', String.raw`"a\u007f\u009b2Jb\u0085"`],
  ['C0 controls, which JSON itself escapes', 'a\u001b[2J\n', String.raw`"a\u001b[2J\n"`],
  ['line and paragraph separators', '\u2028\u2029', String.raw`"\u2028\u2029"`],
  ['bidirectional overrides and isolates', 'gpj.\u202eexe\u2066', String.raw`"gpj.\u202eexe\u2066"`],
  ['format characters beyond the basic plane, as two units', '\u{e0041}', String.raw`"\udb40\udc41"`],
  ['a lone surrogate', '\ud800', String.raw`"\ud800"`],
])('a JSON line escapes %s, and parses to the same text', (_name, text, json) => {
  expect(jsonLine({ text })).toBe(`{"text":${json}}\n`)
  expect(JSON.parse(jsonLine({ text }))).toEqual({ text })
})

test('a JSON line leaves text of any script and emoji unchanged', () => {
  const text = 'Grüße, 日本語, עברית, 😀 "quoted" \\ back'
  expect(jsonLine({ text })).toBe(`${JSON.stringify({ text })}\n`)
})

test('a JSON line of any value is one line without terminal controls that parses to the value', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), (value) => {
      const line = jsonLine(value)
      expect(JSON.parse(line)).toEqual(value)
      expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/u)
    }),
  )
})
