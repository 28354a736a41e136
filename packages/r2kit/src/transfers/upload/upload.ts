/** `r2.transfers.upload`: a single PUT below the threshold, parts above it. */
import { asFinal, isR2Error, R2Error } from '../../errors/index.js'
import { mediaTypeOf } from '../../http/body/blob.js'
import type { TransferContext } from '../context.js'
import type { TransferControl } from '../handle/transfer.js'
import { observeTransfer } from '../observe-transfer.js'
import { ProgressWatch } from '../transfer-retries.js'
import { Confirmation } from './confirmation.js'
import type { UploadJob } from './job.js'
import type { UploadInput, UploadOptions, UploadResult, UploadSource } from './options.js'
import { integrityOf } from './part-integrity.js'
import { checkPartSize, thresholdBytesDefault } from './part-plan.js'
import { uploadInSinglePut } from './single-put.js'
import { openSource, type SequentialSource, type SlicedSource } from './source.js'
import { uploadSlices } from './upload-slices.js'
import { uploadStream } from './upload-stream.js'

/** The time that Node's HTTP server waits for a whole request. A source that is silent for longer has stalled, or is live. */
const sourceTimeoutMsDefault = 300_000

/** @param watch of the transfer of many files that this upload belongs to */
export const upload = (
  context: TransferContext,
  control: TransferControl,
  source: UploadSource,
  input: UploadInput,
  given: UploadOptions,
  watch = new ProgressWatch(context),
): Promise<UploadResult> =>
  observeTransfer(context, control, 'upload', input, (transferId) => {
    const { partSizeBytes, thresholdBytes } = context.uploadDefaults
    const options = {
      ...given,
      partSizeBytes: given.partSizeBytes ?? partSizeBytes,
      thresholdBytes: given.thresholdBytes ?? thresholdBytes,
    }
    const confirmation = new Confirmation(control, options)
    const startedMs = context.clock.monotonicMs()
    const described = { ...input, contentType: input.contentType ?? mediaTypeOf(source, 'source') }
    const integrity = integrityOf(input, context)
    const job = { context, control, watch, input: described, options, integrity, confirmation, startedMs, transferId }
    return run(job, source)
  })

const run = async (job: UploadJob, source: UploadSource): Promise<UploadResult> => {
  const { context, control, watch, input, options } = job
  control.onUnpause = () => watch.mark()
  // From here on the source belongs to the upload, which closes it whatever happens.
  const opened = await openSource(source, context.clock)
  const leave = context.limit.enter()
  try {
    // Checked for a single PUT, too: options that work for one object must not fail for the next.
    if (options.partSizeBytes !== undefined) checkPartSize(context.partLimits, options.partSizeBytes)
    const known = withLength(opened, input.contentLength)
    await control.whenRunning()
    if (known.kind === 'sequential')
      return await uploadStream(job, known, options.sourceTimeoutMs ?? sourceTimeoutMsDefault)
    return await (known.size < (options.thresholdBytes ?? thresholdBytesDefault)
      ? uploadInSinglePut(job, known)
      : uploadSlices(job, known))
  } catch (error) {
    // Such a source is spent: the caller cannot repeat the upload with it.
    throw isR2Error(error) && opened.kind === 'sequential' && !opened.canOpenAgain ? asFinal(error) : error
  } finally {
    leave()
    await opened.close()
  }
}

/** Gives a stream the length that the caller declares. A source that has a length must have that one. */
const withLength = (
  source: SlicedSource | SequentialSource,
  contentLength: number | undefined,
): SlicedSource | SequentialSource => {
  if (contentLength === undefined || contentLength === source.size) return source
  if (source.kind === 'sequential' && source.size === undefined) return { ...source, size: contentLength }
  throw new R2Error('InvalidInput', `contentLength is ${contentLength}, but the source has ${source.size} bytes`, {
    field: 'contentLength',
    hint: 'Leave out contentLength: the length of this source is known.',
  })
}
