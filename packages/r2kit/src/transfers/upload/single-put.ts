/** An object in one request. */
import { md5 } from '#hash'
import { base64FromBytes, hexFromBytes } from '../../base/bytes.js'
import { checksumOf } from '../../base/checksums/index.js'
import { singleAttempt } from '../context.js'
import { confirmedAtLast } from './confirmation.js'
import type { UploadJob } from './job.js'
import type { UploadInput, UploadResult } from './options.js'
import { PartHash } from './parts.js'
import { type CountedBody, sendBody } from './send-body.js'
import { hashed, requireEtag } from './send-part.js'
import type { SlicedSource } from './source.js'
import { observe, resolverFor } from './write-outcome.js'

type Written = Pick<UploadResult, 'etag' | 'checksum' | 'versionId'>

/** Bytes in memory go with their MD5 ahead of them, so that R2 stores nothing else; others are compared afterwards. */
export const uploadInSinglePut = async (job: UploadJob, source: SlicedSource): Promise<UploadResult> => {
  const { context, control } = job
  const { size } = source
  control.meter.plan({ totalBytes: size, totalParts: 1 })
  const reservation = await context.budget.reserve(source.bytesPerSlice, control.signal)
  try {
    const attempt = new PutAttempt(job, source)
    const written = await sendBody<Written>(job, { size, open: () => source.slice(0, size) }, (body) =>
      attempt.send(body),
    )
    control.meter.partDone()
    const { etag, checksum, versionId } = written
    return { etag, checksum, versionId, size, parts: 1, resumedBytes: 0 }
  } finally {
    reservation.release()
  }
}

/** What is known over all attempts of the one request. */
class PutAttempt {
  readonly #job: UploadJob
  readonly #source: SlicedSource
  /** Of bytes in memory: known before they are sent. */
  readonly #knownMd5: Uint8Array | undefined
  /** Hex MD5 of all bytes; empty until an attempt has sent them all. */
  #sentMd5 = ''
  /** The caller's checksum, computed where the bytes are in memory. */
  readonly #checksum: UploadInput['checksum']
  readonly #outcome

  constructor(job: UploadJob, source: SlicedSource) {
    const { input } = job
    const { bytes, size } = source
    this.#job = job
    this.#source = source
    this.#checksum =
      input.checksum !== undefined && input.checksum.value === undefined && bytes !== undefined
        ? { algorithm: input.checksum.algorithm, value: base64FromBytes(checksumOf(input.checksum.algorithm, bytes)) }
        : input.checksum
    const isChecked = input.verify !== false && input.contentMd5 === undefined && input.checksum === undefined
    this.#knownMd5 = bytes === undefined || !isChecked ? undefined : md5(bytes)
    this.#outcome = resolverFor(job, {
      size,
      isCompletion: false,
      etag: () => {
        if (input.ssec !== undefined) return undefined
        return this.#knownMd5 === undefined ? this.#sentMd5 : hexFromBytes(this.#knownMd5)
      },
    })
  }

  async send(counted: CountedBody): Promise<Written> {
    const { context, control, input } = this.#job
    const { contentLength: _length, checksum: _checksum, ...object } = input
    const { size } = counted
    const ahead = this.#knownMd5 === undefined ? {} : { contentMd5: base64FromBytes(this.#knownMd5) }
    // Without a chunk to hold back, the request itself waits.
    if (size === 0) await this.#confirm()
    const hash = new PartHash(false)
    const chunks = () => confirmedAtLast(hashed(counted.open(), hash), size, () => this.#confirm())
    const open =
      this.#knownMd5 === undefined ? chunks : () => confirmedAtLast(counted.open(), size, () => this.#confirm())
    try {
      const put = await context.objects.put(
        {
          ...object,
          ...ahead,
          ...(this.#checksum && { checksum: this.#checksum }),
          body: { size, open },
          verify: false,
        },
        singleAttempt(control.signal),
      )
      this.#noteSent(hash, size)
      const sent = this.#knownMd5 === undefined ? this.#sentMd5 : hexFromBytes(this.#knownMd5)
      if (input.verify !== false) requireEtag(input.ssec === undefined, put.etag, sent, 'the object')
      return put
    } catch (error) {
      this.#noteSent(hash, size)
      return await this.#outcome.resolve(error, observe(this.#job))
    }
  }

  /** An attempt that ended early has hashed fewer bytes, which are the MD5 of nothing that could be stored. */
  #noteSent(hash: PartHash, size: number): void {
    if (hash.size === size) this.#sentMd5 = hash.digest().md5
  }

  async #confirm(): Promise<void> {
    await this.#source.requireUnchanged()
    await this.#job.confirmation.of({ bytes: this.#source.size, parts: 1 })
  }
}
