import { R2Error } from '../../errors/index.js'
import { type Body, type HeaderFields, headerOf, type RequestBody } from '../../http/index.js'
import { checkDescription } from '../fields/check-description.js'
import {
  addChecksum,
  type ChecksumInput,
  checkContentMd5,
  checksumFrom,
  type ObjectChecksum,
} from '../fields/checksum.js'
import { addConditions, etagFrom, isConditional, type WriteConditions } from '../fields/conditions.js'
import { addDescription, type ObjectDescription } from '../fields/description.js'
import { encodeBody } from '../fields/encode-body.js'
import { checkObject, type ObjectAddress } from '../fields/object-address.js'
import { verifiedBody } from '../fields/verified-body.js'
import { defineOperation, type EncodedRequest } from '../operation.js'

/**
 * An object to write. At most 5 GiB less 5 MiB in one put; larger ones go by `r2.transfers.upload`.
 * Source: developers.cloudflare.com/r2/api/s3/api (PutObject) and /r2/platform/limits.
 */
export interface PutObjectInput extends ObjectAddress, ObjectDescription, WriteConditions {
  readonly body: Body
  /** Length of a stream in bytes; bytes, Blobs and files know theirs. */
  readonly contentLength?: number
  /** Base64 MD5 of the body, if you have it: R2 refuses a body that differs. */
  readonly contentMd5?: string
  /** A checksum for R2 to verify and keep with the object. At most one, and not beside `contentMd5`. */
  readonly checksum?: ChecksumInput
  /** Make the bucket if there is none (R2's own extension). @defaultValue false */
  readonly createBucketIfMissing?: boolean
  /**
   * Compare what R2 stored with what was sent. Bodies in memory go with their SHA-256, which R2 checks before it stores
   * them; streams are hashed (MD5) as they flow, and the answer's ETag has to agree. @defaultValue true
   */
  readonly verify?: boolean
}

/** What only `updateWithLock` knows. */
export interface Replacement {
  /** When the object that `ifMatch` names was written. */
  readonly replacesModified?: Date | undefined
}

export interface PutObjectOutput {
  /** Bare. */
  readonly etag: string
  readonly checksum: ObjectChecksum | undefined
  readonly versionId: string | undefined
  readonly requestId: string | undefined
}

export const putObject = defineOperation<PutObjectInput & Replacement, PutObjectOutput>({
  name: 'PutObject',
  idempotent: true,
  timeoutClass: 'object',
  validate(input, { rules }) {
    checkObject(input, rules)
    checkDescription(input, rules)
    checkOneChecksum(input)
  },
  encode: (input) => (isConditional(input) ? encodeConditional(input) : encodeBody(input, encoded)),
  decode({ headers }) {
    return {
      etag: etagFrom(headers),
      checksum: checksumFrom(headers),
      versionId: headerOf(headers, 'x-amz-version-id'),
      requestId: headerOf(headers, 'cf-ray'),
    }
  },
})

const encodeConditional = async (input: PutObjectInput & Replacement): Promise<EncodedRequest> => {
  // Before the request: where a connection breaks, the code that settles what it left may not be reachable either.
  // The body first, which may be a stream that fails meanwhile.
  const [request, { settlePut }] = await Promise.all([encodeBody(input, encoded), import('./settle-put.js')])
  return { ...request, settle: settlePut(input, request) }
}

const encoded = (input: PutObjectInput, body: RequestBody): EncodedRequest => {
  const headers: HeaderFields = {}
  addDescription(headers, input)
  addConditions(headers, input)
  if (input.contentMd5 !== undefined) headers['content-md5'] = checkContentMd5(input.contentMd5)
  addChecksum(headers, input.checksum)
  if (input.createBucketIfMissing === true) headers['cf-create-bucket-if-missing'] = 'true'
  const { bucket, key } = input
  return { method: 'PUT', bucket, key, headers, repeatable: !isConditional(input), ...verifiedBody(input, body) }
}

/** R2 answers two checksums with InvalidRequest, "You can only specify one checksum at a time." */
export const checkOneChecksum = (input: { contentMd5?: string; checksum?: ChecksumInput }): void => {
  if (input.contentMd5 === undefined || input.checksum === undefined) return
  throw new R2Error('InvalidInput', 'contentMd5 and checksum cannot both be given: R2 takes one checksum at a time', {
    field: 'checksum',
  })
}
