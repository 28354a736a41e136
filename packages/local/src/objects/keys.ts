/**
 * Keys are compared after NFC normalisation, and lists show the form that was uploaded last
 * (R2's page on Unicode interoperability). Storage knows the normalised form; a record keeps the other where they differ.
 */
import { utf8Length } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'

const maxKeyBytes = 1024

// biome-ignore lint/suspicious/noControlCharactersInRegex: everything outside of ASCII may have other forms.
const nonAscii = /[^\u0000-\u007f]/

export const normalizedKey = (key: string): string => (nonAscii.test(key) ? key.normalize('NFC') : key)

/** @throws S3Error InvalidObjectName for an empty key, one over 1,024 bytes, or one with NUL. */
export const requireKey = (key: string): void => {
  // A UTF-16 unit is at most three bytes, so most keys need no counting.
  const tooLong = key.length * 3 > maxKeyBytes && utf8Length(key) > maxKeyBytes
  if (key === '' || tooLong || key.includes('\0')) throw new S3Error('InvalidObjectName')
}

/** What a record keeps of the key's own form. */
export const keyForm = (keyAsSent: string, key: string): { readonly keyAsPut?: string } =>
  keyAsSent === key ? {} : { keyAsPut: keyAsSent }
