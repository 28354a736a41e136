import { createMd5 } from '#hash'
import { hexFromBytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import { headerOf, type RequestBody } from '../../http/index.js'
import type { EncodedRequest } from '../operation.js'
import type { ChecksumInput } from './checksum.js'
import { bareEtag, isMd5 } from './etag.js'
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
  return {
    body: {
      ...body,
      open: () =>
        hashed(body.open(), body.contentLength, (md5) => {
          sent = md5
        }),
    },
    sentMd5: () => sent,
    verify({ headers }) {
      const etag = bareEtag(headerOf(headers, 'etag') ?? '')
      if (isMd5(etag) && etag !== sent) {
        throw new R2Error(
          'IntegrityMismatch',
          `R2 stored an object with the MD5 ${etag}, but the bytes sent have ${sent}`,
        )
      }
    },
  }
}

/** Reports the MD5 when the last byte has passed. Not a generator, so that a cancel reaches a pending source. */
const hashed = (
  source: AsyncIterable<Uint8Array>,
  contentLength: number,
  onWhole: (md5: string) => void,
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const iterator = source[Symbol.asyncIterator]()
    const hash = createMd5()
    let size = 0
    return {
      async next() {
        const step = await iterator.next()
        if (step.done || step.value.byteLength === 0) return step
        size += step.value.byteLength
        if (size > contentLength) return step // The transport refuses it.
        hash.update(step.value)
        if (size === contentLength) onWhole(hexFromBytes(hash.digest()))
        return step
      },
      async return() {
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }
  },
})
