/** A source that can be read anywhere: each part streams from it while it is sent, and nothing is held but chunks. */
import type { UploadJob } from './job.js'
import { createUpload, MultipartUpload, releasing } from './multipart-upload.js'
import type { UploadResult } from './options.js'
import { choosePartSize, partRange } from './part-plan.js'
import { checkReused, type ResumedUpload, resumeUpload } from './resume-upload.js'
import { sendPart } from './send-part.js'
import type { SlicedSource } from './source.js'
import { openUploadJournal, type UploadJournal } from './upload-journal.js'

export const uploadSlices = async (job: UploadJob, source: SlicedSource): Promise<UploadResult> => {
  const { context, control, options } = job
  const journal = openUploadJournal(job, source)
  const resumed = journal === undefined ? undefined : await resumeUpload(job, source, journal)
  const partSizeBytes = resumed?.partSizeBytes ?? choosePartSize(context.partLimits, source.size, options.partSizeBytes)
  const totalParts = Math.ceil(source.size / partSizeBytes)
  control.meter.plan({ totalBytes: source.size, totalParts })
  const upload = resumed?.upload ?? (await begin(job, source, partSizeBytes, journal))
  const parts = new MultipartUpload(job, upload, journal)
  return await parts.run(
    async () => {
      if (resumed !== undefined) tellResumed(job, resumed, { size: source.size, partSizeBytes, totalParts })
      for (let partNumber = 1; partNumber <= totalParts; partNumber++) {
        await launch(parts, source, resumed, partNumber, partRange(partNumber, partSizeBytes, source.size))
      }
    },
    () => source.requireUnchanged(),
    resumed?.completed,
  )
}

const tellResumed = (
  { options }: UploadJob,
  resumed: ResumedUpload,
  {
    size,
    partSizeBytes,
    totalParts,
  }: { readonly size: number; readonly partSizeBytes: number; readonly totalParts: number },
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

const begin = async (
  job: UploadJob,
  source: SlicedSource,
  partSizeBytes: number,
  journal: UploadJournal | undefined,
) => {
  const upload = await createUpload(job)
  await journal?.begun(upload, partSizeBytes, source)
  return upload
}

/** Waits for its turn, then lets the part go its way. */
const launch = async (
  parts: MultipartUpload,
  source: SlicedSource,
  resumed: ResumedUpload | undefined,
  partNumber: number,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<void> => {
  const { job, upload, inFlight } = parts
  const { context, control } = job
  await control.whenRunning()
  await inFlight.room()
  const reservation = await context.budget.reserve(source.bytesPerSlice, control.signal)
  const candidate = resumed?.candidate(partNumber)
  // One waiter per transfer, so that transfers take turns; a part that is there already needs no permit.
  const permit =
    candidate === undefined ? await context.limit.acquire(control.signal).catch(releasing(reservation)) : undefined
  inFlight.add(async () => {
    try {
      const reused =
        candidate &&
        (resumed?.completed !== undefined ? candidate : await checkReused(job, upload, source, candidate, offset))
      if (reused !== undefined) return parts.reused(reused)
      const body = { size: length, open: () => source.slice(offset, length) }
      await parts.arrived(await sendPart(job, upload, partNumber, permit === undefined ? body : { ...body, permit }))
    } finally {
      reservation.release()
    }
  })
}
