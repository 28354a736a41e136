/** Every fault that a client can notice, as rules for a simulated run. */

import type { Fault, FaultRule } from '../simulation/faults/fault-rule.js'
import { callback, number, refuseInput } from '../validation/index.js'

/**
 * Faults that leave a client no excuse: each one can be noticed, by an error, a status, a length or a digest. A flipped bit in a
 * response body is not among them, because R2's responses to a plain GET have no digest that the client could compare.
 */
const noticeable: readonly (Fault & { readonly operation?: string })[] = [
  { kind: 'timeout' },
  { kind: 'connection-refused' },
  { kind: 'reset-before-request' },
  { kind: 'reset-during-request' },
  { kind: 'reset-after-commit' },
  { kind: 'reset-during-response' },
  { kind: 'truncated-response' },
  { kind: 'corrupted-request' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'slow-down' },
  { kind: 'slow-down', retryAfter: 2 },
  { kind: 'too-many-requests' },
  { kind: 'too-many-requests', retryAfter: 1 },
  { kind: 'error-in-200', operation: 'CompleteMultipartUpload' },
  { kind: 'error-in-200', operation: 'CopyObject' },
  { kind: 'slow-drip', bytesPerSecond: 2_000_000 },
  { kind: 'latency', latencyMs: { medianMs: 40, p99Ms: 3_000 } },
]

const shareField = number(0, 1)

/**
 * Rules for faults of all kinds that a client can notice. Each seed has its own mix: about a third of the kinds, each at its own
 * rate.
 *
 * @param random of the run; pass on the argument of the option `faults`
 * @param rateMax highest rate of one kind, as a share of the requests. @defaultValue 0.25
 * @throws R2Error `InvalidInput` for a rate outside 0 to 1, and where `random` is no function
 * @example await simulate({ seed, faults: mixedFaults, run })
 */
export const mixedFaults = (random: () => number, rateMax = 0.25): readonly FaultRule[] => {
  callback<() => number>().read(random, 'random', refuseInput)
  shareField.read(rateMax, 'rateMax', refuseInput)
  return noticeable.filter(() => random() < 0.3).map((fault) => ({ ...fault, rate: random() * rateMax }))
}
