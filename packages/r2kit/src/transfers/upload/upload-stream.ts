/** Uploads a source that is read once: parts are collected in buffers of the budget, and sent while the next are collected. */
import { R2Error } from '../../errors/index.js'
import type { UploadJob } from './job.js'
import { createUpload, MultipartUpload, releasing } from './multipart-upload.js'
import type { UploadResult } from './options.js'
import { type FilledPart, PartCollector } from './part-collector.js'
import { requirePossibleInParts } from './part-integrity.js'
import { choosePartSize } from './part-plan.js'
import { PartReader } from './part-reader.js'
import { guardPart, sendPart } from './send-body.js'
import { uploadInSinglePut } from './single-put.js'
import type { SequentialSource } from './source.js'

export const uploadStream = async (
  job: UploadJob,
  source: SequentialSource,
  sourceTimeoutMs: number,
): Promise<UploadResult> => {
  const { context, control, options } = job
  const { size } = source
  const partSizeBytes = choosePartSize(context.partLimits, size, options.partSizeBytes)
  if (size !== undefined && size > partSizeBytes) requirePossibleInParts(job)
  control.meter.plan({
    totalBytes: size,
    totalParts: size === undefined ? undefined : Math.max(1, Math.ceil(size / partSizeBytes)),
    maxBytes: size === undefined ? partSizeBytes * context.partLimits.maxParts : undefined,
  })
  const reader = new PartReader(source.chunks, { signal: control.signal, clock: context.clock, sourceTimeoutMs })
  const collector = new PartCollector(job, reader, { partSizeBytes, size, isLive: sourceTimeoutMs === Infinity })
  const first = await collector.next()
  if (first.isLast) return await uploadInSinglePut(job, first.source).finally(first.release)
  const parts = new MultipartUpload(job, await createUpload(job).catch(releasing(first)))
  return await parts.run(
    // Cancels the source before the clean-up, which may take a while.
    () => sendAll(parts, collector, first).finally(() => source.close()),
    () => Promise.resolve(),
  )
}

const sendAll = async (parts: MultipartUpload, collector: PartCollector, first: FilledPart): Promise<void> => {
  const { maxParts } = parts.job.context.partLimits
  let part = first
  for (let partNumber = 1; ; partNumber++) {
    if (partNumber > maxParts) {
      part.release()
      throw tooManyParts(collector.partSizeBytes * maxParts)
    }
    await start(parts, partNumber, part)
    if (part.isLast) return
    part = await collector.next()
  }
}

const start = async (parts: MultipartUpload, partNumber: number, part: FilledPart): Promise<void> => {
  const { job, upload, inFlight } = parts
  await inFlight.belowMax()
  const { source } = part
  const bytes = { source, offset: 0, length: source.size }
  const guard = guardPart(job, upload, partNumber, bytes)
  await guard.prepare().catch(releasing(part))
  // Acquired here, by one waiter per transfer, so that transfers take turns.
  const permit = await job.context.limit.acquire(job.control.signal).catch(releasing(part))
  inFlight.add(async () => {
    try {
      const arrived = await sendPart(job, upload, partNumber, bytes, guard, permit)
      part.release({ reuse: true })
      await parts.addArrived(arrived)
    } finally {
      part.release()
    }
  })
}

const tooManyParts = (maxBytes: number): R2Error =>
  new R2Error('EntityTooLarge', `the stream has more than ${maxBytes} bytes, the most for this part size`, {
    hint: 'Pass contentLength, from which the part size follows, or a larger partSizeBytes.',
  })
