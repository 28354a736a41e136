import { type Fields, type ObjectField, objectOf } from '../../validation/index.js'

/** Fields of S3 that R2 refuses (501) or ignores. Source: developers.cloudflare.com/r2/api/s3/api. */
const unsupported =
  /^(acl|tagging|grant\w+|serverSideEncryption|sse(Kms|Customer)\w+|bucketKeyEnabled|websiteRedirectLocation|objectLock\w*|expected(Source)?BucketOwner|requestPayer|mfa|bypassGovernanceRetention)$/i

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
    explainUnknown: (name) =>
      unsupported.test(name) || unsupportedBy[operation]?.test(name) === true
        ? {
            problem: `is given, but R2 does not support it for ${operation}`,
            hint: 'Leave it out; R2 has no equivalent here.',
          }
        : undefined,
  })
