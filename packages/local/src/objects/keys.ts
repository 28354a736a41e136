/**
 * R2 compares keys after NFC normalisation, and lists show the form that was uploaded last (R2's page on Unicode
 * interoperability). Objects are stored under the normalised key; the record keeps the uploaded form if it differs.
 */
import { utf8Length } from 'r2kit/protocol'
import { S3Error } from '../errors/s3-error.js'

const maxKeyBytes = 1024

// biome-ignore lint/suspicious/noControlCharactersInRegex: only characters that are not ASCII have several forms.
const nonAscii = /[^\u0000-\u007f]/

export const normalizedKey = (key: string): string => (nonAscii.test(key) ? key.normalize('NFC') : key)

/** @throws S3Error `InvalidObjectName` for an empty key, one of more than 1,024 bytes, or one with a NUL character. */
export const requireKey = (key: string): void => {
  // A UTF-16 code unit makes at most three bytes, so the bytes of most keys need not be counted.
  const tooLong = key.length * 3 > maxKeyBytes && utf8Length(key) > maxKeyBytes
  if (key === '' || tooLong || key.includes('\0')) throw new S3Error('InvalidObjectName')
}

/** The record field for the uploaded form of a key, if it differs from the normalised key. */
export const uploadedForm = (keyAsSent: string, key: string): { readonly keyAsPut?: string } =>
  keyAsSent === key ? {} : { keyAsPut: keyAsSent }
