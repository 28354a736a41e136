import type { Verified } from '../events.js'

/** What a transfer that succeeded has to report. */
export interface Outcome {
  readonly bytes: number
  readonly etag?: string
  readonly verified: Verified
}
