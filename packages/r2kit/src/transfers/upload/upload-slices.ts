/** Uploads a source that can be read at any position. Each part streams from it while it is sent; only chunks are in memory. */
import type { UploadJob } from './job.js'
import { createUpload, MultipartUpload, releasing } from './multipart-upload.js'
import type { UploadResult } from './options.js'
import { requirePossibleInParts } from './part-integrity.js'
import { choosePartSize, partRange } from './part-plan.js'
import { checkReused, type ResumedUpload, resumeUpload } from './resume-upload.js'
import { guardPart, sendPart } from './send-body.js'
import type { SlicedSource } from './source.js'
import { openUploadJournal, type UploadJournal } from './upload-journal.js'

/** How the source is cut. */
interface Cut {
  readonly size: number
  readonly partSizeBytes: number
  readonly totalParts: number
}

export const uploadSlices = async (job: UploadJob, source: SlicedSource): Promise<UploadResult> => {
  const { context, control, options } = job
  const { size } = source
  requirePossibleInParts(job)
  const journal = openUploadJournal(job, source)
  const resumed = journal === undefined ? undefined : await resumeUpload(job, source, journal)
  const partSizeBytes = resumed?.partSizeBytes ?? choosePartSize(context.partLimits, size, options.partSizeBytes)
  const totalParts = Math.ceil(size / partSizeBytes)
  control.meter.plan({ totalBytes: size, totalParts })
  const upload = resumed?.upload ?? (await createRecorded(job, source, partSizeBytes, journal))
  const parts = new MultipartUpload(job, upload, journal)
  return await parts.run(
    async () => {
      if (resumed !== undefined) reportResumed(job, resumed, { size, partSizeBytes, totalParts })
      for (let partNumber = 1; partNumber <= totalParts; partNumber++) {
        await start(parts, source, resumed, partNumber, partRange(partNumber, partSizeBytes, size))
      }
    },
    () => source.requireUnchanged(),
    resumed?.completed,
  )
}

const reportResumed = (
  { options }: UploadJob,
  resumed: ResumedUpload,
  { size, partSizeBytes, totalParts }: Cut,
): void => {
  let parts = 0
  let bytes = 0
  for (let partNumber = 1; partNumber <= totalParts; partNumber++) {
    if (resumed.candidate(partNumber) === undefined) continue
    parts++
    bytes += partRange(partNumber, partSizeBytes, size).length
  }
  options.onResume?.({ parts, totalParts, bytes })
}

const createRecorded = async (
  job: UploadJob,
  source: SlicedSource,
  partSizeBytes: number,
  journal: UploadJournal | undefined,
) => {
  const upload = await createUpload(job)
  await journal?.recordStart(upload, partSizeBytes, source)
  return upload
}

/** Resolves when the part has its memory and its permit and is in flight. */
const start = async (
  parts: MultipartUpload,
  source: SlicedSource,
  resumed: ResumedUpload | undefined,
  partNumber: number,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<void> => {
  const { job, upload, inFlight } = parts
  const { context, control } = job
  await control.whenRunning()
  await inFlight.belowMax()
  const reservation = await context.budget.reserve(source.bytesPerSlice, control.signal)
  const candidate = resumed?.candidate(partNumber)
  const bytes = { source, offset, length }
  const guard = guardPart(job, upload, partNumber, bytes)
  // Read before the permit is acquired, while other parts are sent. A part of an earlier run may not have to be sent.
  if (candidate === undefined) await guard.prepare().catch(releasing(reservation))
  // Acquired here, by one waiter per transfer, so that transfers take turns. A part of an earlier run needs none.
  const permit =
    candidate === undefined ? await context.limit.acquire(control.signal).catch(releasing(reservation)) : undefined
  inFlight.add(async () => {
    try {
      const reused =
        candidate &&
        (resumed?.completed !== undefined ? candidate : await checkReused(job, upload, source, candidate, offset))
      if (reused !== undefined) return parts.addReused(reused)
      await parts.addArrived(await sendPart(job, upload, partNumber, bytes, guard, permit))
    } finally {
      reservation.release()
    }
  })
}
