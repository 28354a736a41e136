import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { shown, shownName, typeNameOf } from './shown.js'

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  ['a', 'a string'],
  [5, 'a number'],
  [5n, 'a bigint'],
  [true, 'a boolean'],
  [Symbol('s'), 'a symbol'],
  [() => 1, 'a function'],
  [{}, 'an object'],
  [Object.create(null), 'an object'],
  [[], 'an array'],
  [new Map(), 'a Map'],
  [new Date(), 'a Date'],
  [new Uint8Array(1), 'a Uint8Array'],
  [new ArrayBuffer(1), 'an ArrayBuffer'],
  [Promise.resolve(), 'a Promise'],
  [new URL('https://host'), 'a URL'],
  [new AbortController().signal, 'an AbortSignal'],
  [new Error('e'), 'an Error'],
  [runInNewContext('new Map()'), 'a Map'],
  [runInNewContext('[]'), 'an array'],
  [new (class Mine {})(), 'an object'],
  [{ [Symbol.toStringTag]: '\u001b[2J' }, 'an object'],
])('typeNameOf names the type of %#: %o', (value, name) => {
  expect(typeNameOf(value)).toBe(name)
})

test('typeNameOf names the type of a revoked Proxy', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect(typeNameOf(proxy)).toBe('an object')
})

test('shown quotes and shortens text, prints numbers, and names the type of any other value', () => {
  expect(shown('a\n"b"')).toBe('"a\\n\\"b\\""')
  expect(shown('x'.repeat(100))).toBe(`"${'x'.repeat(80)}"… (100 characters)`)
  expect([shown(5), shown(false), shown({ secret: 1 })]).toEqual(['5', 'false', 'an object'])
})

test('shownName prints a plain name, and quotes and shortens any other', () => {
  expect(shownName('x-amz-meta')).toBe('x-amz-meta')
  expect(shownName('a b')).toBe('"a b"')
  expect(shownName('x'.repeat(61))).toBe(`"${'x'.repeat(60)}…"`)
})
