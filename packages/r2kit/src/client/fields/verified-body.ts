import { createMd5 } from '#hash'
import { hexFromBytes } from '../../base/bytes.js'
import { headerOf, type RequestBody } from '../../http/index.js'
import type { EncodedRequest } from '../operation.js'
import type { ChecksumInput } from './checksum.js'
import { bareEtag, requireMd5Etag } from './etag.js'
import { hashedBody } from './hashed-body.js'
import type { CustomerKey } from './ssec.js'

/** What decides how a body is verified; fields of PutObjectInput and UploadPartInput. */
export interface VerificationInput {
  readonly verify?: boolean
  readonly ssec?: CustomerKey
  readonly checksum?: ChecksumInput
  readonly contentMd5?: string
}

/**
 * The body with the way it is verified: one in memory by its SHA-256, which goes ahead of it, so that R2 stores nothing
 * else; a stream by its MD5, which is computed as it flows and has to be the ETag of the response.
 */
export const verifiedBody = (
  input: VerificationInput,
  body: RequestBody,
): Pick<EncodedRequest, 'body' | 'verify' | 'payloadHash' | 'sentMd5'> => {
  if (input.verify === false) return { body, payloadHash: 'UNSIGNED-PAYLOAD' }
  // A checksum of the caller's is verified by R2, and what the ETag of an SSE-C object is made of is not documented.
  const checkedOtherwise = input.ssec !== undefined || input.checksum !== undefined || input.contentMd5 !== undefined
  if (body.kind !== 'stream' || checkedOtherwise) return { body }
  let sent: string | undefined
  /** Notes the MD5 when the last byte has passed; the transport rejects a source that goes beyond it. */
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
