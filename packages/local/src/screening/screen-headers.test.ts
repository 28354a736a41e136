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

describe('every field that the table lists is refused with 501', () => {
  for (const [operation, rules] of Object.entries(headerRules)) {
    for (const name of rules.refused) {
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
  ['PutObject', { 'x-amz-unheard-of': '1' }, 'accepted'],
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
])('%s with %j: %s', (operation, headers, outcome) => {
  expect(screen(operation, headers)).toBe(outcome)
})

describe('a customer key is checked in this order', () => {
  const name = (field: string) => `x-amz-server-side-encryption-customer-${field}`
  const key = Buffer.alloc(32, 1).toString('base64')
  const requirement = 'Requests specifying Server Side Encryption with Customer provided keys must provide'
  test.each<[string, Record<string, string>, string]>([
    ['no key', { [name('algorithm')]: 'none' }, `400 InvalidArgument: ${requirement} an appropriate secret key.`],
    [
      'no MD5',
      { [name('key')]: 'short' },
      `400 InvalidArgument: ${requirement} the client calculated MD5 of the secret key.`,
    ],
    [
      'no algorithm',
      { [name('key')]: 'short', [name('key-md5')]: 'x' },
      `400 InvalidArgument: ${requirement} a valid encryption algorithm.`,
    ],
    [
      'another algorithm',
      { [name('key')]: 'short', [name('key-md5')]: 'x', [name('algorithm')]: 'DES' },
      '400 InvalidEncryptionAlgorithmError: The encryption request that you specified is not valid. The valid value is AES256.',
    ],
    [
      'a short key',
      { [name('key')]: 'short', [name('key-md5')]: 'x', [name('algorithm')]: 'AES256' },
      '400 InvalidArgument: The secret key was invalid for the specified algorithm.',
    ],
    [
      'another MD5',
      { [name('key')]: key, [name('key-md5')]: 'x', [name('algorithm')]: 'AES256' },
      '400 InvalidArgument: The calculated MD5 hash of the key did not match the hash that was provided.',
    ],
  ])('%s', (_what, headers, refusal) => {
    for (const operation of ['GetObject', 'PutObject', 'UploadPart', 'CopyObject'] as const) {
      expect(screen(operation, headers)).toBe(refusal)
    }
  })

  test('for a copy source as well', () => {
    expect(screen('UploadPartCopy', { 'x-amz-copy-source-server-side-encryption-customer-algorithm': 'AES256' })).toBe(
      `400 InvalidArgument: ${requirement} an appropriate secret key.`,
    )
  })
})
