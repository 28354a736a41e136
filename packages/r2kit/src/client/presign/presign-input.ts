/** The public types of presigned URLs, and the table of the client's options for them. */
import type { PresignMethod, PresignRules } from '../../signing/presigning.js'
import { anyText, callback, type Fields, integer, listOf, oneOf } from '../../validation/index.js'
import type { Conditions } from '../fields/conditions.js'
import type { ObjectDescription } from '../fields/description.js'
import type { ObjectAddress } from '../fields/object-address.js'
import type { Overrides } from '../objects/read-object.js'

/** Options of presigned URLs. */
export interface PresignOptions extends PresignRules {
  /** Called with a record of each URL, for audit logs. The record contains no signature. @defaultValue none */
  readonly onPresign?: ((record: PresignRecord) => void) | undefined
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

/** Input of `presign.head` and `presign.delete`. */
export interface PresignInput extends ObjectAddress {
  /** Validity in seconds, from 60 to 604,800 (7 days). @defaultValue 900 */
  readonly expiresInSeconds?: number | undefined
}

/** Input of `presign.get`. The overrides set the name or type of the download. */
export type PresignGetInput = PresignInput & Overrides

/**
 * Input of `presign.put`. Every field becomes a header that the signature covers. R2 rejects an upload that omits one of these
 * headers, or sends another value.
 */
export interface PresignPutInput extends PresignInput, Omit<ObjectDescription, 'ssec'>, Conditions {
  /** Exact length of the upload in bytes. @defaultValue any length */
  readonly contentLength?: number | undefined
  /** MD5 of the upload in base64. R2 rejects other bytes. @defaultValue any bytes */
  readonly contentMd5?: string | undefined
}

/** Output of `r2.presign`. */
export interface PresignedUrl {
  /** The URL. It needs no credentials until it expires: treat it as a secret. */
  readonly url: string
  /** Method that the request must use. */
  readonly method: PresignMethod
  /** Headers that the request must send unchanged. */
  readonly headers: Readonly<Record<string, string>>
  /** When the URL expires. */
  readonly expiresAt: Date
}

export const presignOptionFields: Fields<PresignOptions> = {
  minExpirationSeconds: integer(1),
  maxExpirationSeconds: integer(1, 604_800),
  allowedMethods: listOf(oneOf('GET', 'PUT', 'HEAD', 'DELETE')),
  allowedContentTypes: listOf(anyText),
  bucketNames: oneOf('strict', 'r2'),
  onPresign: callback(),
}
