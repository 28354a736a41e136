/** `r2.transfers.download`: to bytes, to a stream, to a file. */
import type { StreamOutlet, TransferControl } from '../../client/for-transfers.js'
import { R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import { ProgressWatch } from '../retry-part.js'
import { downloadBytes } from './download-bytes.js'
import { downloadFile } from './download-file.js'
import { downloadStream } from './download-stream.js'
import type { DownloadJob } from './job.js'
import type {
  BytesDownloadOptions,
  BytesDownloadResult,
  DownloadInput,
  DownloadOptions,
  DownloadResult,
  FileDownloadOptions,
  FileTarget,
  StreamDownloadOptions,
} from './options.js'

const mebibyte = 1024 * 1024
/** That of upload's parts, so that the first range of such an object is its first part. */
const rangeSizeDefault = 10 * mebibyte
/** Ranges of a stream wait in memory for their turn; small ones fill a window with many sockets. */
const streamRangeSizeDefault = 2 * mebibyte

export const download = {
  bytes: (
    context: TransferContext,
    control: TransferControl,
    input: DownloadInput,
    options: BytesDownloadOptions,
  ): Promise<BytesDownloadResult> => inside(context, control, input, options, rangeSizeDefault, downloadBytes),

  stream: (
    context: TransferContext,
    control: TransferControl,
    input: DownloadInput,
    options: StreamDownloadOptions,
    outlet: StreamOutlet<DownloadResult>,
  ): Promise<DownloadResult> => {
    // Several have to fit, or there is nothing parallel.
    const rangeSize = Math.min(streamRangeSizeDefault, Math.max(64 * 1024, context.budget.limitBytes / 8))
    return inside(context, control, input, options, Math.floor(rangeSize), (job) => downloadStream(job, outlet))
  },

  file: (
    context: TransferContext,
    control: TransferControl,
    input: DownloadInput,
    options: FileDownloadOptions,
    target: FileTarget,
  ): Promise<DownloadResult> =>
    inside(context, control, input, options, rangeSizeDefault, (job) => downloadFile(job, target)),
}

const inside = async <Options extends DownloadOptions, Result>(
  context: TransferContext,
  control: TransferControl,
  input: DownloadInput,
  options: Options,
  rangeSizeBytesDefault: number,
  run: (job: DownloadJob<Options>) => Promise<Result>,
): Promise<Result> => {
  const rangeSizeBytes = options.rangeSizeBytes ?? rangeSizeBytesDefault
  if (!Number.isSafeInteger(rangeSizeBytes) || rangeSizeBytes < 1) {
    throw new R2Error('InvalidInput', `rangeSizeBytes is ${rangeSizeBytes}; it must be a whole number from 1`, {
      field: 'rangeSizeBytes',
    })
  }
  const watch = new ProgressWatch(context)
  control.onResume = () => watch.mark()
  const leave = context.limit.enter()
  try {
    return await run({ context, control, watch, input, options, rangeSizeBytes })
  } finally {
    leave()
  }
}
