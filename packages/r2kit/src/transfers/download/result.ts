import type { OpenObject } from './job.js'
import type { DownloadResult, VerifiedBy } from './options.js'

export const resultOf = (
  { metadata, wanted, version }: OpenObject,
  verifiedBy: VerifiedBy | undefined,
  resumedBytes = 0,
): DownloadResult => ({
  ...metadata,
  // The first response's own range is none of the caller's business.
  contentRange: wanted.length === version.size ? undefined : { ...wanted, total: version.size },
  bytes: wanted.length,
  verifiedBy,
  resumedBytes,
})
