import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../errors/error-kinds.js'
import {
  folderPrefix,
  formatR2Address,
  lastSegment,
  parseAddress,
  parseBucketAddress,
  parseObjectAddress,
} from './address.js'

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
])('the address %j is parsed as %o', (text, expected) => {
  expect(parseAddress(text)).toEqual(expected)
})

test.each(['', 'r2://', 'r2:///key', 's3://bucket/key', 'https://example.com/x', 'R2://bucket/key'])(
  'the address %j is a usage error',
  (text) => {
    expect(() => parseAddress(text)).toThrow(UsageError)
  },
)

test('parsing a formatted address returns its bucket and key unchanged', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), (key) => {
      expect(parseObjectAddress(formatR2Address('bucket', key))).toEqual({ kind: 'r2', bucket: 'bucket', key })
    }),
  )
})

test('an object address is not accepted as a bucket, nor a bucket address as an object', () => {
  expect(parseBucketAddress('r2://photos/')).toBe('photos')
  expect(() => parseBucketAddress('r2://photos/cat')).toThrow(UsageError)
  expect(() => parseObjectAddress('r2://photos')).toThrow(UsageError)
  expect(() => parseObjectAddress('./file')).toThrow(UsageError)
})

test('a folder has the same prefix with and without a trailing slash', () => {
  expect([folderPrefix(''), folderPrefix('a'), folderPrefix('a/'), folderPrefix('/')]).toEqual(['', 'a/', 'a/', '/'])
})

test('the last segment of a key that ends in a slash is empty', () => {
  expect(['a', 'a/b', 'a/b/', ''].map(lastSegment)).toEqual(['a', 'b', '', ''])
})
