/**
 * Documents that travel both ways: requests, and the configurations of a bucket. A server reads with the same tables what
 * a client writes with them.
 */
import { checksum, type XmlChecksum } from './checksum.js'
import type { XmlLimits } from './scanner.js'
import {
  boolean,
  type Codec,
  date,
  etag,
  inside,
  integer,
  many,
  maybe,
  one,
  oneOf,
  otherwise,
  record,
  text,
} from './shape.js'
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
    parts: many(
      'Part',
      record<CompletedPart>({ partNumber: one('PartNumber', integer), etag: one('ETag', etag), checksum }),
    ),
  }),
)

/** The request DeleteObjects: 1 to 1,000 keys, each one that `xmlCanCarry`. */
export const deleteDocument = documentKind<{ readonly keys: readonly string[]; readonly quiet?: boolean | undefined }>(
  'Delete',
  record({ keys: many('Object', one('Key', text)), quiet: maybe('Quiet', boolean) }),
)

/** The request CreateBucket. A hint is one of `wnam enam weur eeur apac oc`. */
export const createBucketDocument = documentKind<{ readonly locationConstraint?: string | undefined }>(
  'CreateBucketConfiguration',
  record({ locationConstraint: maybe('LocationConstraint', text) }),
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
    rules: many(
      'CORSRule',
      record<CorsRule>({
        id: maybe('ID', text),
        allowedOrigins: many('AllowedOrigin', text),
        allowedMethods: many('AllowedMethod', oneOf('GET', 'PUT', 'POST', 'DELETE', 'HEAD')),
        allowedHeaders: some(many('AllowedHeader', text)),
        exposeHeaders: some(many('ExposeHeader', text)),
        maxAgeSeconds: maybe('MaxAgeSeconds', integer),
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

const moment = { days: maybe('Days', integer), date: maybe('Date', date) }
const filterPrefix = inside('Filter', one('Prefix', text))

/** Written in a filter; read from there, from a filter that joins conditions, or from the rule, its place before filters were. */
const rulePrefix: Codec<string | undefined> = {
  read: (rule) =>
    inside('Filter', maybe('Prefix', text)).read(rule) ??
    inside('Filter', inside('And', maybe('Prefix', text))).read(rule) ??
    maybe('Prefix', text).read(rule),
  write: (value, path) => filterPrefix.write(value ?? '', path),
}

export const lifecycleDocument = documentKind<{ readonly rules: readonly LifecycleRule[] }>(
  'LifecycleConfiguration',
  record({
    rules: many(
      'Rule',
      record<LifecycleRule>({
        id: maybe('ID', text),
        prefix: rulePrefix,
        status: one('Status', oneOf('Enabled', 'Disabled')),
        expiration: maybe('Expiration', record(moment)),
        transitions: some(many('Transition', record({ ...moment, storageClass: one('StorageClass', text) }))),
        abortIncompleteMultipartUploadDays: inside(
          'AbortIncompleteMultipartUpload',
          maybe('DaysAfterInitiation', integer),
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
    rules: many(
      'Rule',
      record<EncryptionRule>({
        algorithm: inside('ApplyServerSideEncryptionByDefault', one('SSEAlgorithm', text)),
        bucketKeyEnabled: otherwise(maybe('BucketKeyEnabled', boolean), false),
      }),
    ),
  }),
)
