/**
 * The three configurations of a bucket (CORS, lifecycle, encryption). Each is a document under a sub-resource that is read,
 * replaced and deleted, so one function makes the operations of all three.
 */
import { md5 } from '#md5'
import { base64FromBytes, utf8Bytes } from '../../base/bytes.js'
import { headerOf } from '../../http/index.js'
import { anyText, checkBucketName, type Field, required, someOf } from '../../validation/index.js'
import {
  type CorsRule,
  corsDocument,
  type DocumentKind,
  type EncryptionRule,
  encryptionDocument,
  type LifecycleRule,
  lifecycleDocument,
} from '../../xml/documents.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation } from '../operation.js'
import { type BucketInput, bucketField } from './head-bucket.js'
import { corsRuleField, encryptionRuleField, lifecycleRuleField } from './rule-fields.js'

/** Input of `put` of a configuration. */
export interface PutConfigurationInput<Rule> extends BucketInput {
  /** All rules, at least one. They replace the previous ones. */
  readonly rules: readonly Rule[]
}

/** Output of `get` of a configuration. */
export interface GetConfigurationOutput<Rule> {
  /** All rules. */
  readonly rules: readonly Rule[]
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** Output of `put` and `delete` of a configuration. */
export interface ConfigurationOutput {
  /** CF-Ray of the response. */
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
        rules: required(someOf(rule, 'To remove all rules, call delete().')),
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

/** Source: developers.cloudflare.com/r2/buckets/cors. */
export const bucketCors = configuration<CorsRule>(
  { get: 'GetBucketCors', put: 'PutBucketCors', delete: 'DeleteBucketCors' },
  'cors',
  corsDocument,
  corsRuleField,
)

/** Source: developers.cloudflare.com/r2/buckets/object-lifecycles. New rules also replace R2's default rule. */
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

/** R2 encrypts everything with AES-256, and reports that here. */
export const bucketEncryption = configuration<EncryptionRule>(
  { get: 'GetBucketEncryption', put: 'PutBucketEncryption', delete: 'DeleteBucketEncryption' },
  'encryption',
  encryptionDocument,
  encryptionRuleField,
)
