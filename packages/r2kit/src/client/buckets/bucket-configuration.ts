/**
 * The three configurations of a bucket (CORS, lifecycle, encryption) are read, replaced and deleted in the same way: a
 * document under a sub-resource. So they are one table, of which each operation is made.
 */
import { md5 } from '#hash'
import { base64FromBytes, utf8Bytes } from '../../base/bytes.js'
import { headerOf } from '../../http/index.js'
import {
  anyText,
  checkBucketName,
  type Field,
  flag,
  integer,
  listOf,
  moment,
  objectOf,
  oneOf,
  type Refuse,
  required,
  text,
} from '../../validation/index.js'
import {
  type CorsRule,
  corsDocument,
  type DocumentKind,
  type EncryptionRule,
  encryptionDocument,
  type LifecycleMoment,
  type LifecycleRule,
  lifecycleDocument,
} from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'
import { type BucketInput, bucketField } from './head-bucket.js'

export interface PutConfigurationInput<Rule> extends BucketInput {
  /** All rules: they replace what was there. */
  readonly rules: readonly Rule[]
}

export interface GetConfigurationOutput<Rule> {
  readonly rules: readonly Rule[]
  readonly requestId: string | undefined
}

export interface ConfigurationOutput {
  readonly requestId: string | undefined
}

const configuration = <Rule>(
  names: { readonly get: string; readonly put: string; readonly delete: string },
  subresource: string,
  document: DocumentKind<{ readonly rules: readonly Rule[] }>,
  rule: Field<Rule>,
) => {
  const traits = { idempotent: true, timeoutClass: 'small' } as const
  const query = [[subresource, '']] as const
  return {
    get: defineOperation<BucketInput, GetConfigurationOutput<Rule>>({
      ...traits,
      name: names.get,
      input: bucketField(names.get),
      validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
      encode: ({ bucket }) => ({ method: 'GET', bucket, query, headers: {} }),
      decode: ({ headers, body }) => ({ ...document.read(body as Uint8Array), requestId: headerOf(headers, 'cf-ray') }),
    }),
    put: defineOperation<PutConfigurationInput<Rule>, ConfigurationOutput>({
      ...traits,
      name: names.put,
      input: inputOf<PutConfigurationInput<Rule>>(names.put, {
        bucket: required(anyText),
        rules: required(listOf(rule)),
      }),
      validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
      encode({ bucket, rules }) {
        const bytes = utf8Bytes(document.write({ rules }))
        const headers = { 'content-type': 'application/xml', 'content-md5': base64FromBytes(md5(bytes)) }
        return { method: 'PUT', bucket, query, headers, body: { kind: 'bytes', bytes } }
      },
      decode: ({ headers }) => ({ requestId: headerOf(headers, 'cf-ray') }),
    }),
    delete: defineOperation<BucketInput, ConfigurationOutput>({
      ...traits,
      name: names.delete,
      succeedsWith204: true,
      input: bucketField(names.delete),
      validate: ({ bucket }, { rules }) => checkBucketName(bucket, rules),
      encode: ({ bucket }) => ({ method: 'DELETE', bucket, query, headers: {} }),
      decode: ({ headers }) => ({ requestId: headerOf(headers, 'cf-ray') }),
    }),
  }
}

const texts = listOf(text)

const corsRuleField = objectOf<CorsRule>('a CORS rule', {
  id: text,
  allowedOrigins: required(texts),
  allowedMethods: required(listOf(oneOf('GET', 'PUT', 'POST', 'DELETE', 'HEAD'))),
  allowedHeaders: texts,
  exposeHeaders: texts,
  maxAgeSeconds: integer(0),
})

const momentFields = { days: integer(1), date: moment }

/** Days or a date: R2 refuses both, and a rule with neither would do nothing. */
const requireOneMoment = ({ days, date }: LifecycleMoment, name: string, refuse: Refuse): void => {
  if ((days === undefined) !== (date === undefined)) return
  throw refuse(name, 'must have either days or a date', 'Pass one of the two.')
}

const oneMoment = <T extends LifecycleMoment>(field: Field<T>): Field<T> => ({
  takes: field.takes,
  read(value, name, refuse) {
    const read = field.read(value, name, refuse)
    requireOneMoment(read, name, refuse)
    return read
  },
})

/**
 * A field of AWS's shape (`filter`, `Prefix`, `noncurrentVersionExpiration`) must not be left out silently: without its
 * prefix a rule is for the whole bucket, and empties it.
 */
const lifecycleRuleField = objectOf<LifecycleRule>(
  'a lifecycle rule',
  {
    id: text,
    status: required(oneOf('Enabled', 'Disabled')),
    prefix: text,
    expiration: oneMoment(objectOf<LifecycleMoment>('an expiration', momentFields)),
    transitions: listOf(
      oneMoment(
        objectOf<NonNullable<LifecycleRule['transitions']>[number]>('a transition', {
          ...momentFields,
          storageClass: required(text),
        }),
      ),
    ),
    abortIncompleteMultipartUploadDays: integer(1),
  },
  {
    explainUnknown: (name) =>
      name.toLowerCase() === 'filter'
        ? {
            problem: 'is not a field of a lifecycle rule',
            hint: 'Pass the prefix of the filter as the prefix of the rule.',
          }
        : undefined,
  },
)

const encryptionRuleField = objectOf<EncryptionRule>('an encryption rule', {
  algorithm: required(text),
  bucketKeyEnabled: required(flag),
})

/** Source: developers.cloudflare.com/r2/buckets/cors. */
export const bucketCors = configuration<CorsRule>(
  { get: 'GetBucketCors', put: 'PutBucketCors', delete: 'DeleteBucketCors' },
  'cors',
  corsDocument,
  corsRuleField,
)

/** Source: developers.cloudflare.com/r2/buckets/object-lifecycles. Replacing rules also replaces R2's default rule. */
export const bucketLifecycle = configuration<LifecycleRule>(
  {
    get: 'GetBucketLifecycleConfiguration',
    put: 'PutBucketLifecycleConfiguration',
    delete: 'DeleteBucketLifecycle',
  },
  'lifecycle',
  lifecycleDocument,
  lifecycleRuleField,
)

/** R2 encrypts everything with AES-256 and says so here. */
export const bucketEncryption = configuration<EncryptionRule>(
  { get: 'GetBucketEncryption', put: 'PutBucketEncryption', delete: 'DeleteBucketEncryption' },
  'encryption',
  encryptionDocument,
  encryptionRuleField,
)
