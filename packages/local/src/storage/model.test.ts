/** Random operations, compared with a simple model: a map whose keys are sorted by bytes for lists. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Mode } from '#test/support/storage-fixtures.js'
import {
  bytesOf,
  chunksOf,
  modes,
  newBucket,
  objectOf,
  putBytes,
  readAll,
  uploadOf,
} from '#test/support/storage-fixtures.js'
import { joinContent } from './content.js'
import type { Storage } from './storage.js'

// UTF-16 order puts U+1F600 before U+E000 and U+FFFD, byte order after them.
const symbols = ['a', 'b', '/', '-', '~', '\0', 'é', '\u{e000}', '\u{fffd}', '\u{1f600}']
const text = (minLength: number, maxLength: number) =>
  fc.array(fc.constantFrom(...symbols), { minLength, maxLength }).map((chosen) => chosen.join(''))
const key = text(1, 3)
const size = fc.constantFrom(0, 5, 66_000, 263_000)

const operation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key, size, seed: fc.nat(255) }),
  fc.record({ kind: fc.constant('delete' as const), keys: fc.array(key, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('copy' as const), from: key, to: key }),
  fc.record({
    kind: fc.constant('multipart' as const),
    key,
    sizes: fc.array(size, { maxLength: 3 }),
    seed: fc.nat(255),
  }),
  fc.record({
    kind: fc.constant('list' as const),
    prefix: text(0, 1),
    delimiter: fc.oneof(fc.constant(''), text(1, 2)),
    startAfter: text(0, 3),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
)
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never
type Listing = Extract<Operation, { kind: 'list' }>

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The names of a whole list by S3's definition: matching keys, rolled up into common prefixes, sorted. */
const expectedNames = (keys: Iterable<string>, { prefix, delimiter, startAfter }: Listing): string[] => {
  const rollUp = (name: string) => {
    const at = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length)
    return at < 0 || !name.startsWith(prefix) ? name : name.slice(0, at + delimiter.length)
  }
  const isCommonPrefix = rollUp(startAfter) === startAfter && startAfter.endsWith(delimiter) && delimiter !== ''
  const names = [...keys]
    .filter((name) => name.startsWith(prefix) && byBytes(name, startAfter) > 0)
    .map(rollUp)
    .filter((name) => !(isCommonPrefix && name === startAfter && startAfter.length >= prefix.length + delimiter.length))
  return [...new Set(names)].sort(byBytes)
}

const listAll = (storage: Storage, { prefix, delimiter, startAfter, limit }: Listing): string[] => {
  const names: string[] = []
  for (let from: string | undefined = startAfter; from !== undefined; ) {
    const page = storage.listObjects('b', { prefix, delimiter, startAfter: from, limit })
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    names.push(...page.entries.map((entry) => ('key' in entry ? entry.key : entry.commonPrefix)))
    from = page.next
  }
  return names
}

const apply = async (storage: Storage, model: Map<string, Buffer>, step: Operation): Promise<void> => {
  switch (step.kind) {
    case 'put': {
      const bytes = bytesOf(step.size, step.seed)
      await putBytes(storage, step.key, bytes)
      model.set(step.key, bytes)
      return
    }
    case 'delete':
      await storage.deleteObjects('b', step.keys)
      for (const name of step.keys) model.delete(name)
      return
    case 'copy': {
      const source = storage.getObject('b', step.from)
      const bytes = model.get(step.from)
      expect(source === undefined).toBe(bytes === undefined)
      if (source === undefined || bytes === undefined) return
      const { content } = storage.share(source.content)
      await storage.putObject('b', step.to, () => objectOf(content))
      model.set(step.to, bytes)
      return
    }
    case 'multipart': {
      const upload = uploadOf(step.key, 'u')
      await storage.createUpload(upload)
      const bodies = step.sizes.map((each, index) => bytesOf(each, step.seed + index))
      for (const [index, bytes] of bodies.entries()) {
        const { content } = await storage.stage(chunksOf(bytes))
        await storage.putPart(upload, { partNumber: index + 1, content, etag: 'e', lastModifiedMs: 1 })
      }
      await storage.completeUpload(upload, (parts) => objectOf(joinContent(parts.map(({ content }) => content))))
      model.set(step.key, Buffer.concat(bodies))
      return
    }
    case 'list':
      expect(listAll(storage, step)).toEqual(expectedNames(model.keys(), step))
  }
}

const everything: Listing = { kind: 'list', prefix: '', delimiter: '', startAfter: '', limit: 3 }

const runsFor = ({ name }: Mode) => (name === 'in memory' ? 200 : 40)

describe.each(modes)('storage $name', (mode) => {
  test('behaves as a sorted map of bytes under any sequence of operations', async () => {
    const property = fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (steps) => {
      await using storage = await mode.open()
      await newBucket(storage)
      // Objects of a bucket whose name starts with the same letters must not appear.
      await newBucket(storage, 'b-2')
      await putBytes(storage, 'a', bytesOf(1, 1), 'b-2')
      const model = new Map<string, Buffer>()
      for (const step of [...steps, everything]) await apply(storage, model, step)
      for (const [name, bytes] of model) {
        const object = storage.getObject('b', name)
        expect(object && (await readAll(storage.read(object.content))).equals(bytes)).toBe(true)
      }
    })
    await fc.assert(property, { numRuns: runsFor(mode) })
  })

  test("lists roll up common prefixes and return pages by S3's definition", async () => {
    const listing = operation.filter((step): step is Listing => step.kind === 'list')
    const property = fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.array(listing, { maxLength: 20 }),
      async (keys, lists) => {
        await using storage = await mode.open()
        await newBucket(storage)
        await Promise.all(keys.map((name) => putBytes(storage, name, bytesOf(0, 0))))
        for (const list of lists) expect(listAll(storage, list)).toEqual(expectedNames(keys, list))
      },
    )
    await fc.assert(property, { numRuns: runsFor(mode) })
  })
})
