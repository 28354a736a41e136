/**
 * What S3 has and R2 refuses (501) or does not know. No type offers it, but types do not see a field that comes by a spread or
 * from JavaScript, and to leave out a condition or a lock in silence would be to do something else than what was asked.
 * Source: developers.cloudflare.com/r2/api/s3/api.
 */
import { R2Error } from '../../errors/index.js'

const everywhere =
  /^(acl|tagging|grant\w+|serverSideEncryption|sse(Kms|Customer)\w+|bucketKeyEnabled|websiteRedirectLocation|objectLock\w*|expected(Source)?BucketOwner|requestPayer|mfa|bypassGovernanceRetention)$/i

const conditions = /^if[A-Z]/
const only: Readonly<Record<string, RegExp>> = {
  DeleteObject: conditions,
  UploadPart: conditions,
  UploadPartCopy: /^(if|sourceIf)[A-Z]/,
}

/** @throws R2Error `InvalidInput`, which names the field. */
export const checkOffered = (operation: string, input: unknown): void => {
  const here = only[operation]
  for (const [field, value] of Object.entries(input ?? {})) {
    if (value === undefined) continue
    if (!everywhere.test(field) && here?.test(field) !== true) continue
    throw new R2Error('InvalidInput', `${field} is given, but R2 does not support it for ${operation}`, { field })
  }
}
