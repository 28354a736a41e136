import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gatherChunks } from './gather-chunks.js'

const gathered = async (chunks: readonly Uint8Array[]) => {
  const pieces: Uint8Array[] = []
  const source = (async function* () {
    yield* chunks
  })()
  for await (const piece of gatherChunks(source)) pieces.push(piece)
  return pieces
}

const sizes = fc.array(fc.oneof(fc.nat(10), fc.constantFrom(4095, 4096, 65_535, 65_536, 200_000)), { maxLength: 30 })

test('the bytes are the same, in pieces of which none but the last is small after a small one', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (lengths) => {
      const chunks = lengths.map((length, index) => new Uint8Array(length).fill(index + 1))
      const pieces = await gathered(chunks)
      expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true)
      for (const piece of pieces.slice(0, -1)) expect(piece.byteLength).toBeGreaterThanOrEqual(4096)
    }),
  )
})

test('a large chunk passes without a copy', async () => {
  const chunk = new Uint8Array(65_536)
  expect((await gathered([chunk]))[0]).toBe(chunk)
})

test('a block holds no bytes of the chunks it was made of', async () => {
  const chunk = new Uint8Array(10).fill(1)
  const pieces = await gathered([chunk])
  chunk.fill(2)
  expect(pieces[0]?.[0]).toBe(1)
})
