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

type JobOfWrite = Pick<UploadJob, 'context' | 'input'> & Partial<Pick<UploadJob, 'startedMs'>>

type UploadWrite = Pick<IntendedWrite, 'etag' | 'checksum' | 'size' | 'isCompletion' | 'wereChecked' | 'mayBeStored'>

/**
 * Judges the failures of one write, over all of its attempts.
 *
 * A class, not an object with a getter: V8 makes a hidden class for each such object, outside of its young memory, and everything that
 * the getter reaches, here the bytes of a file, was kept until the next collection of the whole heap.
 */
export class WriteResolver {
  readonly #job: JobOfWrite
  readonly #write: UploadWrite
  readonly #startedMs: number
  readonly #prepare: () => Promise<void>
  /** Made by the first failure: with many small files, most writes succeed the first time. */
  #resolver: OutcomeResolver | undefined

  /**
   * @param job has the description and the conditions of the write
   * @param prepare computes what `etag` of the write returns, where that is left until it is needed
   */
  constructor(job: JobOfWrite, write: UploadWrite, prepare: () => Promise<void> = () => Promise.resolve()) {
    this.#job = job
    this.#write = write
    this.#startedMs = job.startedMs ?? job.context.clock.monotonicMs()
    this.#prepare = prepare
  }

  /** The comparison that has shown that the object is that of the write; undefined where there was none. */
  get comparedBy(): VerifiedBy | undefined {
    return this.#resolver?.comparedBy
  }

  /** Resolves with the object that the write stored. Rejects with the error where the write may be sent again, or failed. */
  async resolve(error: unknown, observation: Observation): Promise<ObjectMetadata> {
    const { context, input } = this.#job
    const conditional = isConditional(input)
    // A PUT without conditions is idempotent: it is sent again instead of resolved.
    const isNeeded = this.#write.isCompletion || conditional
    if (!isNeeded || !isR2Error(error) || observation.signal?.aborted === true) throw error
    this.#resolver ??= new OutcomeResolver(
      { ...this.#write, description: input, conditions: input, isConditional: conditional },
      context.clock,
      this.#startedMs,
    )
    await this.#prepare()
    return this.#resolver.resolve(error, observation)
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
