import { expect, test } from 'vitest'
import { printable } from './shown.js'

test.each([
  ['an ANSI escape sequence', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
  ['a new line and a carriage return', 'a\r\nb', 'a\\u000d\\u000ab'],
  ['DEL and a C1 control', '\u007f\u009b', '\\u007f\\u009b'],
  ['a bidirectional override', 'gpj.\u202eexe', 'gpj.\\u202eexe'],
  ['an isolate and a zero-width space', '\u2066\u200b', '\\u2066\\u200b'],
  ['a line separator', '\u2028', '\\u2028'],
  ['a byte order mark', '\ufeff', '\\ufeff'],
  ['a tag beyond the basic plane', '\u{e0041}', '\\u{e0041}'],
  ['a lone surrogate', '\ud800', '\\ud800'],
])('printable escapes %s', (_, text, escaped) => {
  expect(printable(text)).toBe(escaped)
})

test('printable keeps text of any script, and emoji', () => {
  const text = 'Grüße, 日本語, עברית, 😀 ~ "quoted" \\ back'
  expect(printable(text)).toBe(text)
})
