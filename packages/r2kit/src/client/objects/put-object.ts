import { bytesFromBase64, hexFromBytes } from '../../base/bytes.js'
import { type Body, type HeaderFields, headerOf, mediaTypeOf, type RequestBody } from '../../http/index.js'
import { anyText, anything, type Fields, flag, integer, moment, refuseInput, required } from '../../validation/index.js'
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
  /** MD5 of the body in base64. R2 rejects a body that differs. Not beside `checksum`. @defaultValue none */
  readonly contentMd5?: string | undefined
  /** Checksum that R2 verifies and stores with the object. Not beside `contentMd5`. @defaultValue none */
  readonly checksum?: ChecksumInput | undefined
  /** Whether R2 creates an absent bucket first (an extension of R2). @defaultValue false */
  readonly createBucketIfMissing?: boolean | undefined
  /**
   * Whether the stored bytes are verified. A body in memory is sent with its SHA-256, which R2 checks before it stores anything. A
   * stream is hashed while it is sent, and its MD5 has to be the ETag of the response. @defaultValue true
   */
  readonly verify?: boolean | undefined
}

/** Output of `objects.put`. */
export interface PutObjectOutput {
  /** ETag without quotes. */
  readonly etag: string
  /** Checksum that R2 stored; undefined where none was sent. */
  readonly checksum: ObjectChecksum | undefined
  /** ID of the version; R2 has one version of an object. */
  readonly versionId: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** The object that a put of `updateWithLock` replaces. */
export interface Replacement {
  /** When the object with the ETag of `ifMatch` was written. */
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
  // Loaded before the request: where a connection breaks, this code may not be reachable either. The body is read first, because
  // a stream may fail meanwhile.
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
  description: described(input),
  conditions: input,
  replacesModified: input.replacesModified,
  isCompletion: false,
})

/** The input with the media type of a Blob or File, unless it has a content type of its own. */
const described = (input: PutObjectInput): PutObjectInput => {
  const contentType = input.contentType === undefined ? mediaTypeOf(input.body) : undefined
  return contentType === undefined ? input : { ...input, contentType }
}

/** The ETag that the object will have; undefined with a customer's key, because such ETags are undocumented. */
const etagOf = ({ ssec, contentMd5 }: PutObjectInput, { body, sentMd5 }: EncodedRequest): string | undefined => {
  if (ssec !== undefined) return undefined
  if (contentMd5 !== undefined) return hexFromBytes(bytesFromBase64(contentMd5) ?? new Uint8Array(0))
  if (body?.kind === 'stream') return sentMd5 === undefined ? undefined : (sentMd5() ?? '')
  return etagOfBytes(body?.kind === 'bytes' ? body.bytes : new Uint8Array(0))
}

const encoded = (input: PutObjectInput, body: RequestBody): EncodedRequest => {
  const headers: HeaderFields = {}
  addDescription(headers, described(input))
  addConditions(headers, input)
  if (input.contentMd5 !== undefined) headers['content-md5'] = checkContentMd5(input.contentMd5)
  addChecksum(headers, input.checksum)
  if (input.createBucketIfMissing === true) headers['cf-create-bucket-if-missing'] = 'true'
  const { bucket, key } = input
  return { method: 'PUT', bucket, key, headers, repeatable: !isConditional(input), ...verifiedBody(input, body) }
}

/** R2 rejects two checksums with InvalidRequest, "You can only specify one checksum at a time." */
export const checkOneChecksum = (input: {
  contentMd5?: string | undefined
  checksum?: ChecksumInput | undefined
}): void => {
  if (input.contentMd5 === undefined || input.checksum === undefined) return
  throw refuseInput('checksum', 'cannot be used beside contentMd5: R2 takes one checksum', 'Omit one of the two.')
}
