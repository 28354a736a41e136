/** The body of an operation that has no use for one: normally empty, yet its hash was signed and is checked like any other. */
import crypto from 'node:crypto'
import { S3Error } from '../errors/s3-error.js'
import type { Call } from './call.js'

const hashOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** @throws S3Error XAmzContentSHA256Mismatch */
export const requireHashOfUnread = async (call: Call, expectedHex: string): Promise<void> => {
  if (call.body.isEmpty) {
    if (expectedHex !== hashOfNothing) throw new S3Error('XAmzContentSHA256Mismatch')
    return
  }
  const hash = crypto.createHash('sha256')
  for await (const chunk of call.body.stream()) hash.update(chunk)
  if (hash.digest('hex') !== expectedHex) throw new S3Error('XAmzContentSHA256Mismatch')
}
