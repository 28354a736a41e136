/** The permissions of temporary credentials, for both ways of making them. */
import { type Fields, integer, listOf, oneOf, required, someOf, text } from '../../validation/index.js'

/** A preset of permissions (developers.cloudflare.com/r2/api/tokens). Temporary credentials never permit more than their parent. */
export type TemporaryScope = 'object-read-only' | 'object-read-write' | 'admin-read-only' | 'admin-read-write'

/** An operation that temporary credentials can be limited to. */
export type TemporaryAction = (typeof temporaryActions)[number]

const temporaryActions = [
  'HeadObject',
  'GetObject',
  'GetBucketLocation',
  'ListObjectsV1',
  'ListObjectsV2',
  'ListMultipartUploads',
  'ListParts',
  'PutObject',
  'DeleteObject',
  'DeleteObjects',
  'CopyObject',
  'CreateMultipartUpload',
  'UploadPart',
  'UploadPartCopy',
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
] as const

/** The permissions of temporary credentials. */
export interface TemporaryPermissions {
  /** The bucket. Credentials are for one bucket. */
  readonly bucket: string
  /** Preset of permissions. @defaultValue 'object-read-only' */
  readonly scope?: TemporaryScope | undefined
  /** Prefixes of the keys that can be used. @defaultValue every key, unless `objects` is set */
  readonly prefixes?: readonly string[] | undefined
  /** Keys that can be used. @defaultValue every key, unless `prefixes` is set */
  readonly objects?: readonly string[] | undefined
  /** Life of the credentials, in seconds, up to 7 days. @defaultValue 900 */
  readonly ttlSeconds?: number | undefined
}

const narrowHint = 'Omit it to permit every key.'

export const permissionFields: Fields<TemporaryPermissions> = {
  bucket: required(text),
  scope: oneOf('object-read-only', 'object-read-write', 'admin-read-only', 'admin-read-write'),
  prefixes: someOf(text, narrowHint),
  objects: someOf(text, narrowHint),
  ttlSeconds: integer(1, 604_800),
}

export const actionsField = listOf(oneOf(...temporaryActions))

export const defaultScope: TemporaryScope = 'object-read-only'
export const defaultTtlSeconds = 900
