import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../base/bytes.js'
import {
  checkBucketName,
  checkHeaderValue,
  checkMetadata,
  checkObjectKey,
  metadataSize,
  type ValidationWarning,
} from './index.js'

const refused = (field: string, message: RegExp) =>
  expect.objectContaining({
    code: 'InvalidInput',
    field,
    message: expect.stringMatching(message),
    hint: expect.any(String),
  })

describe('checkBucketName', () => {
  test.each(['abc', 'a1b', '123', 'my-bucket', 'a'.repeat(63), '1.2.3'.replaceAll('.', '-')])('accepts %s', (name) => {
    expect(() => checkBucketName(name)).not.toThrow()
  })

  const broken: [string, RegExp][] = [
    ['', /^bucket must have 3 to 63 characters, but it is ""/],
    ['ab', /3 to 63/],
    ['a'.repeat(64), /3 to 63/],
    ['My-bucket', /lower-case/],
    ['a.b', /lower-case/],
    ['a/b', /lower-case/],
    ['..', /3 to 63/],
    ['../x', /lower-case/],
    ['abc\n', /lower-case/],
    ['bücher', /lower-case/],
    ['192.168.5.4', /IPv4/],
    ['a--b', /two hyphens/],
    ['-abc', /start and end/],
    ['abc-', /start and end/],
    ['--abc', /start and end/],
  ]
  test.each(broken)('rejects %j', (name, message) => {
    expect(() => checkBucketName(name)).toThrow(refused('bucket', message))
  })

  test("accepts two hyphens in a row with bucketNames: 'r2'", () => {
    expect(() => checkBucketName('a--b', { bucketNames: 'r2' })).not.toThrow()
    expect(() => checkBucketName('-a--b', { bucketNames: 'r2' })).toThrow(refused('bucket', /start and end/))
  })

  test('rejects a value that is not a string, as callers without types may pass', () => {
    for (const value of [undefined, null, 5, {}, ['abc']]) {
      expect(() => checkBucketName(value as unknown as string)).toThrow(refused('bucket', /must be a string/))
    }
  })

  test('accepts no name that would change the path of a request', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (name) => {
        try {
          checkBucketName(name, { bucketNames: 'r2' })
        } catch {
          return
        }
        expect(new URL(`https://host/${name}/key`).pathname).toBe(`/${name}/key`)
      }),
    )
  })
})

describe('checkObjectKey', () => {
  test.each(['a', 'a/b/c', ' ', '.', '../x', 'ключ', '🎉', 'a\r\nb', '+%?#&"\'', 'x'.repeat(1024), 'é'.repeat(512)])(
    'accepts %j',
    (key) => {
      expect(() => checkObjectKey(key)).not.toThrow()
    },
  )

  const broken: [string, RegExp][] = [
    ['', /^key must have 1 to 1024 bytes in UTF-8, but it is empty$/],
    ['x'.repeat(1025), /^key must have 1 to 1024 bytes in UTF-8, but it has 1025: "x{80}"… \(1025 characters\)$/],
    ['é'.repeat(513), /it has 1026/],
    ['a\0b', /NUL/],
    ['a\ud83c', /well-formed/],
    ['\udf89a', /well-formed/],
  ]
  test.each(broken)('rejects %j', (key, message) => {
    expect(() => checkObjectKey(key)).toThrow(refused('key', message))
  })

  test('compares the UTF-8 bytes of a key with keyBytesMax', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 60 }),
        (key, keyBytesMax) => {
          fc.pre(!key.includes('\0'))
          const check = () => checkObjectKey(key, { keyBytesMax })
          if (utf8Bytes(key).length <= keyBytesMax) expect(check).not.toThrow()
          else expect(check).toThrow(refused('key', /bytes/))
        },
      ),
    )
  })

  const seldomMeant: [string, RegExp][] = [
    ['/a', /starts with "\/"/],
    ['a//b', /has "\/\/"/],
    ['e\u0301', /NFC/],
  ]
  test.each(seldomMeant)('accepts %j with a warning', (key, message) => {
    const warnings: ValidationWarning[] = []
    checkObjectKey(key, { warn: (warning) => warnings.push(warning) }, 'source.key')
    expect(warnings).toEqual([{ field: 'source.key', message: expect.stringMatching(message) }])
  })

  test('reports no warning for ordinary keys', () => {
    const warn = () => expect.unreachable()
    for (const key of ['a/b/', 'é', 'a b']) checkObjectKey(key, { warn })
  })
})

describe('checkMetadata', () => {
  test.each([{}, { a: '' }, { 'x-y_z.1': 'tab\tand é and 🎉' }, { a: 'x'.repeat(2047) }])('accepts %j', (metadata) => {
    expect(() => checkMetadata(metadata)).not.toThrow()
  })

  const broken: [Record<string, string>, string, RegExp][] = [
    [{ '': 'x' }, 'metadata[""]', /name/],
    [{ 'a b': 'x' }, 'metadata["a b"]', /name/],
    [{ 'a:': 'x' }, 'metadata["a:"]', /name/],
    [{ é: 'x' }, 'metadata["é"]', /name/],
    [{ 'a\r\nauthorization': 'x' }, 'metadata["a\\r\\nauthorization"]', /name/],
    [{ A: 'x', a: 'y' }, 'metadata["a"]', /case/],
    [{ a: 'x\r\ny: z' }, 'metadata["a"]', /control/],
    [{ a: '\u0085' }, 'metadata["a"]', /control/],
    [{ a: '\ud800' }, 'metadata["a"]', /well-formed/],
    [{ a: 5 as unknown as string }, 'metadata["a"]', /string/],
    [{ a: 'x'.repeat(2048) }, 'metadata', /at most 2048 bytes.*it has 2049/],
    [{ a: '–'.repeat(1024) }, 'metadata', /it has 2049/],
  ]
  test.each(broken)('rejects %j', (metadata, field, message) => {
    expect(() => checkMetadata(metadata)).toThrow(refused(field, message))
  })

  test('accepts metadata up to metadataBytesMax', () => {
    expect(() => checkMetadata({ a: 'x'.repeat(8191) }, { metadataBytesMax: 8192 })).not.toThrow()
  })

  test('is measured as R2 counts: one byte per unit for a text up to U+00FF, two per unit for any other text', () => {
    expect(metadataSize({ a: 'é' })).toBe(2)
    expect(metadataSize({ a: 'éĀ' })).toBe(5)
    expect(metadataSize({ ab: '🎉' })).toBe(6)
  })
})

describe('checkHeaderValue', () => {
  test.each(['text/plain; charset=utf-8', '', 'a\tb'])('accepts %j', (value) => {
    expect(() => checkHeaderValue(value, 'contentType')).not.toThrow()
  })

  test('rejects every value that could begin another header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const check = () => checkHeaderValue(value, 'contentType')
        if (/[^\t -~]/.test(value)) expect(check).toThrow(refused('contentType', /printable ASCII/))
        else expect(check).not.toThrow()
      }),
    )
    expect(() => checkHeaderValue('a\r\nx-amz-acl: public-read', 'contentType')).toThrow(
      refused('contentType', /printable/),
    )
    expect(() => checkHeaderValue('text/plain\n', 'contentType')).toThrow(refused('contentType', /printable/))
  })
})
