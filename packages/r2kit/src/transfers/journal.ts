/**
 * What a transfer records so that another process can resume it. Append-only lines, each with its version and checksum: a
 * line that a crash cut short is ignored, and the others still count.
 */
import { hexFromBytes, utf8Bytes } from '../base/bytes.js'
import { checksumOf } from '../base/checksums/index.js'
import { anyText, eitherOf, flag, withMethods } from '../validation/index.js'

/**
 * Where journals are kept: files by default, or any key-value store. An `id` is hex digits and belongs to one transfer at a time.
 */
export interface TransferJournal {
  /** All lines of a journal as they were appended, or undefined where there is none. */
  read(id: string): Promise<Uint8Array | undefined>
  /** Adds to the end; resolves when the line would survive the process. */
  append(id: string, line: Uint8Array): Promise<void>
  /** Forgets the journal; one that is not there is no error. */
  remove(id: string): Promise<void>
}

const journalStore = withMethods<TransferJournal>('a journal', 'read', 'append', 'remove')

/** The option `journal` of a transfer. */
export const journalField = eitherOf<boolean | string | TransferJournal>(
  'true, a folder, or a journal with read, append and remove',
  'Pass true for files in the home folder.',
  (value) =>
    typeof value === 'boolean'
      ? flag
      : typeof value === 'string'
        ? anyText
        : typeof value === 'object'
          ? journalStore
          : undefined,
)

/** What of an earlier run is there, so that it need not be moved again (once it has been checked). */
export interface Resumed {
  readonly parts: number
  readonly totalParts: number
  readonly bytes: number
}

/** A line's content: JSON. */
export type JournalRecord = Readonly<Record<string, unknown>> & { readonly type: string }

const version = 'r2j1'

/**
 * `\nr2j1 <crc32c of the json> <json>`. The line break comes first: it also ends a line that a crash cut short.
 */
export const encodeRecord = (record: JournalRecord): Uint8Array => {
  const json = JSON.stringify(record)
  return utf8Bytes(`\n${version} ${checksum(json)} ${json}`)
}

/** The records whose lines are whole, in the order of writing. */
export const decodeRecords = (bytes: Uint8Array): JournalRecord[] => {
  const records: JournalRecord[] = []
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    const [, sum, json] = /^r2j1 ([0-9a-f]{8}) (.*)$/s.exec(line) ?? []
    if (sum === undefined || json === undefined || sum !== checksum(json)) continue
    const record: unknown = JSON.parse(json)
    if (isRecord(record)) records.push(record)
  }
  return records
}

const isRecord = (value: unknown): value is JournalRecord =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

const checksum = (text: string): string => hexFromBytes(checksumOf('CRC32C', utf8Bytes(text)))

/** One journal of a store: lines are appended one after the other. */
export class JournalLog {
  readonly #journal: TransferJournal
  readonly #id: string
  #last: Promise<void> = Promise.resolve()

  constructor(journal: TransferJournal, id: string) {
    this.#journal = journal
    this.#id = id
  }

  async read(): Promise<JournalRecord[]> {
    const bytes = await this.#journal.read(this.#id)
    return bytes === undefined ? [] : decodeRecords(bytes)
  }

  /** Resolves when the line would survive the process. */
  append(record: JournalRecord): Promise<void> {
    const line = encodeRecord(record)
    const appended = this.#last.then(() => this.#journal.append(this.#id, line))
    // A failure is the caller's who appended; the next line is tried all the same.
    this.#last = appended.catch(() => undefined)
    return appended
  }

  /** Waits for lines under way, then forgets all. */
  remove(): Promise<void> {
    return this.#last.then(() => this.#journal.remove(this.#id))
  }
}
