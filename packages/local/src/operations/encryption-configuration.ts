/** What PutBucketEncryption may say: AES256, which is what R2 does anyway. */
import { encryptionDocument } from 'r2kit/protocol'
import { notImplemented, S3Error } from '../errors/s3-error.js'
import { orMalformed } from '../http/read-document.js'

/** @returns The document in our own writing. @throws S3Error MalformedXML, or NotImplemented for KMS. */
export const readEncryptionDocument = (bytes: Uint8Array): string => {
  const { rules } = orMalformed(() => encryptionDocument.read(bytes))
  const [rule] = rules
  if (rule === undefined || rules.length > 1) throw new S3Error('MalformedXML')
  if (rule.algorithm !== 'AES256') throw notImplemented(`SSEAlgorithm ${rule.algorithm}`)
  return encryptionDocument.write({ rules })
}
