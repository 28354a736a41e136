import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8Bytes } from '../base/bytes.js'
import {
  checkBucketName,
  checkHeaderValue,
  checkInteger,
  checkMetadata,
  checkObjectKey,
  checkPartNumber,
  checkPartSize,
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

describe('a bucket name', () => {
  test.each(['abc', 'a1b', '123', 'my-bucket', 'a'.repeat(63), '1.2.3'.replaceAll('.', '-')])('may be %s', (name) => {
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
  test.each(broken)('may not be %j', (name, message) => {
    expect(() => checkBucketName(name)).toThrow(refused('bucket', message))
  })

  test('may have two hyphens in a row where the caller says so', () => {
    expect(() => checkBucketName('a--b', { bucketNames: 'r2' })).not.toThrow()
    expect(() => checkBucketName('-a--b', { bucketNames: 'r2' })).toThrow(refused('bucket', /start and end/))
  })

  test('must be a string, whatever a caller without types passes', () => {
    for (const value of [undefined, null, 5, {}, ['abc']]) {
      expect(() => checkBucketName(value as unknown as string)).toThrow(refused('bucket', /must be a string/))
    }
  })

  test('that is allowed never changes the path it stands in', () => {
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

describe('an object key', () => {
  test.each(['a', 'a/b/c', ' ', '.', '../x', 'ключ', '🎉', 'a\r\nb', '+%?#&"\'', 'x'.repeat(1024), 'é'.repeat(512)])(
    'may be %j',
    (key) => {
      expect(() => checkObjectKey(key)).not.toThrow()
    },
  )

  const broken: [string, RegExp][] = [
    ['', /^key must have 1 to 1024 bytes in UTF-8 \(it has 0\), but it is ""$/],
    ['x'.repeat(1025), /it has 1025\), but it is "x{80}"… \(1025 characters\)$/],
    ['é'.repeat(513), /it has 1026/],
    ['a\0b', /NUL/],
    ['a\ud83c', /well-formed/],
    ['\udf89a', /well-formed/],
  ]
  test.each(broken)('may not be %j', (key, message) => {
    expect(() => checkObjectKey(key)).toThrow(refused('key', message))
  })

  test('is counted in UTF-8 bytes against the limit that was set', () => {
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
  test.each(seldomMeant)('%j is allowed with a warning', (key, message) => {
    const warnings: ValidationWarning[] = []
    checkObjectKey(key, { warn: (warning) => warnings.push(warning) }, 'source.key')
    expect(warnings).toEqual([{ field: 'source.key', message: expect.stringMatching(message) }])
  })

  test('as most are gives no warning', () => {
    const warn = () => expect.unreachable()
    for (const key of ['a/b/', 'é', 'a b']) checkObjectKey(key, { warn })
  })
})

describe('metadata', () => {
  test.each([{}, { a: '' }, { 'x-y_z.1': 'tab\tand é and 🎉' }, { a: 'x'.repeat(2047) }])('may be %j', (metadata) => {
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
    [{ a: 'x'.repeat(2048) }, 'metadata', /at most 2048 bytes.*it is 2049/],
    [{ a: '–'.repeat(1024) }, 'metadata', /it is 2049/],
  ]
  test.each(broken)('may not be %j', (metadata, field, message) => {
    expect(() => checkMetadata(metadata)).toThrow(refused(field, message))
  })

  test('may be as large as R2 allows where the caller says so', () => {
    expect(() => checkMetadata({ a: 'x'.repeat(8191) }, { metadataBytesMax: 8192 })).not.toThrow()
  })

  test('is counted as R2 counts: one byte a unit up to U+00FF, else two for all units of the text', () => {
    expect(metadataSize({ a: 'é' })).toBe(2)
    expect(metadataSize({ a: 'éĀ' })).toBe(5)
    expect(metadataSize({ ab: '🎉' })).toBe(6)
  })
})

describe('a header value', () => {
  test.each(['text/plain; charset=utf-8', '', 'a\tb'])('may be %j', (value) => {
    expect(() => checkHeaderValue(value, 'contentType')).not.toThrow()
  })

  test('never begins another header', () => {
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

test('numbers are whole and within their bounds', () => {
  for (const partNumber of [1, 10_000]) expect(() => checkPartNumber(partNumber)).not.toThrow()
  for (const partNumber of [0, 10_001, 1.5, Number.NaN, -1, '1' as unknown as number]) {
    expect(() => checkPartNumber(partNumber)).toThrow(refused('partNumber', /whole number from 1 to 10000/))
  }
  for (const size of [5_242_880, 5_363_466_240]) expect(() => checkPartSize(size)).not.toThrow()
  for (const size of [5_242_879, 5_363_466_241])
    expect(() => checkPartSize(size)).toThrow(refused('partSizeBytes', /whole number/))
  expect(() => checkInteger(-1, 'range.offset', 0)).toThrow(refused('range.offset', /from 0 on, but it is -1/))
})
