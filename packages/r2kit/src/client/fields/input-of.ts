import { type Fields, type ObjectField, objectOf } from '../../validation/index.js'

/** Fields of S3 that R2 refuses (501) or ignores. Source: developers.cloudflare.com/r2/api/s3/api. */
const unsupported =
  /^(acl|tagging|grant\w+|serverSideEncryption|sseKms\w+|bucketKeyEnabled|websiteRedirectLocation|objectLock\w*|expected(Source)?BucketOwner|requestPayer|mfa|bypassGovernanceRetention)$/i

/** SSE-C as AWS's SDKs have it: three fields, of which the digest and the algorithm follow from the key. */
const customerKey = /^(copySource)?sseCustomer(Key|KeyMd5|Algorithm)$/i

const conditions = /^if[A-Z]/i
const unsupportedBy: Readonly<Record<string, RegExp>> = {
  DeleteObject: conditions,
  UploadPart: conditions,
  UploadPartCopy: /^(if|sourceIf)[A-Z]/i,
}

/**
 * The input of an operation: these fields and no others. A condition or a lock that is left out silently would make the
 * call do something else than it was asked to, so fields that S3 has and R2 has not are named as such.
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
        problem: `is given, but R2 does not support it for ${operation}`,
        hint: 'Leave it out; R2 has no equivalent here.',
      }
    },
  })
