/** `r2.transfers.upload`: one request for what is small, parts for what is not. */

import { asFinal, isR2Error, R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import type { TransferControl } from '../handle/transfer.js'
import { ProgressWatch } from '../transfer-retries.js'
import { Confirmation } from './confirmation.js'
import type { UploadJob } from './job.js'
import type { UploadInput, UploadOptions, UploadResult, UploadSource } from './options.js'
import { checkPartSize, thresholdBytesDefault } from './part-plan.js'
import { uploadInSinglePut } from './single-put.js'
import { openSource, type SequentialSource, type SlicedSource } from './source.js'
import { uploadSlices } from './upload-slices.js'
import { uploadStream } from './upload-stream.js'

export const upload = async (
  context: TransferContext,
  control: TransferControl,
  source: UploadSource,
  input: UploadInput,
  options: UploadOptions,
  watch = new ProgressWatch(context),
): Promise<UploadResult> => {
  control.onResume = () => watch.mark()
  const confirmation = new Confirmation(control, options)
  const startedMs = context.clock.monotonicMs()
  const job: UploadJob = { context, control, watch, input, options, confirmation, startedMs }
  // The source belongs to the upload from here on: whatever goes wrong, it is closed.
  const opened = await openSource(source)
  const leave = context.limit.enter()
  try {
    // Also where the object turns out to need no parts: the same options work for the next one.
    if (options.partSizeBytes !== undefined) checkPartSize(context.partLimits, options.partSizeBytes)
    const known = withLength(opened, input.contentLength)
    await control.whenRunning()
    if (known.kind === 'sequential')
      return await uploadStream(job, known, options.sourceTimeoutMs ?? sourceTimeoutMsDefault)
    return await (known.size < (options.thresholdBytes ?? thresholdBytesDefault)
      ? uploadInSinglePut(job, known)
      : uploadSlices(job, known))
  } catch (error) {
    // Closed with the upload, such a source cannot be sent again.
    throw isR2Error(error) && opened.kind === 'sequential' && !opened.canOpenAgain ? asFinal(error) : error
  } finally {
    leave()
    await opened.close()
  }
}

/** As long as Node's HTTP server waits for a request; a source that is silent for longer is dead, or live by nature. */
const sourceTimeoutMsDefault = 300_000

/** The length that the caller declares: that of a stream, which knows none of its own, or the source's own. */
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
