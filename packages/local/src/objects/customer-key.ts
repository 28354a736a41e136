/**
 * SSE-C: encryption with a key that the customer sends each time. The key's MD5 is kept and compared, so that reading
 * without it, or with another, fails as on R2; the bytes themselves are stored as they came (see quirks.md).
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { invalidArgument, S3Error } from '../errors/s3-error.js'

type Headers = Readonly<Record<string, string | undefined>>

const prefixes = {
  object: 'x-amz-server-side-encryption-customer-',
  source: 'x-amz-copy-source-server-side-encryption-customer-',
} as const

const keyBytes = 32

const requirement = (what: string): S3Error =>
  invalidArgument(`Requests specifying Server Side Encryption with Customer provided keys must provide ${what}.`)

/**
 * Reads the three fields, for the object itself or for a copy's source, with R2's checks in R2's order.
 * @returns Base64 MD5 of the key, or undefined when no key is given.
 */
export const readCustomerKey = (headers: Headers, of: keyof typeof prefixes): string | undefined => {
  const algorithm = headers[`${prefixes[of]}algorithm`]
  const key = headers[`${prefixes[of]}key`]
  const keyMd5 = headers[`${prefixes[of]}key-md5`]
  if (algorithm === undefined && key === undefined && keyMd5 === undefined) return undefined
  if (key === undefined) throw requirement('an appropriate secret key')
  if (keyMd5 === undefined) throw requirement('the client calculated MD5 of the secret key')
  if (algorithm === undefined) throw requirement('a valid encryption algorithm')
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
 * Checks the key of a read against the one that the object was stored with.
 * @throws S3Error InvalidRequest when only one of the two exists, AccessDenied when they differ.
 */
export const checkCustomerKey = (storedMd5: string | undefined, givenMd5: string | undefined): void => {
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

/** What a response about such an object carries. */
export const customerKeyHeaders = (keyMd5: string | undefined): Record<string, string> =>
  keyMd5 === undefined
    ? {}
    : {
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key-MD5': keyMd5,
      }
