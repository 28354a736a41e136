/**
 * Documents that are both written and read: requests, and the configurations of a bucket. A server reads them with the tables
 * that a client writes them with.
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

/** Reads and writes one kind of document. */
export interface DocumentKind<T> {
  /** Reads a document. @throws R2Error `InvalidResponse` if the bytes are not such a document */
  read(bytes: Uint8Array, limits?: XmlLimits): T
  /** Writes a document. @throws R2Error `InvalidInput`, which names the field, for a text that XML cannot carry */
  write(value: T): string
}

const documentKind = <T>(root: string, codec: Codec<T>): DocumentKind<T> => ({
  read: (bytes, limits) => codec.read(readTree(bytes, [root], limits)),
  write: (value) => xmlDocument(root, codec.write(value, '')),
})

/** An uploaded part, as CompleteMultipartUpload names it. */
export interface CompletedPart {
  /** Number of the part, from 1 to 10,000. */
  readonly partNumber: number
  /** ETag without quotes, as UploadPart returned it. */
  readonly etag: string
  /** Checksum of the part, which R2 compares with the uploaded one. @defaultValue none */
  readonly checksum?: XmlChecksum | undefined
}

/** Body of CompleteMultipartUpload. */
export const completeMultipartUploadDocument = documentKind<{ readonly parts: readonly CompletedPart[] }>(
  'CompleteMultipartUpload',
  record({
    parts: list(
      'Part',
      record<CompletedPart>({ partNumber: required('PartNumber', integer), etag: required('ETag', etag), checksum }),
    ),
  }),
)

/** Body of DeleteObjects: 1 to 1,000 keys, which must satisfy `xmlCanCarry`. */
export const deleteDocument = documentKind<{ readonly keys: readonly string[]; readonly quiet?: boolean | undefined }>(
  'Delete',
  record({ keys: list('Object', required('Key', text)), quiet: optional('Quiet', boolean) }),
)

/** Body of CreateBucket. A location hint is one of `wnam enam weur eeur apac oc`. */
export const createBucketDocument = documentKind<{ readonly locationConstraint?: string | undefined }>(
  'CreateBucketConfiguration',
  record({ locationConstraint: optional('LocationConstraint', text) }),
)

/** A rule for cross-origin access from browsers. Source: developers.cloudflare.com/r2/buckets/cors. */
export interface CorsRule {
  /** Name of the rule. @defaultValue none */
  readonly id?: string | undefined
  /** Origins that the rule permits: scheme, host and port without a path, or `*`. */
  readonly allowedOrigins: readonly string[]
  /** Methods that the rule permits. */
  readonly allowedMethods: readonly ('GET' | 'PUT' | 'POST' | 'DELETE' | 'HEAD')[]
  /** Request headers that browsers may send. @defaultValue none */
  readonly allowedHeaders?: readonly string[] | undefined
  /** Response headers that scripts may read. @defaultValue none */
  readonly exposeHeaders?: readonly string[] | undefined
  /** Time for which a browser may cache the rule, in seconds; at most 86,400. @defaultValue the browser's */
  readonly maxAgeSeconds?: number | undefined
}

/** A list that is absent if it has no elements. */
const some = <T>(field: Codec<readonly T[]>): Codec<readonly T[] | undefined> => ({
  read: (parent) => {
    const values = field.read(parent)
    return values.length === 0 ? undefined : values
  },
  write: (values, path) => field.write(values ?? [], path),
})

/** The CORS configuration of a bucket. */
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

/** A rule for ageing objects. Source: developers.cloudflare.com/r2/buckets/object-lifecycles. */
export interface LifecycleRule {
  /** Name of the rule. @defaultValue none */
  readonly id?: string | undefined
  /** Whether R2 applies the rule. */
  readonly status: 'Enabled' | 'Disabled'
  /** Prefix of the keys that the rule applies to. @defaultValue '', all keys */
  readonly prefix?: string | undefined
  /** When objects are deleted. @defaultValue never */
  readonly expiration?: LifecycleMoment | undefined
  /** When objects move to another storage class. @defaultValue never */
  readonly transitions?: readonly (LifecycleMoment & { readonly storageClass: string })[] | undefined
  /** Days after which R2 aborts an unfinished upload. @defaultValue never; the rule of a new bucket, which any configuration replaces, has 7 */
  readonly abortIncompleteMultipartUploadDays?: number | undefined
}

/** A number of days after an object was created, or a date. One of the two is required. */
export interface LifecycleMoment {
  /** Days after the object was created. */
  readonly days?: number | undefined
  /** A date at midnight UTC. */
  readonly date?: Date | undefined
}

const moment = { days: optional('Days', integer), date: optional('Date', date) }
const filterPrefix = nested('Filter', required('Prefix', text))

/** The prefix of a rule. It is written in a filter, and read from a filter, from a filter that joins conditions, or from the rule, where older clients write it. */
const rulePrefix: Codec<string | undefined> = {
  read: (rule) =>
    nested('Filter', optional('Prefix', text)).read(rule) ??
    nested('Filter', nested('And', optional('Prefix', text))).read(rule) ??
    optional('Prefix', text).read(rule),
  write: (value, path) => filterPrefix.write(value ?? '', path),
}

/** The lifecycle configuration of a bucket. */
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

/** How R2 encrypts the objects of a bucket. */
export interface EncryptionRule {
  /** Algorithm; R2 has `AES256` only. */
  readonly algorithm: string
  /** Whether the encryption uses a key of the bucket. @defaultValue false when read */
  readonly bucketKeyEnabled: boolean
}

/** The encryption configuration of a bucket. */
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
