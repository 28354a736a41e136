/**
 * Documents that travel both ways: requests, and the configurations of a bucket. A server reads with the same tables what
 * a client writes with them.
 */
import { checksum, type XmlChecksum } from './checksum.js'
import {
  boolean,
  type Codec,
  date,
  etag,
  integer,
  list,
  nested,
  oneOf,
  optional,
  record,
  required,
  text,
  withDefault,
} from './codec.js'
import type { XmlLimits } from './scanner.js'
import { readTree } from './tree.js'
import { xmlDocument } from './writer.js'

/** A kind of document, to be read and written. */
export interface DocumentKind<T> {
  /** @throws R2Error `InvalidResponse` where the bytes are no such document. */
  read(bytes: Uint8Array, limits?: XmlLimits): T
  /** @throws R2Error `InvalidInput`, which names the field, for a text that XML cannot carry. */
  write(value: T): string
}

const documentKind = <T>(root: string, codec: Codec<T>): DocumentKind<T> => ({
  read: (bytes, limits) => codec.read(readTree(bytes, [root], limits)),
  write: (value) => xmlDocument(root, codec.write(value, '')),
})

export interface CompletedPart {
  /** 1 to 10,000. */
  readonly partNumber: number
  /** Bare, as UploadPart answered it. */
  readonly etag: string
  readonly checksum?: XmlChecksum | undefined
}

/** The request CompleteMultipartUpload. */
export const completeMultipartUploadDocument = documentKind<{ readonly parts: readonly CompletedPart[] }>(
  'CompleteMultipartUpload',
  record({
    parts: list(
      'Part',
      record<CompletedPart>({ partNumber: required('PartNumber', integer), etag: required('ETag', etag), checksum }),
    ),
  }),
)

/** The request DeleteObjects: 1 to 1,000 keys, each one that `xmlCanCarry`. */
export const deleteDocument = documentKind<{ readonly keys: readonly string[]; readonly quiet?: boolean | undefined }>(
  'Delete',
  record({ keys: list('Object', required('Key', text)), quiet: optional('Quiet', boolean) }),
)

/** The request CreateBucket. A hint is one of `wnam enam weur eeur apac oc`. */
export const createBucketDocument = documentKind<{ readonly locationConstraint?: string | undefined }>(
  'CreateBucketConfiguration',
  record({ locationConstraint: optional('LocationConstraint', text) }),
)

/** One rule of cross-origin access. R2's page: developers.cloudflare.com/r2/buckets/cors */
export interface CorsRule {
  readonly id?: string | undefined
  /** Scheme, host and port, without a path; or `*`. */
  readonly allowedOrigins: readonly string[]
  readonly allowedMethods: readonly ('GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD')[]
  readonly allowedHeaders?: readonly string[] | undefined
  readonly exposeHeaders?: readonly string[] | undefined
  /** How long a browser may keep the response, in seconds; at most 86,400. */
  readonly maxAgeSeconds?: number | undefined
}

/** A list that is absent where it has no elements. */
const some = <T>(field: Codec<readonly T[]>): Codec<readonly T[] | undefined> => ({
  read: (parent) => {
    const values = field.read(parent)
    return values.length === 0 ? undefined : values
  },
  write: (values, path) => field.write(values ?? [], path),
})

export const corsDocument = documentKind<{ readonly rules: readonly CorsRule[] }>(
  'CORSConfiguration',
  record({
    rules: list(
      'CORSRule',
      record<CorsRule>({
        id: optional('ID', text),
        allowedOrigins: list('AllowedOrigin', text),
        allowedMethods: list('AllowedMethod', oneOf('GET', 'PUT', 'POST', 'DELETE', 'HEAD')),
        allowedHeaders: some(list('AllowedHeader', text)),
        exposeHeaders: some(list('ExposeHeader', text)),
        maxAgeSeconds: optional('MaxAgeSeconds', integer),
      }),
    ),
  }),
)

/** One rule of what happens to objects as they age. R2's page: developers.cloudflare.com/r2/buckets/object-lifecycles */
export interface LifecycleRule {
  readonly id?: string | undefined
  readonly status: 'Enabled' | 'Disabled'
  /** The rule is for keys that start so; empty for all. @defaultValue '' */
  readonly prefix?: string | undefined
  /** Objects are deleted so many days after they were made, or at a date. */
  readonly expiration?: LifecycleMoment | undefined
  readonly transitions?: readonly (LifecycleMoment & { readonly storageClass: string })[] | undefined
  /** Unfinished uploads are aborted so many days after they were begun. */
  readonly abortIncompleteMultipartUploadDays?: number | undefined
}

/** Days after an object was made, or a date. */
export interface LifecycleMoment {
  readonly days?: number | undefined
  readonly date?: Date | undefined
}

const moment = { days: optional('Days', integer), date: optional('Date', date) }
const filterPrefix = nested('Filter', required('Prefix', text))

/** Written in a filter; read from there, from a filter that joins conditions, or from the rule, its place before filters were. */
const rulePrefix: Codec<string | undefined> = {
  read: (rule) =>
    nested('Filter', optional('Prefix', text)).read(rule) ??
    nested('Filter', nested('And', optional('Prefix', text))).read(rule) ??
    optional('Prefix', text).read(rule),
  write: (value, path) => filterPrefix.write(value ?? '', path),
}

export const lifecycleDocument = documentKind<{ readonly rules: readonly LifecycleRule[] }>(
  'LifecycleConfiguration',
  record({
    rules: list(
      'Rule',
      record<LifecycleRule>({
        id: optional('ID', text),
        prefix: rulePrefix,
        status: required('Status', oneOf('Enabled', 'Disabled')),
        expiration: optional('Expiration', record(moment)),
        transitions: some(list('Transition', record({ ...moment, storageClass: required('StorageClass', text) }))),
        abortIncompleteMultipartUploadDays: nested(
          'AbortIncompleteMultipartUpload',
          optional('DaysAfterInitiation', integer),
        ),
      }),
    ),
  }),
)

export interface EncryptionRule {
  /** R2 knows `AES256` only. */
  readonly algorithm: string
  readonly bucketKeyEnabled: boolean
}

export const encryptionDocument = documentKind<{ readonly rules: readonly EncryptionRule[] }>(
  'ServerSideEncryptionConfiguration',
  record({
    rules: list(
      'Rule',
      record<EncryptionRule>({
        algorithm: nested('ApplyServerSideEncryptionByDefault', required('SSEAlgorithm', text)),
        bucketKeyEnabled: withDefault(optional('BucketKeyEnabled', boolean), false),
      }),
    ),
  }),
)
