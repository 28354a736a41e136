import { join, resolve, sep } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileNameOf } from './file-name.js'

test.each([
  ['a', ['a'], false],
  ['a/b c/d.txt', ['a', 'b c', 'd.txt'], false],
  ['a/', ['a'], true],
  ['...', ['...'], false],
  ['..a/b..', ['..a', 'b..'], false],
  ['a\\..\\b', ['a\\..\\b'], false],
  ['con', ['con'], false],
  ['x'.repeat(255), ['x'.repeat(255)], false],
])('the key %j is a path below the folder', (key, segments, isFolder) => {
  expect(fileNameOf(key, 'linux')).toEqual({ ok: true, segments, isFolder })
})

test.each([
  '..',
  '../x',
  'a/../b',
  'a/..',
  '/etc/passwd',
  '//',
  '/',
  'a//b',
  'a//',
  '.',
  './a',
  'a/./b',
  'a\0b',
  'é'.repeat(128),
])('the key %j is rejected on every system', (key) => {
  expect(fileNameOf(key, 'linux')).toMatchObject({ ok: false })
  expect(fileNameOf(key, 'win32')).toMatchObject({ ok: false })
})

test.each([
  'a\\b',
  '..\\x',
  'C:',
  'a:stream',
  'a?',
  'a*',
  '"',
  '<',
  '>',
  '|',
  'tab\t',
  'a.',
  'a ',
  'CON',
  'nul.txt',
  'Com1.tar.gz',
  'lpt¹',
  'aux .x',
  'a/prn/b',
])('the key %j is rejected on Windows, where it has another meaning', (key) => {
  expect(fileNameOf(key, 'win32')).toMatchObject({ ok: false })
  expect(fileNameOf(key, 'linux')).toMatchObject({ ok: true })
})

test('an accepted path lies below the folder, and corresponds to one key only', () => {
  const piece = fc.constantFrom(
    '..',
    '.',
    '/',
    '//',
    '\\',
    'a',
    'b.c',
    ' ',
    '~',
    '%2e%2e',
    'C:',
    '\0',
    '\u2215',
    '\uff0e\uff0e',
  )
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
      const key = pieces.join('')
      const name = fileNameOf(key, process.platform)
      if (!name.ok) return
      const root = resolve('target')
      expect(resolve(root, ...name.segments)).toBe(join(root, ...name.segments))
      expect(join(root, ...name.segments).startsWith(root + sep)).toBe(true)
      expect(name.segments.join('/') + (name.isFolder ? '/' : '')).toBe(key)
    }),
  )
})
