/** The evidence of a run: calls as their callers saw them, and changes as the model of R2 saw them. */
import type { SimulatedChange, SimulatedExchange } from 'r2kit/testing'

/** A change, and the call whose request made it. */
export interface RecordedChange extends SimulatedChange {
  readonly call: number | undefined
}

/** A request, and the call that made it. */
export interface RecordedExchange extends SimulatedExchange {
  readonly call: number | undefined
}

/** The object that a call was to store. */
export interface IntendedObject {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The result of a read, as far as it is compared. */
export interface ReadResult {
  readonly bytes?: Uint8Array
  readonly etag: string
  readonly contentType: string | undefined
  readonly metadata: Readonly<Record<string, string>>
}

/** The result of a list. */
export interface ListResult {
  readonly prefix: string
  /** Undefined for a list without a delimiter. */
  readonly delimiter: string | undefined
  readonly keys: readonly string[]
  readonly commonPrefixes: readonly string[]
}

type CallKind = 'write' | 'copy' | 'delete' | 'read' | 'update' | 'list' | 'folder'

/** A call of the run, as its caller saw it. Times are in virtual milliseconds. */
export interface CallRecord {
  readonly id: number
  /** For messages: `put a if absent`. */
  readonly name: string
  readonly key: string
  readonly kind: CallKind
  readonly startedMs: number
  endedMs?: number
  /** Number of changes that had happened when the call began, and when it ended. */
  readonly changesBefore: number
  changesAfter?: number
  /** Options of the call that its invariants depend on. */
  readonly timeoutMs?: number | undefined
  /** Whether requests that remove an unfinished upload may follow the end of `timeoutMs`. */
  readonly cleansUp?: true
  readonly unknownOutcome?: 'equal' | 'proven' | undefined
  /** For a write: the object. For a copy with a new description: that description. */
  readonly intended?: IntendedObject | undefined
  /** For a copy: the key of its source. */
  readonly source?: string | undefined
  /** Whether two requests of the call must not both be stored. */
  readonly isConditional?: boolean
  /** The condition of a write: the ETag that it replaces, or `null` for a key that must be absent. */
  readonly replaces?: string | null | undefined
  /** For a write: whether its body can be read only once, which a checksum in a header would need to do twice. */
  readonly isStream?: true
  /** For a read: whether it is verified by the checksum that is stored with the object, if there is one. */
  readonly byChecksum?: true
  /** The call of a killed process that this one resumes: its requests may have stored the object. */
  readonly resumes?: number | undefined
  /** Whether its process was killed before it ended. */
  isKilled?: boolean
  outcome?: { readonly value: unknown } | { readonly error: unknown }
}
