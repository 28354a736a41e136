import type { VerifiedBy } from 'r2kit/transfers'
import type { Verified } from '../events.js'

/** What a transfer that succeeded has to report. */
export interface Outcome {
  readonly bytes: number
  readonly etag?: string
  readonly verified: Verified
}

/** How a download was checked: an ETag is the MD5 of the whole, or of the parts' MD5s. */
export const verifiedOf = (by: VerifiedBy | undefined): Verified =>
  by === 'etag' ? 'md5' : by === undefined ? 'length' : 'crc64nvme'
