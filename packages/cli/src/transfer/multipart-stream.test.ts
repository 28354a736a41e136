import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partsOf } from './multipart-stream.js'

test('a stream in any chunks becomes equal parts and a last one that is not larger', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 16 }), async (pieces, size) => {
      const source = async function* () {
        yield* pieces
      }
      const parts: Uint8Array[] = []
      for await (const part of partsOf(source(), size)) parts.push(part)
      expect(Buffer.concat(parts)).toEqual(Buffer.concat(pieces))
      for (const part of parts.slice(0, -1)) expect(part.byteLength).toBe(size)
      const last = parts.at(-1)
      if (last !== undefined) expect(last.byteLength).toBeGreaterThan(0)
    }),
  )
})
