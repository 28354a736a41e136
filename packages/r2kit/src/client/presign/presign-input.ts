/** The public types of presigned URLs, and the table of the client's options for them. */
import type { PresignMethod, PresignRules } from '../../signing/presigning.js'
import { anyText, callback, type Fields, integer, listOf, objectOf, oneOf } from '../../validation/index.js'
import type { ChecksumInput, PartChecksumInput } from '../fields/checksum.js'
import type { Conditions } from '../fields/conditions.js'
import type { ObjectDescription } from '../fields/description.js'
import type { ObjectAddress } from '../fields/object-address.js'
import type { UploadAddress } from '../fields/upload-address.js'
import type { ByteRange, Overrides } from '../objects/read-object.js'

/** Options of presigned URLs. */
export interface PresignOptions extends PresignRules {
  /**
   * Called with a record of each URL that is made, for audit logs; a promise that it returns is awaited. The record contains no
   * signature. If it throws or rejects, the URL is not returned. @defaultValue none
   */
  readonly onPresign?: ((record: PresignRecord) => unknown) | undefined
  /**
   * How many URLs are kept for equal inputs. A kept URL is returned again until five minutes before it expires; `expiresAt` of
   * the result states how long it is valid. 0 makes a new URL for each call. @defaultValue 1000
   */
  readonly cacheSize?: number | undefined
}

/** The permission that a presigned URL gives. */
export interface PresignRecord {
  /** Method that the URL permits. */
  readonly method: PresignMethod
  /** Name of the bucket. */
  readonly bucket: string
  /** Key of the object. */
  readonly key: string
  /** When the URL expires. */
  readonly expiresAt: Date
}

/** How long a URL is valid. */
export interface PresignExpiry {
  /**
   * Validity in seconds, from 60 to 604,800 (7 days). R2 accepts 1 s and more: for less than a minute set
   * `presign.minExpirationSeconds` of the client. Not beside `expiresAt`. @defaultValue 900, or the nearest limit
   */
  readonly expiresInSeconds?: number | undefined
  /** End of the validity; a fraction of a second is dropped. Not beside `expiresInSeconds`. @defaultValue in 900 s */
  readonly expiresAt?: Date | undefined
}

/** Input of `presign.delete`. */
export interface PresignInput extends ObjectAddress, PresignExpiry {}

/** Input of `presign.head`. Conditions become headers that the signature covers. */
export interface PresignHeadInput extends PresignInput, Conditions {}

/**
 * Input of `presign.get`. The overrides set the name or type of the download. Conditions and the range become headers that the
 * signature covers: the request must send them.
 */
export interface PresignGetInput extends PresignInput, Conditions, Overrides {
  /** Range of bytes. Not beside `partNumber`. @defaultValue the whole object, or any range that the request asks for */
  readonly range?: ByteRange | undefined
  /** Number of a part of a multipart object, from 1 to 10,000. @defaultValue the whole object */
  readonly partNumber?: number | undefined
}

/**
 * Input of `presign.put`. Every field becomes a header that the signature covers. R2 rejects an upload that omits one of these
 * headers, or sends another value.
 */
export interface PresignPutInput extends PresignInput, Omit<ObjectDescription, 'ssec'>, Conditions {
  /** Exact length of the upload in bytes. @defaultValue any length */
  readonly contentLength?: number | undefined
  /** MD5 of the upload in base64. R2 rejects other bytes. Not beside `checksum`. @defaultValue any bytes */
  readonly contentMd5?: string | undefined
  /** Checksum of the upload, with its value. R2 rejects other bytes. Not beside `contentMd5`. @defaultValue any bytes */
  readonly checksum?: ChecksumInput | undefined
}

/** Input of `presign.uploadPart`: one part of a multipart upload that `multipart.create` has begun. */
export interface PresignPartInput extends UploadAddress, PresignExpiry {
  /** Number of the part, from 1 to 10,000. */
  readonly partNumber: number
  /** Exact length of the part in bytes. @defaultValue any length */
  readonly contentLength?: number | undefined
  /** MD5 of the part in base64. R2 rejects other bytes. Not beside `checksum`. @defaultValue any bytes */
  readonly contentMd5?: string | undefined
  /** Checksum of the part, with its value. R2 rejects other bytes. Not beside `contentMd5`. @defaultValue any bytes */
  readonly checksum?: PartChecksumInput | undefined
}

/** One URL of `presign.many`: the name of its method, and the input of that method. */
export type PresignEntry =
  | ({ readonly operation: 'get' } & PresignGetInput)
  | ({ readonly operation: 'head' } & PresignHeadInput)
  | ({ readonly operation: 'put' } & PresignPutInput)
  | ({ readonly operation: 'delete' } & PresignInput)
  | ({ readonly operation: 'uploadPart' } & PresignPartInput)

/** The methods of `r2.presign` that make one URL. */
export type PresignOperation = PresignEntry['operation']

/** Output of `r2.presign`. */
export interface PresignedUrl {
  /** The URL. It needs no credentials until it expires: treat it as a secret. */
  readonly url: string
  /** Method that the request must use. */
  readonly method: PresignMethod
  /** Headers that the request must send unchanged. */
  readonly headers: Readonly<Record<string, string>>
  /** When the URL expires, with its own validity or with the session token that signed it. */
  readonly expiresAt: Date
}

const presignOptionFields: Fields<PresignOptions> = {
  minExpirationSeconds: integer(1, 604_800),
  maxExpirationSeconds: integer(1, 604_800),
  allowedMethods: listOf(oneOf('GET', 'PUT', 'HEAD', 'DELETE')),
  allowedContentTypes: listOf(anyText),
  bucketNames: oneOf('strict', 'r2'),
  onPresign: callback(),
  cacheSize: integer(0),
}

const presignOptions = objectOf<PresignOptions>('presign', presignOptionFields)

/** The `presign` option of a client. */
export const presignField: typeof presignOptions = {
  ...presignOptions,
  read(value, name, refuse) {
    const options = presignOptions.read(value, name, refuse)
    const { minExpirationSeconds = 60, maxExpirationSeconds = 604_800 } = options
    if (minExpirationSeconds <= maxExpirationSeconds) return options
    // Every URL would be refused.
    const rule = `must be at least minExpirationSeconds, which is ${minExpirationSeconds}`
    throw refuse(`${name}.maxExpirationSeconds`, rule, 'Raise it, or lower minExpirationSeconds.')
  },
}
