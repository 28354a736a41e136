/** `r2.transfers.download`: to bytes, to a stream, to a file. */
import type { TransferContext } from '../context.js'
import type { StreamOutlet } from '../handle/stream-download.js'
import type { TransferControl } from '../handle/transfer.js'
import { observeTransfer } from '../observe-transfer.js'
import { ProgressWatch } from '../transfer-retries.js'
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
/** The part size of uploads, so that the first range of such an object is its first part. */
const rangeSizeDefault = 10 * mebibyte
/** Ranges of a stream wait in memory for their turn. Small ones fill a window with many connections. */
const streamRangeSizeDefault = 2 * mebibyte
const streamRangeSizeLeast = 64 * 1024

export const download = {
  bytes: (
    context: TransferContext,
    control: TransferControl,
    input: DownloadInput,
    options: BytesDownloadOptions,
  ): Promise<BytesDownloadResult> => run(context, control, input, options, rangeSizeDefault, downloadBytes),

  stream: (
    context: TransferContext,
    control: TransferControl,
    input: DownloadInput,
    options: StreamDownloadOptions,
    outlet: StreamOutlet<DownloadResult>,
  ): Promise<DownloadResult> => {
    // Several ranges must fit the budget, or nothing is fetched in parallel.
    const fitting = Math.max(streamRangeSizeLeast, context.budget.limitBytes / 8)
    const rangeSize = Math.floor(Math.min(streamRangeSizeDefault, fitting))
    return run(context, control, input, options, rangeSize, (job) => downloadStream(job, outlet))
  },

  /** @param watch of the transfer of many files that this download belongs to */
  file: (
    context: TransferContext,
    control: TransferControl,
    input: DownloadInput,
    options: FileDownloadOptions,
    target: FileTarget,
    watch?: ProgressWatch,
  ): Promise<DownloadResult> =>
    run(context, control, input, options, rangeSizeDefault, (job) => downloadFile(job, target), watch),
}

const run = <Options extends DownloadOptions, Result>(
  context: TransferContext,
  control: TransferControl,
  input: DownloadInput,
  options: Options,
  rangeSizeBytesDefault: number,
  work: (job: DownloadJob<Options>) => Promise<Result>,
  watch = new ProgressWatch(context),
): Promise<Result> =>
  observeTransfer(context, control, 'download', input, async (transferId) => {
    control.onUnpause = () => watch.mark()
    const leave = context.limit.enter()
    try {
      const rangeSizeBytes = options.rangeSizeBytes ?? rangeSizeBytesDefault
      return await work({ context, control, watch, input, options, rangeSizeBytes, transferId })
    } finally {
      leave()
    }
  })
