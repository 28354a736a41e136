/** Hostile documents: each is rejected, or read in a time that is linear in its length. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../base/bytes.js'
import { readListObjects } from './list-objects.js'
import { attributesMax, markupLengthMax, readStartTag } from './markup.js'
import { XmlScanner } from './scanner.js'
import { readTree } from './tree.js'

const million = 1_000_000

const outcome = (read: () => unknown): string => {
  try {
    read()
    return 'read'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${error.code}: ${error.message}`
    throw error
  }
}

const inPieces = (bytes: Uint8Array, size: number) => {
  const scanner = new XmlScanner({ open: () => undefined, close: () => undefined })
  for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size))
  scanner.end()
}

const tooLong = /^InvalidResponse: .*a tag or comment is longer than 16384 characters/

describe('a document with', () => {
  test.each<[string, string, RegExp]>([
    ['a tag of a million attributes', `<a${' b="c"'.repeat(million)}></a>`, tooLong],
    ['a tag of a million names without values', `<a${' b'.repeat(million)}></a>`, tooLong],
    ['an attribute of a million characters', `<a b="${'x'.repeat(million)}"/>`, tooLong],
    ['an element name of a million characters', `<${'a'.repeat(million)}/>`, tooLong],
    ['a million spaces in a tag', `<a${' '.repeat(million)}/>`, tooLong],
    ['a million spaces in an end tag', `<a></a${' '.repeat(million)}>`, tooLong],
    ['a comment of a million characters', `<!--${'-'.repeat(million)}--><a/>`, tooLong],
    ['a declaration of a million characters', `<?xml ${'encoding '.repeat(million / 9)}?><a/>`, tooLong],
    [
      'attributes over the limit in a short tag',
      `<a${' b="c"'.repeat(attributesMax + 1)}/>`,
      /has more than 64 attributes/,
    ],
    ['as many attributes as are permitted', `<a${' b="c"'.repeat(attributesMax)}/>`, /^read$/],
    ['a tag of the greatest length', `<a b="${'x'.repeat(markupLengthMax - 8)}"/>`, /^read$/],
    ['a tag over it by one character', `<a b="${'x'.repeat(markupLengthMax - 7)}"/>`, tooLong],
    ['a reference of a million digits', `<a>&#${'0'.repeat(million)};</a>`, /longer than 262144 characters|is unknown/],
    ['a million references', `<a>${'&amp;'.repeat(million)}</a>`, /longer than 262144 characters/],
    ['a million ampersands', `<a>${'&'.repeat(million)}</a>`, /is unknown/],
    ['a million empty CDATA sections', `<a>${'<![CDATA[]]>'.repeat(million)}</a>`, /^read$/],
    ['a million comments', `<a>${'<!---->'.repeat(million)}</a>`, /^read$/],
    ['a million carriage returns', `<a>${'\r'.repeat(million)}</a>`, /longer than 262144 characters/],
    ['a million brackets in CDATA', `<a><![CDATA[${']'.repeat(million)}]]></a>`, /longer than 262144 characters/],
    ['a million elements', `<a>${'<b/>'.repeat(million)}</a>`, /more than 262144 elements/],
    ['a million open quotes', `<a ${'"'.repeat(million)}>`, tooLong],
  ])('%s has the same result whole and in pieces', (_what, document, expected) => {
    const bytes = utf8Bytes(document)
    expect(outcome(() => readTree(bytes))).toMatch(expected)
    expect(outcome(() => readListObjects(bytes))).toMatch(/^InvalidResponse: /)
    expect(outcome(() => inPieces(bytes, 65_536))).toMatch(expected)
  })
})

test('readStartTag accepts the same tags as one pattern for the whole tag', () => {
  const wholeTag = /^([^\s<>&"'=/!?.\-\d][^\s<>&"'=/!?]*)(?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)$/
  const pieces = [
    'a',
    's3:Key',
    ' ',
    '\n',
    '=',
    '"',
    "'",
    '/',
    '<',
    '&',
    '-',
    '1',
    'é',
    ' b="c"',
    " b = 'c>'",
    '\u00a0',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (chosen) => {
      const markup = chosen.join('')
      const [, name, end] = wholeTag.exec(markup) ?? []
      expect(readStartTag(markup)).toEqual(name === undefined ? 'is not a tag' : { name, isEmpty: end === '/' })
    }),
    { numRuns: 5000 },
  )
})

const page = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
<Contents><Key>a&amp;b</Key><Size>1</Size><LastModified>2026-01-12T11:22:33.100Z</LastModified><ETag>&quot;e&quot;</ETag></Contents>
<!-- c --><Contents><Key><![CDATA[d]]></Key><Size>2</Size><LastModified>2026-01-12T11:22:33Z</LastModified><ETag>f</ETag></Contents>
<IsTruncated>false</IsTruncated></ListBucketResult>`

/** Repeats a piece of the page at another place, and adds noise. */
const mutation = fc.record({
  from: fc.nat(page.length),
  length: fc.nat(40),
  to: fc.nat(page.length),
  times: fc.integer({ min: 0, max: 50 }),
  noise: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom('<', '>', '&', '"', ']]>', '<!--', '\0'),
  ),
})

test('a damaged page of a list is read or rejected, with the same result whole and in pieces', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 64 }), (all, size) => {
      const mutated = all.reduce((text, { from, length, to, times, noise }) => {
        const piece = text.slice(from, from + length)
        return text.slice(0, to) + piece.repeat(times) + noise + text.slice(to + (times === 0 ? length : 0))
      }, page)
      const bytes = Buffer.from(mutated)
      const whole = outcome(() => readTree(bytes))
      expect(whole).toMatch(/^read$|^InvalidResponse: /)
      expect(outcome(() => readListObjects(bytes))).toMatch(/^read$|^InvalidResponse: /)
      expect(outcome(() => inPieces(bytes, size)) === 'read').toBe(whole === 'read')
    }),
    { numRuns: 1000 },
  )
})

/** Whether a repeated group contains a repetition: such a pattern may take exponential time, or overflow the stack. */
const hasNestedQuantifier = (pattern: string): boolean => {
  const text = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x')
  const starts: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') starts.push(at)
    else if (text[at] === ')') {
      const inner = text.slice((starts.pop() ?? 0) + 1, at).replace(/^\?(?:[:=!]|<[=!])/, '')
      if (/^[*+?{]/.test(text.slice(at + 1)) && /[*+{]/.test(inner)) return true
    }
  }
  return false
}

/** A literal after `=`, `(` or `,`, or at the start of an expression. */
const patternLiteral = /(?:[=(,?:]\s*|^\s+|!)\/((?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n[])+)\/[a-z]*/gm

test('no pattern of the xml module repeats a group that contains a repetition', () => {
  expect(['(a+)+', '(?:a|b*)*', '(?:\\d{2})?', '(?:x[(*]y*)+'].map(hasNestedQuantifier)).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['(a)+', '(a+)', '(?:a|b)*', 'a+(?=b)', '[(a+)]+', '\\(a+\\)+'].some(hasNestedQuantifier)).toBe(false)
  const sources = readdirSync(new URL('.', import.meta.url)).filter((name) => !name.endsWith('.test.ts'))
  const patterns = sources.flatMap((name) =>
    Array.from(
      readFileSync(new URL(name, import.meta.url), 'utf8').matchAll(patternLiteral),
      ([, pattern = '']) => pattern,
    ),
  )
  expect(patterns.length).toBeGreaterThan(5)
  expect(patterns.filter(hasNestedQuantifier)).toEqual([])
})
