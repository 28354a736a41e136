/** Uploads an object in a single PUT. */
import { md5 } from '#hash'
import { base64FromBytes, hexFromBytes } from '../../base/bytes.js'
import { checksumOf } from '../../base/checksums/index.js'
import { requireMd5Etag } from '../../client/fields/etag.js'
import { hashedBody } from '../../client/fields/hashed-body.js'
import { type SizedBody, type StoredObject, singleAttempt } from '../operations.js'
import { confirmBeforeLast } from './confirmation.js'
import type { UploadJob } from './job.js'
import type { UploadInput, UploadResult } from './options.js'
import { PartHash } from './parts.js'
import { sendBody } from './send-body.js'
import type { SlicedSource } from './source.js'
import { observe, resolverFor } from './write-outcome.js'

/** Bytes in memory are sent with their MD5, so that R2 stores nothing else. Other sources are compared afterwards. */
export const uploadInSinglePut = async (job: UploadJob, source: SlicedSource): Promise<UploadResult> => {
  const { context, control } = job
  const { size } = source
  control.meter.plan({ totalBytes: size, totalParts: 1 })
  const reservation = await context.budget.reserve(source.bytesPerSlice, control.signal)
  try {
    const put = new SinglePut(job, source)
    const stored = await sendBody(job, { size, open: () => source.slice(0, size) }, (body) => put.send(body))
    control.meter.partDone()
    const { etag, checksum, versionId } = stored
    return { etag, checksum, versionId, size, parts: 1, resumedBytes: 0 }
  } finally {
    reservation.release()
  }
}

/** The state of one PUT over all of its attempts. */
class SinglePut {
  readonly #job: UploadJob
  readonly #source: SlicedSource
  /** Known before anything is sent, for bytes in memory. */
  readonly #knownMd5: Uint8Array | undefined
  /** Hex MD5 of all bytes; empty until an attempt has sent all of them. */
  #sentMd5 = ''
  /** The caller's checksum, computed for bytes in memory. */
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
    const isMd5Wanted = input.verify !== false && input.contentMd5 === undefined && input.checksum === undefined
    this.#knownMd5 = bytes === undefined || !isMd5Wanted ? undefined : md5(bytes)
    this.#outcome = resolverFor(job, {
      size,
      isCompletion: false,
      etag: () => (input.ssec === undefined ? this.#md5 : undefined),
    })
  }

  async send(counted: SizedBody): Promise<StoredObject> {
    const { context, control, input } = this.#job
    const { contentLength: _length, checksum: _checksum, ...object } = input
    const { size } = counted
    // An empty body has no chunk to hold back, so the request itself waits.
    if (size === 0) await this.#confirm()
    const hash = new PartHash(false)
    const chunks =
      this.#knownMd5 === undefined
        ? () => hashedBody(counted.open(), (chunk) => hash.update(chunk))
        : () => counted.open()
    try {
      const stored = await context.objects.put(
        {
          ...object,
          ...(this.#knownMd5 && { contentMd5: base64FromBytes(this.#knownMd5) }),
          ...(this.#checksum && { checksum: this.#checksum }),
          body: { size, open: () => confirmBeforeLast(chunks(), size, () => this.#confirm()) },
          verify: false,
        },
        singleAttempt(control),
      )
      this.#noteSent(hash, size)
      // The ETag of an object with a customer's key is undocumented.
      if (input.verify !== false && input.ssec === undefined) requireMd5Etag(stored.etag, this.#md5, 'the object')
      return stored
    } catch (error) {
      this.#noteSent(hash, size)
      return await this.#outcome.resolve(error, observe(this.#job))
    }
  }

  /** Hex; empty while unknown. */
  get #md5(): string {
    return this.#knownMd5 === undefined ? this.#sentMd5 : hexFromBytes(this.#knownMd5)
  }

  /** An attempt that ended early has hashed fewer bytes; their MD5 is that of nothing that could be stored. */
  #noteSent(hash: PartHash, size: number): void {
    if (hash.size === size) this.#sentMd5 = hash.digest().md5
  }

  async #confirm(): Promise<void> {
    await this.#source.requireUnchanged()
    await this.#job.confirmation.of({ bytes: this.#source.size, parts: 1 })
  }
}
