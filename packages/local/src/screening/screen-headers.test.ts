import { describe, expect, test } from 'vitest'
import type { OperationName } from '../detection/operation-name.js'
import { S3Error } from '../errors/s3-error.js'
import { headerRules } from './header-rules.js'
import { screenHeaders } from './screen-headers.js'

const screen = (operation: OperationName, headers: Record<string, string>): string => {
  try {
    screenHeaders(operation, headers)
    return 'accepted'
  } catch (error) {
    if (error instanceof S3Error) return `${error.status} ${error.code}: ${error.message}`
    throw error
  }
}

describe('screening rejects every header of the table with 501', () => {
  for (const [operation, rules] of Object.entries(headerRules)) {
    for (const name of rules.rejected) {
      test(`${operation}: ${name}`, () => {
        expect(screen(operation as OperationName, { [name]: 'some value' })).toBe(
          `501 NotImplemented: Header '${name}' with value 'some value' not implemented`,
        )
      })
    }
  }
})

const notImplemented = (name: string, value: string) =>
  `501 NotImplemented: Header '${name}' with value '${value}' not implemented`

test.each<[OperationName, Record<string, string>, string]>([
  ['PutObject', { 'x-amz-unknown': '1' }, 'accepted'],
  ['PutObject', { 'x-amz-request-payer': 'requester' }, 'accepted'],
  ['PutObject', { 'x-amz-acl': 'public-read' }, 'accepted'],
  ['PutObject', { 'x-amz-acl': 'mine' }, notImplemented('x-amz-acl', 'mine')],
  ['PutObject', { 'x-amz-server-side-encryption': 'AES256' }, 'accepted'],
  [
    'PutObject',
    { 'x-amz-server-side-encryption': 'aws:kms' },
    notImplemented('x-amz-server-side-encryption', 'aws:kms'),
  ],
  [
    'UploadPart',
    { 'x-amz-server-side-encryption': 'AES256' },
    notImplemented('x-amz-server-side-encryption', 'AES256'),
  ],
  ['PutObject', { 'x-amz-checksum-sha256': 'any' }, 'accepted'],
  ['UploadPart', { 'x-amz-checksum-crc32': 'any' }, 'accepted'],
  ['UploadPart', { 'x-amz-trailer': 'x-amz-checksum-crc32' }, 'accepted'],
  [
    'UploadPart',
    { 'x-amz-trailer': 'X-Amz-Checksum-Sha256' },
    notImplemented('x-amz-trailer', 'X-Amz-Checksum-Sha256'),
  ],
  ['AbortMultipartUpload', { 'x-amz-expected-bucket-owner': '1' }, 'accepted'],
  ['ListBuckets', { 'x-amz-expected-bucket-owner': '1' }, 'accepted'],
])('screening %s with %j: %s', (operation, headers, outcome) => {
  expect(screen(operation, headers)).toBe(outcome)
})

describe('screening checks an SSE-C key in this order:', () => {
  const name = (field: string) => `x-amz-server-side-encryption-customer-${field}`
  const key = Buffer.alloc(32, 1).toString('base64')
  const requirement = 'Requests specifying Server Side Encryption with Customer provided keys must provide'
  test.each<[string, Record<string, string>, string]>([
    ['1. no key', { [name('algorithm')]: 'none' }, `400 InvalidArgument: ${requirement} an appropriate secret key.`],
    [
      '2. no MD5',
      { [name('key')]: 'short' },
      `400 InvalidArgument: ${requirement} the client calculated MD5 of the secret key.`,
    ],
    [
      '3. no algorithm',
      { [name('key')]: 'short', [name('key-md5')]: 'x' },
      `400 InvalidArgument: ${requirement} a valid encryption algorithm.`,
    ],
    [
      '4. another algorithm',
      { [name('key')]: 'short', [name('key-md5')]: 'x', [name('algorithm')]: 'DES' },
      '400 InvalidEncryptionAlgorithmError: The encryption request that you specified is not valid. The valid value is AES256.',
    ],
    [
      '5. a short key',
      { [name('key')]: 'short', [name('key-md5')]: 'x', [name('algorithm')]: 'AES256' },
      '400 InvalidArgument: The secret key was invalid for the specified algorithm.',
    ],
    [
      '6. another MD5',
      { [name('key')]: key, [name('key-md5')]: 'x', [name('algorithm')]: 'AES256' },
      '400 InvalidArgument: The calculated MD5 hash of the key did not match the hash that was provided.',
    ],
  ])('%s', (_what, headers, error) => {
    for (const operation of ['GetObject', 'PutObject', 'UploadPart', 'CopyObject'] as const) {
      expect(screen(operation, headers)).toBe(error)
    }
  })

  test('screening also checks the SSE-C key of a copy source', () => {
    expect(screen('UploadPartCopy', { 'x-amz-copy-source-server-side-encryption-customer-algorithm': 'AES256' })).toBe(
      `400 InvalidArgument: ${requirement} an appropriate secret key.`,
    )
  })
})
