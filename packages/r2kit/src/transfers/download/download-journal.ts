/** The journal of a download to a file: the version, the temporary file, and the ranges that are in it. */
import { sha256Hex } from '#hash'
import { fileJournal } from '#transfer-files'
import type { ObjectVersion } from '../../client/objects/pinned-range.js'
import type { TransferContext } from '../context.js'
import { JournalLog, type JournalRecord } from '../journal.js'
import type { DownloadJob, Range } from './job.js'
import type { FileDownloadOptions } from './options.js'

/** A range in the temporary file, with the CRC-32 of its bytes. */
export interface RecordedRange extends Range {
  readonly crc32: number
}

/** The last run that a journal has recorded. */
export interface EarlierDownload {
  readonly version: ObjectVersion
  readonly wanted: Range
  /** Paths that the temporary file may have, the latest first. */
  readonly files: readonly string[]
  readonly ranges: readonly RecordedRange[]
}

export class DownloadJournal {
  readonly #log: JournalLog
  readonly #warn: TransferContext['warn']

  constructor(log: JournalLog, warn: TransferContext['warn']) {
    this.#log = log
    this.#warn = warn
  }

  async read(): Promise<EarlierDownload | undefined> {
    let earlier: { version: ObjectVersion; wanted: Range; files: string[]; ranges: RecordedRange[] } | undefined
    for (const record of await this.#log.read()) {
      if (isStart(record)) {
        const { etag, size, offset, length } = record
        earlier = { version: { etag, size }, wanted: { offset, length }, files: [], ranges: [] }
      } else if (record.type === 'file' && typeof record.path === 'string') earlier?.files.unshift(record.path)
      else if (isRange(record)) earlier?.ranges.push(record)
    }
    return earlier
  }

  recordStart({ etag, size }: ObjectVersion, { offset, length }: Range): Promise<void> {
    return this.#append({ type: 'download', etag, size, offset, length })
  }

  /** To be recorded before the file has this path: a crash must not leave a file that no journal names. */
  recordFile(path: string): Promise<void> {
    return this.#append({ type: 'file', path })
  }

  recordRange({ offset, length }: Range, crc32: number): Promise<void> {
    return this.#append({ type: 'range', offset, length, crc32 })
  }

  async remove(): Promise<void> {
    await this.#log
      .remove()
      .catch((error: unknown) => this.#warn('the journal of a download could not be removed', error))
  }

  /** Never rejects: a range that is not recorded is fetched again after a crash, which is no reason to fail now. */
  async #append(record: JournalRecord): Promise<void> {
    await this.#log
      .append(record)
      .catch((error: unknown) => this.#warn('the journal of a download cannot be written', error))
  }
}

const isStart = (record: JournalRecord): record is JournalRecord & ObjectVersion & Range =>
  record.type === 'download' &&
  typeof record.etag === 'string' &&
  typeof record.size === 'number' &&
  typeof record.offset === 'number' &&
  typeof record.length === 'number'

const isRange = (record: JournalRecord): record is JournalRecord & RecordedRange =>
  record.type === 'range' &&
  typeof record.offset === 'number' &&
  typeof record.length === 'number' &&
  typeof record.crc32 === 'number'

/** Opens the journal of this object and target; undefined without the option `journal`. `path` is absolute. */
export const openDownloadJournal = (
  { context, input, options }: DownloadJob<FileDownloadOptions>,
  path: string,
): DownloadJournal | undefined => {
  const { journal } = options
  if (journal === undefined || journal === false) return undefined
  const store = typeof journal === 'object' ? journal : fileJournal(journal === true ? undefined : journal)
  const { bucket, key, range = null } = input
  const id = sha256Hex(JSON.stringify(['download', context.endpoint, bucket, key, range, path]))
  return new DownloadJournal(new JournalLog(store, id), context.warn)
}
