/** An object in one request. */
import { md5 } from '#hash'
import { base64FromBytes, hexFromBytes } from '../../base/bytes.js'
import { isR2Error } from '../../errors/index.js'
import type { UploadJob } from './job.js'
import type { UploadResult } from './options.js'
import { PartHash } from './part-hash.js'
import { sendBody } from './send-body.js'
import { hashed, requireEtag } from './send-part.js'
import { findWritten, isAmbiguous } from './settle.js'
import type { SlicedSource } from './source.js'

type Written = Pick<UploadResult, 'etag' | 'checksum' | 'versionId'>

/** Bytes in memory go with their MD5 ahead of them, so that R2 stores nothing else; others are compared afterwards. */
export const putWhole = async (job: UploadJob, source: SlicedSource): Promise<UploadResult> => {
  const { context, control, input } = job
  const { size, bytes } = source
  control.meter.plan({ totalBytes: size, totalParts: 1 })
  const reservation = await context.budget.reserve(source.bytesPerSlice, control.signal)
  try {
    const { contentLength: _, ...object } = input
    const known = bytes === undefined ? undefined : md5(bytes)
    const ahead = known === undefined ? {} : { contentMd5: base64FromBytes(known) }
    const settlement = new Settlement(job, size)
    const written = await sendBody<Written>(job, { size, open: () => source.slice(0, size) }, async (counted) => {
      const earlier = await settlement.find()
      if (earlier !== undefined) return earlier
      const hash = known === undefined ? new PartHash(false) : undefined
      const body = hash === undefined ? counted : { size, open: () => hashed(counted.open(), hash) }
      try {
        const answer = await context.objects.put(
          { ...object, ...ahead, body, verify: false },
          { signal: control.signal, maxAttempts: 1 },
        )
        const sent = known === undefined ? hash?.digest().md5 : hexFromBytes(known)
        requireEtag(input.ssec === undefined, answer.etag, sent ?? '', 'the object')
        return answer
      } catch (error) {
        return await settlement.afterFailure(error, known === undefined ? hash?.digest().md5 : hexFromBytes(known))
      }
    })
    await source.requireUnchanged()
    control.meter.partDone()
    const { etag, checksum, versionId } = written
    return { etag, checksum, versionId, size, parts: 1, resumedBytes: 0 }
  } finally {
    reservation.release()
  }
}

/** What is known of earlier attempts. Only writes with conditions need it: others are simply sent again. */
class Settlement {
  readonly #job: UploadJob
  readonly #size: number
  readonly #conditional: boolean
  /** ETag of what may have been written by an attempt without an answer. */
  #maybeWritten: string | undefined

  constructor(job: UploadJob, size: number) {
    this.#job = job
    this.#size = size
    const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = job.input
    this.#conditional = (ifMatch ?? ifNoneMatch ?? ifModifiedSince ?? ifUnmodifiedSince) !== undefined
  }

  /** What an earlier attempt wrote after all. */
  find(): Promise<Written | undefined> | undefined {
    return this.#maybeWritten === undefined
      ? undefined
      : findWritten(this.#job, { size: this.#size, etag: this.#maybeWritten })
  }

  /** Throws the error again unless it only says that our own earlier attempt came first. */
  async afterFailure(error: unknown, etag: string | undefined): Promise<Written> {
    if (!this.#conditional) throw error
    if (isR2Error(error, 'PreconditionFailed')) {
      const earlier = await this.find()
      if (earlier !== undefined) return earlier
    } else if (isAmbiguous(error)) {
      this.#maybeWritten = etag
    }
    throw error
  }
}
