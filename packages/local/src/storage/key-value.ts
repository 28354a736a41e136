/**
 * An ordered key-value store with transactions, implemented in memory and over LMDB. A table is a name and a codec; the
 * memory implementation stores the values themselves and does not use the codec.
 */

/** Converts a table's values to bytes and back. */
export interface Codec<Value> {
  encode(value: Value): Uint8Array
  /** The value may keep `bytes`. */
  decode(bytes: Uint8Array): Value
}

export interface Table<Value> {
  readonly name: string
  readonly codec: Codec<Value>
}

export interface KeyValueReader {
  get<Value>(table: Table<Value>, key: string): Value | undefined
  /** Entries from `from` (inclusive) in ascending order, read lazily. Starting a scan is a cheap seek. */
  scan<Value>(table: Table<Value>, from: string): Iterable<readonly [key: string, value: Value]>
}

/** Reads return the state before the transaction's own writes, which are applied together when the decision has returned. */
export interface Transaction extends KeyValueReader {
  put<Value>(table: Table<Value>, key: string, value: Value): void
  remove<Value>(table: Table<Value>, key: string): void
}

export interface KeyValueStore extends KeyValueReader {
  /**
   * Runs `decide` without concurrent transactions, applies its writes, and resolves with its result when they are durable. If
   * `decide` throws, nothing is written and the promise rejects.
   */
  transact<Result>(decide: (transaction: Transaction) => Result): Promise<Result>
}

/** A write to apply after the decision. `value` undefined removes the entry. */
export interface PendingWrite {
  readonly table: Table<unknown>
  readonly key: string
  readonly value: unknown
}

/** LMDB's limit with pages of 4 KiB. The memory implementation has the same limit. */
const keyBytesMax = 1978

/** Collects the writes of one decision. */
export const collectingTransaction = (reader: KeyValueReader, writes: PendingWrite[]): Transaction => {
  const write = (table: Table<unknown>, key: string, value: unknown) => {
    // Checked here, because an error while the writes are applied would leave some of them behind.
    if (key.length > keyBytesMax)
      throw new RangeError(`a table key has ${key.length} bytes, but the limit is ${keyBytesMax}`)
    writes.push({ table, key, value })
  }
  return {
    get: (table, key) => reader.get(table, key),
    scan: (table, from) => reader.scan(table, from),
    put: (table, key, value) => write(table, key, value),
    remove: (table, key) => write(table, key, undefined),
  }
}
