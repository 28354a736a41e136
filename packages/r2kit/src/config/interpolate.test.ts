import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interpolate } from './interpolate.js'

const variables: Readonly<Record<string, string>> = { A: 'a', B: 'b', EMPTY: '', EVIL: 'x: ${A}\n- }' }
const lookup = (name: string): string | undefined => (Object.hasOwn(variables, name) ? variables[name] : undefined)
const textOf = (text: string): string => {
  const result = interpolate(text, lookup)
  return 'text' in result ? result.text : `${result.problem}. ${result.hint}`
}

describe('a text with variables', () => {
  test.each([
    ['', ''],
    ['plain', 'plain'],
    ['$', '$'],
    ['$A $ {A} a$', '$A $ {A} a$'],
    ['${A}', 'a'],
    ['<${A}${B}>', '<ab>'],
    ['${A:-x}', 'a'],
    ['${MISSING:-x}', 'x'],
    ['${EMPTY:-x}', 'x'],
    ['${MISSING:-}', ''],
    ['${MISSING:-${B}}', 'b'],
    ['${MISSING:-${OTHER:-${A}-${B}}}!', 'a-b!'],
    ['${A:-${MISSING}}', 'a'],
    ['${MISSING:-a:-b}', 'a:-b'],
    ['$${A}', '${A}'],
    ['$$${A}', '$${A}'],
    ['${MISSING:-$${A}}', '${A}'],
    ['}', '}'],
    ['${MISSING:-{"a":1}', '{"a":1'],
    // A value is not searched again.
    ['${EVIL}', 'x: ${A}\n- }'],
  ])('%j becomes %j', (text, expected) => {
    expect(textOf(text)).toBe(expected)
  })

  test.each([
    [
      '${MISSING}',
      /needs the environment variable MISSING, which is not set\. Set MISSING, or write .*\$\{MISSING:-default\}/,
    ],
    ['${EMPTY}', /EMPTY, which is empty/],
    ['${MISSING:-${OTHER}}', /variable OTHER, which is not set/],
    ['${A', /unknown form of substitution after the variable A/],
    ['${A:-b', /without a closing \}/],
    ['${}', /without the name of a variable/],
    ['${1A}', /without the name of a variable/],
    ['${A:?message}', /unknown form of substitution after the variable A\. Write \$\{NAME\}/],
    ['${A-b}', /unknown form/],
    ['${__proto__}', /__proto__, which is not set/],
    ['${A:-'.repeat(40), /nests more than 16/],
  ])('%j is rejected', (text, message) => {
    expect(textOf(text)).toMatch(message)
  })

  test('names the variables that were used', () => {
    expect(interpolate('${A}${MISSING:-${B}}${A:-${B}}', lookup)).toMatchObject({
      variables: ['A', 'B', 'MISSING', 'A'],
    })
  })

  test('keeps every text that has no ${, and every value, byte for byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1 }), (text, value) => {
        const plain = text.replaceAll('${', '')
        expect(interpolate(plain, lookup)).toEqual({ text: plain, variables: [] })
        expect(interpolate(`<\${V}>`, () => value)).toEqual({ text: `<${value}>`, variables: ['V'] })
        const escaped = text.replaceAll('${', '$${')
        expect(interpolate(escaped, lookup)).toEqual({ text, variables: [] })
      }),
    )
  })
})
