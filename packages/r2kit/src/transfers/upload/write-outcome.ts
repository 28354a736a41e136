/** The outcome of an upload's deciding request, where no clear response came: the client's own judgement, over the engine's attempts. */

import { isConditional } from '../../client/fields/conditions.js'
import type { ObjectMetadata } from '../../client/fields/object-metadata.js'
import { isThere } from '../../client/multipart/complete-multipart-upload.js'
import { type IntendedWrite, type Observation, OutcomeResolver } from '../../client/unknown-outcome.js'
import { isR2Error } from '../../errors/index.js'
import { singleAttempt } from '../context.js'
import { type OpenUpload, patiently, type UploadJob } from './job.js'

type Decision = Pick<IntendedWrite, 'etag' | 'size' | 'isCompletion' | 'wereChecked' | 'mayBeStored'>

/** Judges the failures of one write, over all attempts. Only writes that must not be stored twice need it. */
export interface WriteResolver {
  /** Resolves with the object that was stored by the write; rejects with the error where it may be sent again. */
  resolve(error: unknown, observation: Observation): Promise<ObjectMetadata>
}

/** For a write that is described by the upload's own input. */
export const resolverFor = (
  { context, input, startedMs }: Pick<UploadJob, 'context' | 'input'> & Partial<Pick<UploadJob, 'startedMs'>>,
  decision: Decision,
): WriteResolver => {
  const conditional = isConditional(input)
  const resolver = new OutcomeResolver(
    {
      ...decision,
      description: input,
      conditions: input,
    },
    context.clock,
    startedMs,
  )
  return {
    resolve(error, observation) {
      // A put without conditions is simply sent again.
      if (!isR2Error(error) || observation.signal?.aborted === true || !(conditional || decision.isCompletion)) {
        return Promise.reject(error)
      }
      return resolver.resolve(error, observation)
    },
  }
}

/** Looks at the object, and at the upload where there is one, as patiently as parts are sent. */
export const observe = (
  job: Pick<UploadJob, 'context' | 'control' | 'watch' | 'input'>,
  upload?: Pick<OpenUpload, 'uploadId'>,
): Observation => {
  const { context, control, input } = job
  const { bucket, key, ssec } = input
  const target = { bucket, key, ...(ssec === undefined ? {} : { ssec }) }
  const once = singleAttempt(control.signal)
  return {
    head: () => patiently(job, () => context.objects.head(target, once)),
    ...(upload === undefined
      ? {}
      : {
          hasUpload: () =>
            isThere(
              patiently(job, () =>
                context.multipart.listParts({ bucket, key, uploadId: upload.uploadId, maxParts: 1 }, once),
              ),
            ),
        }),
    signal: control.signal,
  }
}
