/**
 * SSE-C: encryption with a key that the client sends with every request. The server stores the key's MD5 and compares it, so
 * that reads without the key or with another one fail as on R2. The bytes are stored unencrypted (see quirks.md).
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import type { RequestHeaders } from '../http/header-values.js'

const prefixes = {
  object: 'x-amz-server-side-encryption-customer-',
  source: 'x-amz-copy-source-server-side-encryption-customer-',
} as const

const keyBytes = 32

const missing = (field: string): S3Error =>
  invalidArgument(`Requests specifying Server Side Encryption with Customer provided keys must provide ${field}.`)

/**
 * Reads the three SSE-C headers of the object or of a copy's source, with R2's checks in R2's order.
 * @returns The key's MD5 in base64, or undefined if the request has no key.
 * @throws S3Error `InvalidArgument`, `InvalidEncryptionAlgorithmError`
 */
export const readCustomerKey = (headers: RequestHeaders, of: keyof typeof prefixes): string | undefined => {
  const algorithm = headers[`${prefixes[of]}algorithm`]
  const key = headers[`${prefixes[of]}key`]
  const keyMd5 = headers[`${prefixes[of]}key-md5`]
  if (algorithm === undefined && key === undefined && keyMd5 === undefined) return undefined
  if (key === undefined) throw missing('an appropriate secret key')
  if (keyMd5 === undefined) throw missing('the client calculated MD5 of the secret key')
  if (algorithm === undefined) throw missing('a valid encryption algorithm')
  if (algorithm !== 'AES256') throw new S3Error('InvalidEncryptionAlgorithmError')
  const bytes = Buffer.from(key, 'base64')
  if (bytes.byteLength !== keyBytes) throw invalidArgument('The secret key was invalid for the specified algorithm.')
  const actual = createHash('md5').update(bytes).digest('base64')
  if (actual !== keyMd5) {
    throw invalidArgument('The calculated MD5 hash of the key did not match the hash that was provided.')
  }
  return keyMd5
}

/**
 * Compares the key of a request with the key that the object or upload was created with.
 * @throws S3Error `InvalidRequest` if only one of the two exists, `AccessDenied` if they differ.
 */
export const requireCustomerKey = (storedMd5: string | undefined, givenMd5: string | undefined): void => {
  if (storedMd5 === undefined && givenMd5 === undefined) return
  if (storedMd5 === undefined) {
    throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.')
  }
  if (givenMd5 === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    )
  }
  const stored = Buffer.from(storedMd5)
  const given = Buffer.from(givenMd5)
  if (stored.byteLength !== given.byteLength || !timingSafeEqual(stored, given)) throw new S3Error('AccessDenied')
}

/** The SSE-C headers of a response. */
export const customerKeyHeaders = (keyMd5: string | undefined): Record<string, string> =>
  keyMd5 === undefined
    ? {}
    : {
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key-MD5': keyMd5,
      }
