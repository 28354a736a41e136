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

test('coalesced chunks have the same bytes, and only the last one is small', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const chunks = lengths.map((length, index) => new Uint8Array(length).fill(index + 1))
      const pieces = await coalesced(chunks)
      expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true)
      for (const piece of pieces.slice(0, -1)) expect(piece.byteLength).toBeGreaterThanOrEqual(4096)
    }),
  )
})

test('a large chunk is not copied', async () => {
  const chunk = new Uint8Array(65_536)
  expect((await coalesced([chunk]))[0]).toBe(chunk)
})

test('coalesced blocks do not share memory with the chunks', async () => {
  const chunk = new Uint8Array(10).fill(1)
  const pieces = await coalesced([chunk])
  chunk.fill(2)
  expect(pieces[0]?.[0]).toBe(1)
})
