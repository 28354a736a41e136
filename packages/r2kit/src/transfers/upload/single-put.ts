/** Uploads an object in a single PUT. */

import { base64FromBytes, bytesFromBase64, hexFromBytes } from '../../base/bytes.js'
import { createChecksum } from '../../base/checksums/index.js'
import type { ChecksumInput } from '../../client/fields/checksum.js'
import { storedAlgorithm } from '../../client/fields/stored-algorithm.js'
import type { VerifiedBy } from '../../client/fields/upload-proof.js'
import { type SizedBody, type StoredObject, singleAttempt } from '../operations.js'
import { BodyGuard, type SentCheck } from './body-guard.js'
import { confirmBeforeLast } from './confirmation.js'
import type { UploadJob } from './job.js'
import type { UploadResult } from './options.js'
import { sendBody } from './send-body.js'
import type { SlicedSource } from './source.js'
import { observe, WriteResolver } from './write-outcome.js'

/** The checksum is sent before the bytes, so that R2 stores nothing else. A file or Blob is read for it first. */
export const uploadInSinglePut = async (job: UploadJob, source: SlicedSource): Promise<UploadResult> => {
  const { context, control } = job
  const { size } = source
  control.meter.plan({ totalBytes: size, totalParts: 1 })
  const reservation = await context.budget.reserve(source.bytesPerSlice, control.signal)
  try {
    const put = new SinglePut(job, source)
    await put.prepare()
    const { stored, verifiedBy } = await sendBody(job, { size, open: () => source.slice(0, size) }, (body) =>
      put.send(body),
    )
    control.meter.partDone()
    const { etag, checksum, versionId } = stored
    return { etag, checksum, versionId, size, parts: 1, resumedBytes: 0, verifiedBy }
  } finally {
    reservation.release()
  }
}

interface Stored {
  readonly stored: StoredObject
  readonly verifiedBy: VerifiedBy | undefined
}

/** The state of one PUT over all of its attempts. */
class SinglePut {
  readonly #job: UploadJob
  readonly #source: SlicedSource
  readonly #guard: BodyGuard
  /** The caller's checksum, with its value. */
  #checksum: NonNullable<SentCheck['checksum']> | undefined
  /** Hex MD5 of all bytes; empty until it is needed. */
  #md5 = ''
  readonly #outcome

  constructor(job: UploadJob, source: SlicedSource) {
    const { context, control, input, integrity } = job
    const { size } = source
    this.#job = job
    this.#source = source
    this.#guard = new BodyGuard({
      support: context.integrity,
      integrity,
      form: 'header',
      algorithm: storedAlgorithm(integrity),
      hasMd5Etag: input.ssec === undefined,
      what: 'the object',
      scan: (visit) => source.scan(0, size, visit, control.signal),
      prepared: (bytes) => control.meter.prepared(bytes),
    })
    this.#outcome = new WriteResolver(
      job,
      {
        size,
        isCompletion: false,
        etag: () => (input.ssec === undefined ? this.#md5 : undefined),
        checksum: () => this.#checksum ?? this.#guard.checksum,
      },
      async () => {
        if (input.ssec === undefined && this.#md5 === '') this.#md5 = await this.#guard.md5()
      },
    )
  }

  /** Reads the source for the check that is sent before it. */
  async prepare(): Promise<void> {
    const { checksum, contentMd5 } = this.#job.input
    if (checksum !== undefined) this.#checksum = await this.#withValue(checksum)
    else if (contentMd5 === undefined) await this.#guard.prepare()
  }

  async send(counted: SizedBody): Promise<Stored> {
    // An empty body has no chunk to hold back, so the request itself waits.
    if (counted.size === 0) await this.#confirm()
    try {
      return await this.#send(counted)
    } catch (error) {
      const stored = await this.#outcome.resolve(error, observe(this.#job))
      return { stored, verifiedBy: this.#outcome.comparedBy }
    }
  }

  async #send(counted: SizedBody): Promise<Stored> {
    const { contentMd5 } = this.#job.input
    const checksum = this.#checksum
    if (checksum !== undefined) {
      const stored = await this.#put(counted, {})
      const isRepeated = stored.checksum?.algorithm === checksum.algorithm && stored.checksum.value === checksum.value
      return { stored, verifiedBy: isRepeated ? checksum.algorithm : undefined }
    }
    if (contentMd5 !== undefined) {
      const stored = await this.#put(counted, {})
      return { stored, verifiedBy: stored.etag === hexOf(contentMd5) ? 'etag' : undefined }
    }
    const { response, verifiedBy } = await this.#guard.send(counted, (body, check) => this.#put(body, check))
    return { stored: response, verifiedBy }
  }

  #put({ size, open }: SizedBody, check: SentCheck): Promise<StoredObject> {
    const { context, control, input } = this.#job
    const { contentLength: _length, checksum: _checksum, integrity: _integrity, ...object } = input
    return context.objects.put(
      {
        ...object,
        ...(this.#checksum && { checksum: this.#checksum }),
        ...check,
        body: { size, open: () => confirmBeforeLast(open(), size, () => this.#confirm()) },
        verify: false,
      },
      singleAttempt(control),
    )
  }

  async #withValue({ algorithm, value }: ChecksumInput): Promise<NonNullable<SentCheck['checksum']>> {
    if (value !== undefined) return { algorithm, value }
    const hash = createChecksum(algorithm)
    const { signal, meter } = this.#job.control
    const visit = (chunk: Uint8Array) => {
      hash.update(chunk)
      meter.prepared(chunk.byteLength)
    }
    await this.#source.scan(0, this.#source.size, visit, signal)
    return { algorithm, value: base64FromBytes(hash.digest()) }
  }

  async #confirm(): Promise<void> {
    await this.#source.requireUnchanged()
    await this.#job.confirmation.of({ bytes: this.#source.size, parts: 1 })
  }
}

const hexOf = (base64: string): string => hexFromBytes(bytesFromBase64(base64) ?? new Uint8Array(0))
