/**
 * The key-value store on disk: LMDB, one named database per table, values through the table's codec.
 *
 * lmdb's own default (`overlappingSync`) resolves a write when it is committed, and flushes later: a power cut after the
 * answer would lose it. Without it a commit writes, syncs, and only then moves the meta page and becomes visible; lmdb does
 * that off the main thread, and what arrives meanwhile shares the next commit (group commit). It also installs no exit hook.
 */
import type { Database, RootDatabase } from 'lmdb'
import { open } from 'lmdb'
import { StorageClosed } from './errors.js'
import type { KeyValueStore, PendingWrite, Table } from './key-value.js'
import { collectingTransaction } from './key-value.js'

const databaseOptions = {
  encoding: 'binary',
  /** Byte strings are the bytes of the key: LMDB's order of bytes is their order as strings. */
  keyEncoder: {
    writeKey: (key: string, target: Buffer, start: number): number => start + target.write(key, start, 'latin1'),
    readKey: (target: Buffer, start: number, end: number): string => target.toString('latin1', start, end),
  },
} as const

export interface LmdbKeyValue extends KeyValueStore {
  /** Process ids of others that have this database open, by the locks that they hold: one that was killed holds none. */
  otherProcesses(): readonly number[]
  /** Waits for transactions under way. */
  close(): Promise<void>
}

export interface LmdbOptions {
  readonly path: string
  /** False: the operating system writes when it likes. Killing the process is still harmless, a power cut is not. */
  readonly durable: boolean
  readonly tableNames: readonly string[]
}

export const openLmdbKeyValue = ({ path, durable, tableNames }: LmdbOptions): LmdbKeyValue => {
  const root = open({
    path,
    overlappingSync: false,
    // Batches by event turn have a promise of their own, which lmdb leaves unhandled when a commit fails: it would end the
    // process. Transactions that arrive during a commit share the next one with or without them.
    eventTurnBatching: false,
    noSync: !durable,
    maxDbs: tableNames.length + 1,
  })
  const databases = new Map<string, Database<Buffer, string>>(
    tableNames.map((name) => [name, root.openDB<Buffer, string>(name, databaseOptions)]),
  )
  let closed = false
  const databaseOf = ({ name }: Table<unknown>) => {
    // Reading from memory that LMDB has given back would end the process.
    if (closed) throw new StorageClosed()
    const database = databases.get(name)
    if (database === undefined) throw new Error(`table ${name} has not been opened`)
    return database
  }
  const apply = ({ table, key, value }: PendingWrite) => {
    // Within the transaction's callback both act at once and return nothing to wait for.
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

/** How long to wait for the reason of a failed commit, which lmdb gives in the same turn. */
const reasonWaitMs = 1000

/**
 * A failed commit rejects with an error whose `commitError` is a promise that rejects, too: left alone, it would count as
 * unhandled and end the process.
 */
const throwWithReason = async (error: unknown): Promise<never> => {
  if (!(error instanceof Error && 'commitError' in error)) throw error
  const reason = Promise.resolve(error.commitError).then(
    () => undefined,
    (cause: unknown) => cause,
  )
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, reasonWaitMs, undefined).unref())
  throw new Error('the records could not be written', { cause: await Promise.race([reason, late]) })
}

const otherProcesses = (root: RootDatabase): readonly number[] => {
  // A read takes our own place in the table of readers, before we look who else is there: of two that start at the same
  // time, at least one sees the other.
  root.getKeys({ limit: 1 }).asArray
  // Drops the places of processes that no longer hold their lock.
  root.readerCheck()
  // A heading, then one line per place: process, thread, transaction.
  return root
    .readerList()
    .split('\n')
    .slice(1)
    .map((line) => Number.parseInt(line, 10))
    .filter((processId) => processId > 0 && processId !== process.pid)
}
