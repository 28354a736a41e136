/** The journal of an upload: which upload it created, of which source, and which parts have arrived. */
import { sha256Hex } from '#hash'
import { fileJournal } from '#transfer-files'
import { base64FromBytes, bytesFromHex } from '../../base/bytes.js'
import type { TransferContext } from '../context.js'
import { JournalLog, type JournalRecord } from '../journal.js'
import type { OpenUpload, UploadJob } from './job.js'
import { partAlgorithms } from './part-integrity.js'
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
        const { uploadId, partSizeBytes, fingerprint } = record
        run = { upload: { ...address, uploadId, ...checksumOf(record) }, partSizeBytes, fingerprint, parts }
      } else if (isPart(record)) parts.set(record.partNumber, partOf(record))
    }
    return run
  }

  recordStart(upload: OpenUpload, partSizeBytes: number, source: SlicedSource): Promise<void> {
    const { uploadId, algorithm = null, isDeclared } = upload
    const { fingerprint } = source
    return this.#append({ type: 'upload', uploadId, algorithm, isDeclared, partSizeBytes, fingerprint })
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

/** Records of version 0.1 have `fullObjectChecksum` for CRC64NVME in place of the checksum's name. */
type StartRecord = JournalRecord &
  Pick<EarlierRun, 'partSizeBytes' | 'fingerprint'> &
  Pick<OpenUpload, 'uploadId'> & {
    readonly algorithm?: string | null
    readonly isDeclared?: boolean
    readonly fullObjectChecksum?: boolean
  }

const isStart = (record: JournalRecord): record is StartRecord =>
  record.type === 'upload' &&
  typeof record.uploadId === 'string' &&
  typeof record.partSizeBytes === 'number' &&
  typeof record.fingerprint === 'object' &&
  record.fingerprint !== null &&
  (typeof record.fullObjectChecksum === 'boolean' ||
    (typeof record.isDeclared === 'boolean' && (record.algorithm === null || typeof record.algorithm === 'string')))

const checksumOf = ({
  fullObjectChecksum,
  algorithm = fullObjectChecksum === true ? 'CRC64NVME' : null,
  isDeclared = fullObjectChecksum,
}: StartRecord): Pick<OpenUpload, 'algorithm' | 'isDeclared'> => {
  const known = partAlgorithms.find((name) => name === algorithm)
  return { algorithm: known, isDeclared: isDeclared === true && known !== undefined }
}

/** Records of version 0.1 have the CRC64NVME of a part in hex, as `crc64`, and always its MD5. */
type PartRecord = JournalRecord &
  Pick<UploadedPart, 'partNumber' | 'length' | 'etag'> & {
    readonly md5?: string
    readonly checksum?: string
    readonly verifiedBy?: string
    readonly crc64?: string
  }

const isPart = (record: JournalRecord): record is PartRecord =>
  record.type === 'part' &&
  typeof record.partNumber === 'number' &&
  typeof record.length === 'number' &&
  typeof record.etag === 'string' &&
  [record.md5, record.checksum, record.verifiedBy, record.crc64].every(
    (field) => field === undefined || typeof field === 'string',
  )

const partOf = ({ partNumber, length, etag, md5, checksum, crc64, verifiedBy }: PartRecord): UploadedPart => ({
  partNumber,
  length,
  etag,
  md5,
  checksum: checksum ?? (crc64 === undefined ? undefined : base64FromBytes(bytesFromHex(crc64) ?? new Uint8Array(0))),
  verifiedBy: verifiedBy === 'etag' ? 'etag' : partAlgorithms.find((name) => name === verifiedBy),
})

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
