/** The outcome of a conditional put. Loaded with the first of them. */
import type { WriteConditions } from '../fields/conditions.js'
import type { ObjectDescription } from '../fields/description.js'
import { distinctiveEtag } from '../fields/etag-proof.js'
import type { ObjectAddress } from '../fields/object-address.js'
import type { EncodedRequest, WriteOutcome } from '../operation.js'
import { type IntendedWrite, recoveredResponse, writeOutcome } from '../unknown-outcome.js'
import type { headObject } from './head-object.js'

/** The object that a put of `updateWithLock` replaces. */
export interface Replacement {
  /** When the object with the ETag of `ifMatch` was written. */
  readonly replacesModified?: Date | undefined
}

interface ConditionalPut extends ObjectAddress, ObjectDescription, WriteConditions, Replacement {}

/** @param head the operation, passed because a bundler would split its files from those of the core */
export const putOutcome = (input: ConditionalPut, request: EncodedRequest, head: typeof headObject): WriteOutcome => {
  const { bucket, key, ssec } = input
  const target = ssec === undefined ? { bucket, key } : { bucket, key, ssec }
  return writeOutcome(
    intended(input, request),
    (execute) => ({ head: () => execute(head, target) }),
    recoveredResponse,
    request.proof,
  )
}

const intended = (input: ConditionalPut, { proof, body }: EncodedRequest): IntendedWrite => ({
  // ETags of objects with a customer's key are undocumented.
  etag: async () => (input.ssec === undefined ? distinctiveEtag(await proof?.md5(), input.metadata) : undefined),
  checksum: () => (body?.kind === 'empty' ? undefined : proof?.checksum()),
  description: input,
  conditions: input,
  replacesModified: input.replacesModified,
  isCompletion: false,
})
