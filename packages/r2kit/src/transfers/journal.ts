/**
 * The journal that lets another process resume a transfer: append-only lines, each with a format version and a checksum. A line
 * that a crash cut short is ignored, and the others still count.
 */
import { hexFromBytes, utf8Bytes } from '../base/bytes.js'
import { checksumOf } from '../base/checksums/index.js'
import { anyText, eitherOf, flag, withMethods } from '../validation/index.js'

/**
 * A store for the journals of transfers, in any key-value store or database; `fileJournal` is the one in files. An `id` consists
 * of hex digits, and belongs to one transfer at a time.
 *
 * @example
 * const journal: TransferJournal = {
 *   read: async (id) => (await db.get(id)) ?? undefined,
 *   append: async (id, line) => db.append(id, line),
 *   remove: async (id) => db.delete(id),
 * }
 */
export interface TransferJournal {
  /** Resolves with all lines of a journal, in the order in which they were appended; with undefined if there is none. */
  read(id: string): Promise<Uint8Array | undefined>
  /** Adds a line at the end. Resolves when the line survives a crash of the process. */
  append(id: string, line: Uint8Array): Promise<void>
  /** Deletes a journal. Resolves if there is none. */
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

/** The parts of an earlier run that need not be transferred again, provided that they pass their check. */
export interface Resumed {
  /** Number of those parts. */
  readonly parts: number
  /** Number of all parts of the transfer. */
  readonly totalParts: number
  /** Bytes of those parts. */
  readonly bytes: number
}

/** The content of a line: JSON. */
export type JournalRecord = Readonly<Record<string, unknown>> & { readonly type: string }

const version = 'r2j1'

/** `\nr2j1 <crc32c of the json> <json>`. The line break comes first: it also ends a line that a crash cut short. */
export const encodeRecord = (record: JournalRecord): Uint8Array => {
  const json = JSON.stringify(record)
  return utf8Bytes(`\n${version} ${checksum(json)} ${json}`)
}

/** Returns the records of all intact lines, in the order in which they were written. */
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

/** One journal of a store. Lines are appended one after another. */
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

  /** Resolves when the line survives a crash of the process. */
  append(record: JournalRecord): Promise<void> {
    const line = encodeRecord(record)
    const appended = this.#last.then(() => this.#journal.append(this.#id, line))
    // This caller handles the failure; the next line is appended in any case.
    this.#last = appended.catch(() => undefined)
    return appended
  }

  /** Waits for pending lines, then deletes the journal. */
  remove(): Promise<void> {
    return this.#last.then(() => this.#journal.remove(this.#id))
  }
}
