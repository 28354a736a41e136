/** The journal of an upload: which upload it created, of which source, and which parts have arrived. */
import { sha256Hex } from '#hash'
import { fileJournal } from '#transfer-files'
import type { TransferContext } from '../context.js'
import { JournalLog, type JournalRecord } from '../journal.js'
import type { OpenUpload, UploadJob } from './job.js'
import type { UploadedPart } from './parts.js'
import type { SlicedSource } from './source.js'

/** The last run that a journal has recorded. */
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
      if (isStart(record)) {
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

  recordStart(upload: OpenUpload, partSizeBytes: number, source: SlicedSource): Promise<void> {
    const { uploadId, fullObjectChecksum } = upload
    return this.#append({
      type: 'upload',
      uploadId,
      fullObjectChecksum,
      partSizeBytes,
      fingerprint: source.fingerprint,
    })
  }

  recordPart(part: UploadedPart): Promise<void> {
    return this.#append({ type: 'part', ...part })
  }

  async remove(): Promise<void> {
    await this.#log
      .remove()
      .catch((error: unknown) => this.#warn('the journal of an upload could not be removed', error))
  }

  /** Never rejects: a part that is not recorded is sent again after a crash, which is no reason to fail now. */
  async #append(record: JournalRecord): Promise<void> {
    await this.#log
      .append(record)
      .catch((error: unknown) => this.#warn('the journal of an upload cannot be written', error))
  }
}

type StartRecord = JournalRecord &
  Pick<EarlierRun, 'partSizeBytes' | 'fingerprint'> &
  Pick<OpenUpload, 'uploadId' | 'fullObjectChecksum'>

const isStart = (record: JournalRecord): record is StartRecord =>
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

/** Opens the journal of this source and target; undefined without the option `journal`. */
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
