import { expect, test } from 'vitest'
import { bytesOf, chunksOf, newBucket, objectOf } from '#test/support/storage-fixtures.js'
import type { KeyValueStore } from './key-value.js'
import { createMemoryBodies } from './memory-bodies.js'
import { createMemoryKeyValue } from './memory-key-value.js'
import { createTableStorage } from './table-storage.js'

/** Counts the entries read and the scans started. */
const counting = (store: KeyValueStore) => {
  const counts = { scans: 0, entries: 0 }
  const counted: KeyValueStore = {
    ...store,
    *scan(table, from) {
      counts.scans++
      for (const entry of store.scan(table, from)) {
        counts.entries++
        yield entry
      }
    },
  }
  return { counted, counts }
}

test('a list with a delimiter skips the keys under a common prefix by one seek', async () => {
  const { counted, counts } = counting(createMemoryKeyValue())
  const storage = createTableStorage(counted, createMemoryBodies())
  await newBucket(storage)
  const content = { size: 0, pieces: [] }
  for (const folder of ['a', 'b', 'c']) {
    for (let index = 0; index < 1_000; index++)
      await storage.putObject('b', `${folder}/${index}`, () => objectOf(content))
  }
  await storage.putObject('b', 'file', () => objectOf(content))

  const page = storage.listObjects('b', { delimiter: '/', limit: 1_000 })
  expect(page.entries).toHaveLength(4)
  expect(counts.entries).toBeLessThanOrEqual(5)
  expect(counts.scans).toBeLessThanOrEqual(4)

  counts.entries = 0
  const second = storage.listObjects('b', { delimiter: '/', startAfter: 'a/', limit: 1 })
  expect(second).toMatchObject({ entries: [{ commonPrefix: 'b/' }], next: 'b/' })
  expect(counts.entries).toBe(2)
})

test('a list does not read contents', async () => {
  const reads: string[] = []
  const store = createMemoryKeyValue()
  const watched: KeyValueStore = {
    ...store,
    get: (table, key) => {
      reads.push(table.name)
      return store.get(table, key)
    },
  }
  const storage = createTableStorage(watched, createMemoryBodies())
  await newBucket(storage)
  const staged = await storage.stage(chunksOf(bytesOf(100, 1)))
  await storage.putObject('b', 'k', () => objectOf(staged.content))
  reads.length = 0
  expect(storage.listObjects('b', { limit: 10 }).entries).toMatchObject([
    { key: 'k', object: { content: { size: 100 } } },
  ])
  expect(reads).not.toContain('object-contents')
})
