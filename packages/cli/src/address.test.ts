import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  folderPrefix,
  formatR2Address,
  lastSegment,
  parseAddress,
  parseBucketAddress,
  parseObjectAddress,
} from './address.js'
import { UsageError } from './usage-error.js'

test.each([
  ['r2://photos', { kind: 'r2', bucket: 'photos', key: '' }],
  ['r2://photos/', { kind: 'r2', bucket: 'photos', key: '' }],
  ['r2://photos/cat.jpg', { kind: 'r2', bucket: 'photos', key: 'cat.jpg' }],
  ['r2://photos//cat.jpg', { kind: 'r2', bucket: 'photos', key: '/cat.jpg' }],
  ['r2://photos/a/../b', { kind: 'r2', bucket: 'photos', key: 'a/../b' }],
  ['r2://photos/100%25?x=1#top', { kind: 'r2', bucket: 'photos', key: '100%25?x=1#top' }],
  ['r2://photos/ tab\there ', { kind: 'r2', bucket: 'photos', key: ' tab\there ' }],
  ['-', { kind: 'pipe' }],
  ['./-', { kind: 'local', path: './-' }],
  ['r2', { kind: 'local', path: 'r2' }],
  ['r2:/photos/cat.jpg', { kind: 'local', path: 'r2:/photos/cat.jpg' }],
  ['C:\\photos', { kind: 'local', path: 'C:\\photos' }],
  ['./s3://x', { kind: 'local', path: './s3://x' }],
])('the word %j is read as %o', (text, expected) => {
  expect(parseAddress(text)).toEqual(expected)
})

test.each(['', 'r2://', 'r2:///key', 's3://bucket/key', 'https://example.com/x', 'R2://bucket/key'])(
  'the word %j is refused with advice',
  (text) => {
    expect(() => parseAddress(text)).toThrow(UsageError)
  },
)

test('every key comes back from its address as it was', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (key) => {
      expect(parseObjectAddress(formatR2Address('bucket', key))).toEqual({ kind: 'r2', bucket: 'bucket', key })
    }),
  )
})

test('an object cannot stand where a bucket is meant, nor a bucket where an object is', () => {
  expect(parseBucketAddress('r2://photos/')).toBe('photos')
  expect(() => parseBucketAddress('r2://photos/cat')).toThrow(UsageError)
  expect(() => parseObjectAddress('r2://photos')).toThrow(UsageError)
  expect(() => parseObjectAddress('./file')).toThrow(UsageError)
})

test('a folder is the same with and without its slash', () => {
  expect([folderPrefix(''), folderPrefix('a'), folderPrefix('a/'), folderPrefix('/')]).toEqual(['', 'a/', 'a/', '/'])
})

test('the last segment of a key that ends in a slash is empty', () => {
  expect(['a', 'a/b', 'a/b/', ''].map(lastSegment)).toEqual(['a', 'b', '', ''])
})
