import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coalesceChunks } from './coalesce-chunks.js'

const coalesced = async (chunks: readonly Uint8Array[]) => {
  const pieces: Uint8Array[] = []
  const source = (async function* () {
    yield* chunks
  })()
  for await (const piece of coalesceChunks(source)) pieces.push(piece)
  return pieces
}

const sizes = fc.array(fc.oneof(fc.nat(10), fc.constantFrom(4095, 4096, 65_535, 65_536, 200_000)), { maxLength: 30 })

test('coalesced chunks have the same bytes, and a small one is followed by a large one or is the last', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const chunks = lengths.map((length, index) => new Uint8Array(length).fill(index + 1))
      const pieces = await coalesced(chunks)
      expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true)
      for (const [index, piece] of pieces.slice(0, -1).entries()) {
        expect(Math.max(piece.byteLength, pieces[index + 1]?.byteLength ?? 0)).toBeGreaterThanOrEqual(4096)
      }
    }),
  )
})

test('large chunks are not copied, and small ones between them share a block', async () => {
  const large = [0, 1].map(() => new Uint8Array(65_536))
  const [first, one, second, two] = await coalesced(large.flatMap((chunk) => [chunk, new Uint8Array(30)]))
  expect(first).toBe(large[0])
  expect(second).toBe(large[1])
  expect([one?.byteLength, two?.byteLength, one?.buffer === two?.buffer]).toEqual([30, 30, true])
})

test('coalesced blocks do not share memory with the chunks', async () => {
  const chunk = new Uint8Array(10).fill(1)
  const pieces = await coalesced([chunk])
  chunk.fill(2)
  expect(pieces[0]?.[0]).toBe(1)
})
