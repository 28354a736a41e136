/**
 * What an upload writes down, and what of it still holds in a later run: a part counts as sent only if the journal and the
 * server's list agree on it, or if the source, hashed again, gives the ETag that the server lists.
 */

import { sha256Hex } from '#hash'
import { fileJournal } from '#transfer-files'
import { isR2Error, R2Error } from '../../errors/index.js'
import { singleAttempt, type TransferContext } from '../context.js'
import { JournalLog, type JournalRecord } from '../journal.js'
import { type OpenUpload, patiently, type UploadJob } from './job.js'
import type { UploadedPart } from './part-list.js'
import type { SlicedSource } from './source.js'

/** What an earlier run left. */
export interface EarlierRun {
  readonly upload: OpenUpload
  readonly partSizeBytes: number
  readonly fingerprint: Readonly<Record<string, string>>
  readonly parts: ReadonlyMap<number, UploadedPart>
}

export class UploadJournal {
  readonly #log: JournalLog
  readonly #warn: TransferContext['warn']

  constructor(log: JournalLog, warn: TransferContext['warn']) {
    this.#log = log
    this.#warn = warn
  }

  async read(address: { readonly bucket: string; readonly key: string }): Promise<EarlierRun | undefined> {
    let run: EarlierRun | undefined
    let parts = new Map<number, UploadedPart>()
    for (const record of await this.#log.read()) {
      if (isBegin(record)) {
        parts = new Map()
        const { uploadId, fullObjectChecksum, partSizeBytes, fingerprint } = record
        run = { upload: { ...address, uploadId, fullObjectChecksum }, partSizeBytes, fingerprint, parts }
      } else if (isPart(record)) {
        const { partNumber, length, md5, crc64, etag } = record
        parts.set(partNumber, { partNumber, length, md5, crc64, etag })
      }
    }
    return run
  }

  begun(upload: OpenUpload, partSizeBytes: number, source: SlicedSource): Promise<void> {
    const { uploadId, fullObjectChecksum } = upload
    return this.#write({ type: 'upload', uploadId, fullObjectChecksum, partSizeBytes, fingerprint: source.fingerprint })
  }

  arrived(part: UploadedPart): Promise<void> {
    return this.#write({ type: 'part', ...part })
  }

  async ended(): Promise<void> {
    await this.#log
      .remove()
      .catch((error: unknown) => this.#warn('the journal of an upload could not be removed', error))
  }

  /** What cannot be written down is sent again after a crash; that is no reason to fail now. */
  async #write(record: JournalRecord): Promise<void> {
    await this.#log
      .append(record)
      .catch((error: unknown) => this.#warn('the journal of an upload cannot be written', error))
  }
}

type BeginRecord = JournalRecord &
  Pick<EarlierRun, 'partSizeBytes' | 'fingerprint'> &
  Pick<OpenUpload, 'uploadId' | 'fullObjectChecksum'>

const isBegin = (record: JournalRecord): record is BeginRecord =>
  record.type === 'upload' &&
  typeof record.uploadId === 'string' &&
  typeof record.fullObjectChecksum === 'boolean' &&
  typeof record.partSizeBytes === 'number' &&
  typeof record.fingerprint === 'object' &&
  record.fingerprint !== null

const isPart = (record: JournalRecord): record is JournalRecord & UploadedPart =>
  record.type === 'part' &&
  typeof record.partNumber === 'number' &&
  typeof record.length === 'number' &&
  typeof record.md5 === 'string' &&
  typeof record.etag === 'string' &&
  (record.crc64 === undefined || typeof record.crc64 === 'string')

/** The journal of this very transfer, or undefined where none is wanted. */
export const openUploadJournal = (
  { context, input, options }: UploadJob,
  source: SlicedSource,
): UploadJournal | undefined => {
  const { journal } = options
  if (journal === undefined || journal === false) return undefined
  const store = typeof journal === 'object' ? journal : fileJournal(journal === true ? undefined : journal)
  const id = sha256Hex(JSON.stringify(['upload', context.endpoint, input.bucket, input.key, source.name]))
  return new UploadJournal(new JournalLog(store, id), context.warn)
}

export const isSameSource = (
  earlier: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): boolean => Object.keys({ ...earlier, ...now }).every((field) => earlier[field] === now[field])

/** All parts that the server has of an upload, by number; undefined where there is no such upload any more. */
export const listUploadedParts = async (
  job: UploadJob,
  { bucket, key, uploadId }: OpenUpload,
): Promise<Map<number, { readonly size: number; readonly etag: string }> | undefined> => {
  const listed = new Map<number, { readonly size: number; readonly etag: string }>()
  try {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const partNumberMarker: number = after
      const page = await patiently(job, () =>
        job.context.multipart.listParts({ bucket, key, uploadId, partNumberMarker }, singleAttempt(job.control.signal)),
      )
      for (const { partNumber, size, etag } of page.parts) listed.set(partNumber, { size, etag })
      if (!page.isTruncated) return listed
      if (page.nextPartNumberMarker === undefined || page.nextPartNumberMarker <= partNumberMarker) {
        throw new R2Error('InvalidResponse', 'the list of parts says there is more, but not where')
      }
      after = page.nextPartNumberMarker
    }
    return listed
  } catch (error) {
    if (isR2Error(error, 'UploadNotFound')) return undefined
    throw error
  }
}
