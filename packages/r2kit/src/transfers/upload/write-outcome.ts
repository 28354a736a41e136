/**
 * Resolves the unknown outcome of an upload's deciding request, over all attempts of the engine. The judgement itself is the
 * client's (`client/unknown-outcome.ts`).
 */
import { isConditional } from '../../client/fields/conditions.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import { isThere } from '../../client/multipart/complete-multipart-upload.js'
import { type IntendedWrite, type Observation, OutcomeResolver } from '../../client/unknown-outcome.js'
import { isR2Error } from '../../errors/index.js'
import { singleAttempt } from '../operations.js'
import { withTransferRetries } from '../transfer-retries.js'
import type { OpenUpload, UploadJob } from './job.js'

/** Judges the failures of one write, over all of its attempts. */
export interface WriteResolver {
  /** Resolves with the object that the write stored. Rejects with the error where the write may be sent again, or failed. */
  resolve(error: unknown, observation: Observation): Promise<ObjectMetadata>
  /** The comparison that has shown that the object is that of the write; undefined where there was none. */
  readonly comparedBy: VerifiedBy | undefined
}

/**
 * Makes the resolver of a write whose description and conditions are those of the upload.
 *
 * @param prepare computes what `etag` of the write returns, where that is left until it is needed
 */
export const resolverFor = (
  { context, input, startedMs }: Pick<UploadJob, 'context' | 'input'> & Partial<Pick<UploadJob, 'startedMs'>>,
  write: Pick<IntendedWrite, 'etag' | 'checksum' | 'size' | 'isCompletion' | 'wereChecked' | 'mayBeStored'>,
  prepare: () => Promise<void> = () => Promise.resolve(),
): WriteResolver => {
  // A PUT without conditions is idempotent: it is sent again instead of resolved.
  const isNeeded = write.isCompletion || isConditional(input)
  const resolver = new OutcomeResolver({ ...write, description: input, conditions: input }, context.clock, startedMs)
  return {
    async resolve(error, observation) {
      if (!isNeeded || !isR2Error(error) || observation.signal?.aborted === true) throw error
      await prepare()
      return resolver.resolve(error, observation)
    },
    get comparedBy() {
      return resolver.comparedBy
    },
  }
}

/** The requests that look for the object, and for the upload where there is one, with the retries of a transfer. */
export const observe = (
  job: Pick<UploadJob, 'context' | 'control' | 'watch' | 'input'>,
  upload?: Pick<OpenUpload, 'uploadId'>,
): Observation => {
  const { context, control, input } = job
  const { bucket, key, ssec } = input
  const target = { bucket, key, ...(ssec === undefined ? {} : { ssec }) }
  const once = singleAttempt(control)
  const head = () => withTransferRetries(job, () => context.objects.head(target, once))
  if (upload === undefined) return { head, signal: control.signal }
  const parts = { bucket, key, uploadId: upload.uploadId, maxParts: 1 }
  const hasUpload = () => isThere(withTransferRetries(job, () => context.multipart.listParts(parts, once)))
  return { head, hasUpload, signal: control.signal }
}
