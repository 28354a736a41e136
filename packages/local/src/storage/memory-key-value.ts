/** The key-value store in memory: one B+ tree per table, with values by reference. */
import * as sortedBtree from 'sorted-btree'
import type { KeyValueStore, PendingWrite, Table } from './key-value.js'
import { collectingTransaction } from './key-value.js'

const compareByteStrings = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The package is CommonJS with a `default` export of its own, which Node and some bundlers put one level deeper than others. */
const BTree = ((exported: unknown) =>
  typeof exported === 'object' && exported !== null && 'default' in exported ? exported.default : exported)(
  sortedBtree.default,
) as typeof import('sorted-btree', { with: { 'resolution-mode': 'require' }}).default
const newTree = () => new BTree<string, unknown>(undefined, compareByteStrings)

export const createMemoryKeyValue = (): KeyValueStore => {
  const trees = new Map<string, ReturnType<typeof newTree>>()
  const treeOf = (name: string) => {
    let tree = trees.get(name)
    if (tree === undefined) {
      tree = newTree()
      trees.set(name, tree)
    }
    return tree
  }
  // Values are written and read through the same table only, so they have the table's type.
  const asValueOf = <Value>(_table: Table<Value>, value: unknown) => value as Value

  const store: KeyValueStore = {
    get: (table, key) => {
      const value = treeOf(table.name).get(key)
      return value === undefined ? undefined : asValueOf(table, value)
    },
    *scan(table, from) {
      for (const [key, value] of treeOf(table.name).entries(from)) yield [key, asValueOf(table, value)]
    },
    // An async function without `await` runs synchronously, so that transactions never overlap.
    async transact(decide) {
      const writes: PendingWrite[] = []
      const result = decide(collectingTransaction(store, writes))
      for (const { table, key, value } of writes) {
        if (value === undefined) treeOf(table.name).delete(key)
        else treeOf(table.name).set(key, value)
      }
      return result
    },
  }
  return store
}
