/** What a download to a file writes down: the version, its temporary file, and which ranges are in it. */
import { sha256Hex } from '#hash'
import { fileJournal } from '#transfer-files'
import type { ObjectVersion } from '../../client/objects/pinned-range.js'
import type { TransferContext } from '../context.js'
import { JournalLog, type JournalRecord } from '../journal.js'
import type { DownloadJob, Range } from './job.js'
import type { FileDownloadOptions } from './options.js'

/** A range whose bytes are in the temporary file, and what they were. */
export interface NotedRange extends Range {
  readonly crc32: number
}

/** What an earlier run left. */
export interface EarlierDownload {
  readonly version: ObjectVersion
  readonly wanted: Range
  /** Names that the temporary file may have, the latest first. */
  readonly files: readonly string[]
  readonly ranges: readonly NotedRange[]
}

export class DownloadJournal {
  readonly #log: JournalLog
  readonly #warn: TransferContext['warn']

  constructor(log: JournalLog, warn: TransferContext['warn']) {
    this.#log = log
    this.#warn = warn
  }

  async read(): Promise<EarlierDownload | undefined> {
    let earlier: { version: ObjectVersion; wanted: Range; files: string[]; ranges: NotedRange[] } | undefined
    for (const record of await this.#log.read()) {
      if (isBegin(record)) {
        const { etag, size, offset, length } = record
        earlier = { version: { etag, size }, wanted: { offset, length }, files: [], ranges: [] }
      } else if (record.type === 'file' && typeof record.path === 'string') earlier?.files.unshift(record.path)
      else if (isRange(record)) earlier?.ranges.push(record)
    }
    return earlier
  }

  begun({ etag, size }: ObjectVersion, { offset, length }: Range): Promise<void> {
    return this.#write({ type: 'download', etag, size, offset, length })
  }

  /** To be written before the file has this name, so that a crash leaves no file that nobody knows. */
  named(path: string): Promise<void> {
    return this.#write({ type: 'file', path })
  }

  stored({ offset, length }: Range, crc32: number): Promise<void> {
    return this.#write({ type: 'range', offset, length, crc32 })
  }

  async ended(): Promise<void> {
    await this.#log
      .remove()
      .catch((error: unknown) => this.#warn('the journal of a download could not be removed', error))
  }

  /** What cannot be written down is fetched again after a crash; that is no reason to fail now. */
  async #write(record: JournalRecord): Promise<void> {
    await this.#log
      .append(record)
      .catch((error: unknown) => this.#warn('the journal of a download cannot be written', error))
  }
}

const isBegin = (record: JournalRecord): record is JournalRecord & ObjectVersion & Range =>
  record.type === 'download' &&
  typeof record.etag === 'string' &&
  typeof record.size === 'number' &&
  typeof record.offset === 'number' &&
  typeof record.length === 'number'

const isRange = (record: JournalRecord): record is JournalRecord & NotedRange =>
  record.type === 'range' &&
  typeof record.offset === 'number' &&
  typeof record.length === 'number' &&
  typeof record.crc32 === 'number'

/** The journal of this very download, or undefined where none is wanted. `path` is the target's, absolute. */
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
