/** The public types of presigned URLs, and the table of the client's options for them. */
import type { PresignMethod, PresignRules } from '../../signing/presigning.js'
import { anyText, callback, type Fields, integer, listOf, oneOf } from '../../validation/index.js'
import type { Conditions } from '../fields/conditions.js'
import type { ObjectDescription } from '../fields/description.js'
import type { ObjectAddress } from '../fields/object-address.js'
import type { Overrides } from '../objects/read-object.js'

export interface PresignOptions extends PresignRules {
  /** Called with a record of each URL made, for audit; the signature is never in it. */
  readonly onPresign?: (record: PresignRecord) => void
}

/** What is known of a URL that was made. */
export interface PresignRecord {
  readonly method: PresignMethod
  readonly bucket: string
  readonly key: string
  readonly expiresAt: Date
}

export interface PresignInput extends ObjectAddress {
  /** From 60 to 604,800 (7 days). @defaultValue 900 */
  readonly expiresInSeconds?: number
}

/** Overrides of the response's headers, for downloads with a chosen name or type. */
export type PresignGetInput = PresignInput & Overrides

/**
 * What the upload must be. Every field becomes a header that is part of the signature: a request that sends another value, or
 * leaves it out, is refused. The headers to send are in the result.
 */
export interface PresignPutInput extends PresignInput, Omit<ObjectDescription, 'ssec'>, Conditions {
  /** Exact length of the upload in bytes. */
  readonly contentLength?: number
  /** Base64 MD5 of the upload: R2 refuses other bytes. */
  readonly contentMd5?: string
}

export interface PresignedUrl {
  readonly url: string
  readonly method: PresignMethod
  /** Header fields that the request must send exactly so. */
  readonly headers: Readonly<Record<string, string>>
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
