import { createMd5 } from '#hash'
import { hexFromBytes } from '../../base/bytes.js'
import { headerOf, type RequestBody } from '../../http/index.js'
import type { EncodedRequest } from '../operation.js'
import type { ChecksumInput } from './checksum.js'
import { bareEtag, requireMd5Etag } from './etag.js'
import { hashedBody } from './hashed-body.js'
import type { CustomerKey } from './ssec.js'

/** The fields of PutObjectInput and UploadPartInput that determine how a body is verified. */
export interface VerificationInput {
  readonly verify?: boolean | undefined
  readonly ssec?: CustomerKey | undefined
  readonly checksum?: ChecksumInput | undefined
  readonly contentMd5?: string | undefined
}

/**
 * Adds verification to a body. A body in memory is sent with its SHA-256, and R2 stores nothing else. A stream is hashed while it
 * is sent, and its MD5 has to be the ETag of the response.
 */
export const verifiedBody = (
  input: VerificationInput,
  body: RequestBody,
): Pick<EncodedRequest, 'body' | 'verify' | 'payloadHash' | 'sentMd5'> => {
  if (input.verify === false) return { body, payloadHash: 'UNSIGNED-PAYLOAD' }
  // R2 verifies a checksum of the caller's. ETags of objects with a customer's key are undocumented.
  const checkedOtherwise = input.ssec !== undefined || input.checksum !== undefined || input.contentMd5 !== undefined
  if (body.kind !== 'stream' || checkedOtherwise) return { body }
  let sent: string | undefined
  /** Stores the MD5 when the last byte has been sent. The transport rejects a source with more bytes. */
  const hashAll = (): ((chunk: Uint8Array) => void) => {
    const hash = createMd5()
    let left = body.contentLength
    return (chunk) => {
      if (chunk.byteLength === 0 || chunk.byteLength > left) return
      left -= chunk.byteLength
      hash.update(chunk)
      if (left === 0) sent = hexFromBytes(hash.digest())
    }
  }
  return {
    body: { ...body, open: () => hashedBody(body.open(), hashAll()) },
    sentMd5: () => sent,
    verify: ({ headers }) => requireMd5Etag(bareEtag(headerOf(headers, 'etag') ?? ''), sent),
  }
}
