import { bytesFromBase64, hexFromBytes } from '../../base/bytes.js'
import { R2Error } from '../../errors/index.js'
import { type Body, type HeaderFields, headerOf, type RequestBody } from '../../http/index.js'
import { anyText, anything, type Fields, flag, integer, moment, required } from '../../validation/index.js'
import {
  addChecksum,
  type ChecksumInput,
  checkContentMd5,
  checksumField,
  checksumFrom,
  type ObjectChecksum,
} from '../fields/checksum.js'
import { addConditions, isConditional, type WriteConditions, writeConditionFields } from '../fields/conditions.js'
import { addDescription, checkDescription, descriptionFields, type ObjectDescription } from '../fields/description.js'
import { encodeBody } from '../fields/encode-body.js'
import { distinctiveEtag, etagFrom, etagOfBytes } from '../fields/etag.js'
import { inputOf } from '../fields/input-of.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import { verifiedBody } from '../fields/verified-body.js'
import { defineOperation, type EncodedRequest } from '../operation.js'
import type { IntendedWrite } from '../unknown-outcome.js'
import { headObject } from './head-object.js'

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
   * them; streams are hashed (MD5) as they flow, and the ETag of the response has to agree. @defaultValue true
   */
  readonly verify?: boolean
}

export interface PutObjectOutput {
  /** Bare. */
  readonly etag: string
  readonly checksum: ObjectChecksum | undefined
  readonly versionId: string | undefined
  readonly requestId: string | undefined
}

/** What `updateWithLock` knows of the object that its put replaces. */
export interface Replacement {
  /** When the object that `ifMatch` names was written. */
  readonly replacesModified?: Date | undefined
}

const fields: Fields<PutObjectInput> = {
  ...objectAddressFields,
  ...descriptionFields,
  ...writeConditionFields,
  body: required(anything<Body>('text, bytes, a Blob, a stream or { path }')),
  contentLength: integer(0),
  contentMd5: anyText,
  checksum: checksumField,
  createBucketIfMissing: flag,
  verify: flag,
}

/** PutObject. */
export const putObject = defineOperation<PutObjectInput & Replacement, PutObjectOutput>({
  name: 'PutObject',
  idempotent: true,
  timeoutClass: 'object',
  input: inputOf<PutObjectInput>('PutObject', fields),
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

/** The put of `updateWithLock`. */
export const replaceObject = defineOperation<PutObjectInput & Replacement, PutObjectOutput>({
  ...putObject,
  input: inputOf<PutObjectInput & Replacement>('PutObject', { ...fields, replacesModified: moment }),
})

const encodeConditional = async (input: PutObjectInput & Replacement): Promise<EncodedRequest> => {
  // Before the request: where a connection breaks, the code that resolves the outcome may not be reachable either.
  // The body first, which may be a stream that fails meanwhile.
  const [request, { recoveredResponse, writeOutcome }] = await Promise.all([
    encodeBody(input, encoded),
    import('../unknown-outcome.js'),
  ])
  const { bucket, key, ssec } = input
  const target = ssec === undefined ? { bucket, key } : { bucket, key, ssec }
  return {
    ...request,
    outcome: writeOutcome(
      intended(input, request),
      (execute) => ({ head: () => execute(headObject, target) }),
      recoveredResponse,
    ),
  }
}

const intended = (input: PutObjectInput & Replacement, request: EncodedRequest): IntendedWrite => ({
  etag: () => distinctiveEtag(etagOf(input, request), input.metadata),
  description: input,
  conditions: input,
  replacesModified: input.replacesModified,
  isCompletion: false,
})

/** What the ETag of an SSE-C object is made of is not documented. */
const etagOf = ({ ssec, contentMd5 }: PutObjectInput, { body, sentMd5 }: EncodedRequest): string | undefined => {
  if (ssec !== undefined) return undefined
  if (contentMd5 !== undefined) return hexFromBytes(bytesFromBase64(contentMd5) ?? new Uint8Array(0))
  if (body?.kind === 'stream') return sentMd5 === undefined ? undefined : (sentMd5() ?? '')
  return etagOfBytes(body?.kind === 'bytes' ? body.bytes : new Uint8Array(0))
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

/** R2 refuses two checksums with InvalidRequest, "You can only specify one checksum at a time." */
export const checkOneChecksum = (input: { contentMd5?: string; checksum?: ChecksumInput }): void => {
  if (input.contentMd5 === undefined || input.checksum === undefined) return
  throw new R2Error('InvalidInput', 'contentMd5 and checksum cannot both be given: R2 takes one checksum at a time', {
    field: 'checksum',
    hint: 'Leave out one of the two.',
  })
}
