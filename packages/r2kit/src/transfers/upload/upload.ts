/** `r2.transfers.upload`: one request for what is small, parts for what is not. */
import type { TransferControl } from '../../client/for-transfers.js'
import { R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import { ProgressWatch } from '../retry-part.js'
import type { UploadJob } from './job.js'
import type { UploadInput, UploadOptions, UploadResult, UploadSource } from './options.js'
import { singlePutBytesMax, thresholdBytesDefault } from './part-plan.js'
import { putWhole } from './put-whole.js'
import { openSource } from './source.js'
import { uploadSlices } from './upload-slices.js'
import { uploadStream } from './upload-stream.js'

export const upload = async (
  context: TransferContext,
  control: TransferControl,
  source: UploadSource,
  input: UploadInput,
  options: UploadOptions,
): Promise<UploadResult> => {
  const watch = new ProgressWatch(context)
  control.onResume = () => watch.mark()
  const job: UploadJob = { context, control, watch, input, options }
  const opened = await openSource(source, input.contentLength)
  const leave = context.limit.enter()
  try {
    const thresholdBytes = checkThreshold(options.thresholdBytes ?? thresholdBytesDefault)
    const sourceTimeoutMs = checkSourceTimeout(options.sourceTimeoutMs ?? sourceTimeoutMsDefault)
    await control.whenRunning()
    if (opened.kind === 'sequential') return await uploadStream(job, opened, sourceTimeoutMs)
    return await (opened.size < thresholdBytes ? putWhole(job, opened) : uploadSlices(job, opened))
  } finally {
    leave()
    await opened.close()
  }
}

const checkThreshold = (thresholdBytes: number): number => {
  if (thresholdBytes >= 1 && thresholdBytes <= singlePutBytesMax) return thresholdBytes
  throw new R2Error('InvalidInput', `thresholdBytes is ${thresholdBytes}; it must be 1 to ${singlePutBytesMax}`, {
    field: 'thresholdBytes',
  })
}

/** As long as Node's HTTP server waits for a request; what is silent for longer is dead, or live by nature. */
const sourceTimeoutMsDefault = 300_000

const checkSourceTimeout = (sourceTimeoutMs: number): number => {
  if (sourceTimeoutMs > 0) return sourceTimeoutMs
  throw new R2Error('InvalidInput', `sourceTimeoutMs is ${sourceTimeoutMs}; it must be more than 0`, {
    field: 'sourceTimeoutMs',
  })
}
