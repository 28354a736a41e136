import { type Fields, type ObjectField, objectOf } from '../../validation/index.js'

/** Fields of S3 that R2 rejects (501) or ignores. Source: developers.cloudflare.com/r2/api/s3/api. */
const unsupported =
  /^(acl|tagging|grant\w+|serverSideEncryption|sseKms\w+|bucketKeyEnabled|websiteRedirectLocation|objectLock\w*|expected(Source)?BucketOwner|requestPayer|mfa|bypassGovernanceRetention)$/i

/** SSE-C in AWS's SDKs: three fields. Digest and algorithm follow from the key. */
const customerKey = /^(copySource)?sseCustomer(Key|KeyMd5|Algorithm)$/i

const conditions = /^if[A-Z]/i
const unsupportedBy: Readonly<Record<string, RegExp>> = {
  DeleteObject: conditions,
  UploadPart: conditions,
  UploadPartCopy: /^(if|sourceIf)[A-Z]/i,
}

/**
 * The fields of an operation's input. Any other field is rejected, because ignoring a condition or a lock would change the effect
 * of a call. Errors for fields of S3 state that R2 does not support them.
 */
export const inputOf = <T extends object>(operation: string, table: Fields<T>): ObjectField<T> =>
  objectOf(operation, table, {
    explainUnknown(name) {
      const part = customerKey.exec(name)
      const field = part?.[1] === undefined ? 'ssec' : 'sourceSsec'
      if (part !== null && field in table)
        return {
          problem: `is not a field of ${operation}`,
          hint: `Pass ${field}: { key } with the 32 bytes of the key.`,
        }
      if (!unsupported.test(name) && unsupportedBy[operation]?.test(name) !== true) return undefined
      return {
        problem: `is not supported by R2 for ${operation}`,
        hint: 'Omit it: R2 has no equivalent.',
      }
    },
  })
