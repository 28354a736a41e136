/**
 * An ordered key-value store with transactions: the little that the rest of this room asks of memory or of LMDB.
 * A table is a name and a codec; the memory implementation keeps the values as they are and never encodes.
 */

/** How a table's values become bytes, where they must. */
export interface Codec<Value> {
  encode(value: Value): Uint8Array
  /** `bytes` belongs to the caller and may be kept. */
  decode(bytes: Uint8Array): Value
}

export interface Table<Value> {
  readonly name: string
  readonly codec: Codec<Value>
}

export interface KeyValueReader {
  get<Value>(table: Table<Value>, key: string): Value | undefined
  /** Entries from `from` (inclusive) upwards, read lazily: starting a scan is a seek, so that skipping is cheap. */
  scan<Value>(table: Table<Value>, from: string): Iterable<readonly [key: string, value: Value]>
}

/** Reads see the state before the transaction's own writes; writes are applied together after the decision has returned. */
export interface Transaction extends KeyValueReader {
  put<Value>(table: Table<Value>, key: string, value: Value): void
  remove<Value>(table: Table<Value>, key: string): void
}

export interface KeyValueStore extends KeyValueReader {
  /**
   * Runs `decide` alone among writers, applies what it wrote, and resolves with its result when that is durable. If it
   * throws, nothing is written and the promise rejects.
   */
  transact<Result>(decide: (transaction: Transaction) => Result): Promise<Result>
}

/** A write that waits for the end of its decision; `value` undefined removes. */
export interface PendingWrite {
  readonly table: Table<unknown>
  readonly key: string
  readonly value: unknown
}

/** The longest key that both implementations take, in bytes: LMDB's with pages of 4 KiB. */
const keyBytesMax = 1978

/** Collects the writes of one decision. */
export const collectingTransaction = (reader: KeyValueReader, writes: PendingWrite[]): Transaction => {
  const write = (table: Table<unknown>, key: string, value: unknown) => {
    // Checked before anything is applied, because a failure half-way would leave half a decision behind.
    if (key.length > keyBytesMax)
      throw new RangeError(`a table key has ${key.length} bytes, at most ${keyBytesMax} fit`)
    writes.push({ table, key, value })
  }
  return {
    get: (table, key) => reader.get(table, key),
    scan: (table, from) => reader.scan(table, from),
    put: (table, key, value) => write(table, key, value),
    remove: (table, key) => write(table, key, undefined),
  }
}
