/**
 * The key-value store on disk: LMDB with one named database per table, and values encoded by the table's codec.
 *
 * `overlappingSync`, the default of the lmdb package, resolves a write before it is synced: a power failure after the response
 * would lose it. Without that option, a commit writes, syncs, and only then updates the meta page and becomes visible. lmdb
 * does this off the main thread, and transactions that arrive meanwhile share the next commit (group commit). It also installs
 * no exit hook.
 */
import type { Database, RootDatabase } from 'lmdb'
import { open } from 'lmdb'
import { StorageClosed } from './errors.js'
import type { KeyValueStore, PendingWrite, Table } from './key-value.js'
import { collectingTransaction } from './key-value.js'

const databaseOptions = {
  encoding: 'binary',
  /** Writes byte strings as bytes, so that LMDB's order is the order of the strings. */
  keyEncoder: {
    writeKey: (key: string, target: Buffer, start: number): number => start + target.write(key, start, 'latin1'),
    readKey: (target: Buffer, start: number, end: number): string => target.toString('latin1', start, end),
  },
} as const

export interface LmdbKeyValue extends KeyValueStore {
  /** The IDs of other processes that have this database open, by the locks that they hold. A killed process holds none. */
  otherProcesses(): readonly number[]
  /** Waits for transactions in flight. */
  close(): Promise<void>
}

export interface LmdbOptions {
  readonly path: string
  /** Whether commits are synced. Without it, they survive the end of the process, but not a power failure. */
  readonly durable: boolean
  readonly tableNames: readonly string[]
}

export const openLmdbKeyValue = ({ path, durable, tableNames }: LmdbOptions): LmdbKeyValue => {
  const root = open({
    path,
    overlappingSync: false,
    // With event-turn batching, lmdb creates a promise per batch and leaves it unhandled if a commit fails, which would end the
    // process. Group commit works without it.
    eventTurnBatching: false,
    noSync: !durable,
    maxDbs: tableNames.length + 1,
  })
  const databases = new Map<string, Database<Buffer, string>>(
    tableNames.map((name) => [name, root.openDB<Buffer, string>(name, databaseOptions)]),
  )
  let closed = false
  const databaseOf = ({ name }: Table<unknown>) => {
    // Reading from a closed LMDB environment accesses unmapped memory, which would end the process.
    if (closed) throw new StorageClosed()
    const database = databases.get(name)
    if (database === undefined) throw new Error(`table ${name} has not been opened`)
    return database
  }
  const apply = ({ table, key, value }: PendingWrite) => {
    // Within a transaction's callback, both are synchronous.
    if (value === undefined) databaseOf(table).remove(key)
    else databaseOf(table).put(key, Buffer.from(table.codec.encode(value)))
  }

  const store: LmdbKeyValue = {
    get: (table, key) => {
      const bytes = databaseOf(table).getBinary(key)
      return bytes && table.codec.decode(bytes)
    },
    *scan(table, from) {
      for (const { key, value } of databaseOf(table).getRange({ start: from })) yield [key, table.codec.decode(value)]
    },
    transact: (decide) =>
      root
        .transaction(() => {
          const writes: PendingWrite[] = []
          const result = decide(collectingTransaction(store, writes))
          for (const write of writes) apply(write)
          return result
        })
        .catch(throwWithReason),
    close: () => {
      closed = true
      return root.close()
    },
    otherProcesses: () => otherProcesses(root),
  }
  return store
}

/** How long to wait for the reason of a failed commit. lmdb normally provides it in the same turn of the event loop. */
const reasonWaitMs = 1000

/**
 * Rethrows the error of a failed commit with its reason as the cause. lmdb's error has the reason in `commitError`, a promise
 * that rejects too: without a handler, it would count as an unhandled rejection and end the process.
 */
const throwWithReason = async (error: unknown): Promise<never> => {
  if (!(error instanceof Error && 'commitError' in error)) throw error
  const reason = Promise.resolve(error.commitError).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, reasonWaitMs, undefined).unref())
  throw new Error('the records could not be written', { cause: await Promise.race([reason, timeout]) })
}

const otherProcesses = (root: RootDatabase): readonly number[] => {
  // A read enters this process into the table of readers before the table is read: of two processes that start at the same
  // time, at least one finds the other.
  root.getKeys({ limit: 1 }).asArray
  // Removes the entries of processes that no longer hold their lock.
  root.readerCheck()
  // A heading, then one line per entry: process, thread, transaction.
  return root
    .readerList()
    .split('\n')
    .slice(1)
    .map((line) => Number.parseInt(line, 10))
    .filter((processId) => processId > 0 && processId !== process.pid)
}
