import { type Body, type HeaderFields, headerOf } from '../../http/index.js'
import { anyText, anything, type Fields, flag, integer, required } from '../../validation/index.js'
import { type ChecksumInput, checksumFrom, type ObjectChecksum } from '../fields/checksum.js'
import { checksumField } from '../fields/checksum-field.js'
import { addConditions, isConditional, type WriteConditions, writeConditionFields } from '../fields/conditions.js'
import { addDescription, checkDescription, descriptionFields, type ObjectDescription } from '../fields/description.js'
import { encodeBody } from '../fields/encode-body.js'
import { etagFrom } from '../fields/etag.js'
import type { Bodiless } from '../fields/guarded-body.js'
import { inputOf } from '../fields/input-of.js'
import { type Integrity, integrityField } from '../fields/integrity.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import type { VerifiedBy } from '../fields/upload-proof.js'
import { defineOperation, type EncodedRequest, type OperationContext } from '../operation.js'
import { headObject } from './head-object.js'
import type { Replacement } from './put-outcome.js'

/**
 * Input of `objects.put`. R2 stores at most 5 GiB less 5 MiB in one request; `r2.transfers.upload` has no such limit.
 * Source: developers.cloudflare.com/r2/api/s3/api (PutObject) and /r2/platform/limits.
 */
export interface PutObjectInput extends ObjectAddress, ObjectDescription, WriteConditions {
  /**
   * The bytes to store: text, bytes, a Blob, a stream, or a file by its path. Streams of unknown length need `contentLength`. The
   * type of a Blob or File becomes `contentType`, unless that is given.
   */
  readonly body: Body
  /** Length of a stream in bytes. @defaultValue that of the body; required for streams */
  readonly contentLength?: number | undefined
  /**
   * The checksum that guards the body: R2 rejects other bytes before it stores them. It is stored with the object, and verifies
   * later downloads. Not beside `checksum` or `contentMd5`. @defaultValue the client's `integrity`
   */
  readonly integrity?: Integrity | undefined
  /** MD5 of the body in base64. R2 rejects a body that differs. Not beside `checksum`. @defaultValue none */
  readonly contentMd5?: string | undefined
  /** Checksum that R2 verifies and stores with the object. Not beside `contentMd5`. @defaultValue none */
  readonly checksum?: ChecksumInput | undefined
  /** Whether R2 creates an absent bucket first (an extension of R2). @defaultValue false */
  readonly createBucketIfMissing?: boolean | undefined
  /**
   * The former choice of a check: false is `integrity: 'none'`, and true is the client's `integrity`, or CRC-32 where that is
   * `none`. Rejected beside an `integrity` that contradicts it. Without effect beside `checksum` or `contentMd5`.
   *
   * @deprecated Pass `integrity`.
   * @defaultValue none
   */
  readonly verify?: boolean | undefined
}

/** Output of `objects.put`. */
export interface PutObjectOutput {
  /** ETag without quotes. */
  readonly etag: string
  /** Checksum that R2 stored; undefined where none was sent. */
  readonly checksum: ObjectChecksum | undefined
  /**
   * The comparison that has shown that R2 stored these bytes: a checksum that the response repeats, or the MD5 in the ETag. Where
   * the response to a conditional write was lost, it is the comparison with the object that was found. Undefined where nothing has
   * shown it, as with `integrity: 'none'`.
   */
  readonly verifiedBy: VerifiedBy | undefined
  /** ID of the version; R2 has one version of an object. */
  readonly versionId: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

export const putObjectFields: Fields<PutObjectInput> = {
  ...objectAddressFields,
  ...descriptionFields,
  ...writeConditionFields,
  body: required(anything<Body>('text, bytes, a Blob, a stream or { path }')),
  contentLength: integer(0),
  integrity: integrityField,
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
  input: inputOf<PutObjectInput>('PutObject', putObjectFields),
  validate(input, { rules }) {
    checkObject(input, rules)
    checkDescription(input, rules)
  },
  encode: (input, context, signal) =>
    isConditional(input) ? encodeConditional(input, context, signal) : encoded(input, context, signal),
  decode({ headers }, _input, { proof }) {
    return {
      etag: etagFrom(headers),
      checksum: checksumFrom(headers),
      verifiedBy: proof?.verifiedBy(headers),
      versionId: headerOf(headers, 'x-amz-version-id'),
      requestId: headerOf(headers, 'cf-ray'),
    }
  },
})

const encodeConditional = async (
  input: PutObjectInput & Replacement,
  context: OperationContext,
  signal: AbortSignal | undefined,
): Promise<EncodedRequest> => {
  // Loaded before the request: where a connection breaks, this code may not be reachable either. The body is read first, because
  // a stream may fail meanwhile.
  const [request, { putOutcome }] = await Promise.all([encoded(input, context, signal), import('./put-outcome.js')])
  return { ...request, outcome: putOutcome(described(input, context), request, headObject) }
}

/** The input with the media type of a Blob or File, unless it has a content type of its own. */
const described = (input: PutObjectInput, { streams }: OperationContext): PutObjectInput => {
  const contentType = input.contentType === undefined ? streams?.mediaTypeOf(input.body) : undefined
  return contentType === undefined ? input : { ...input, contentType }
}

const encoded = (
  input: PutObjectInput,
  context: OperationContext,
  signal: AbortSignal | undefined,
): EncodedRequest | Promise<EncodedRequest> => {
  const headers: HeaderFields = {}
  addDescription(headers, described(input, context))
  addConditions(headers, input)
  if (input.createBucketIfMissing === true) headers['cf-create-bucket-if-missing'] = 'true'
  const { bucket, key } = input
  const request: Bodiless = { method: 'PUT', bucket, key, headers, repeatable: !isConditional(input) }
  return encodeBody(input, request, { context, signal, form: 'header' })
}
