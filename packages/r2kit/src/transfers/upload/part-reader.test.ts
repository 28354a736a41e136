import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PartReader } from './part-reader.js'

const { signal } = new AbortController()

test('however the source is cut, its parts are the source, and the last one is known as such', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 16 }),
      async (chunks, partSize) => {
        const whole = Buffer.concat(chunks)
        // The same buffer again and again, as some sources do.
        const shared = new Uint8Array(20)
        const reader = new PartReader(
          (async function* () {
            for (const chunk of chunks) {
              shared.set(chunk)
              yield shared.subarray(0, chunk.byteLength)
            }
          })(),
          signal,
        )
        const parts: Uint8Array[] = []
        for (let isLast = false; !isLast; ) {
          const buffer = new Uint8Array(partSize)
          const filled = await reader.fill(buffer)
          parts.push(buffer.subarray(0, filled.length))
          if (!filled.isLast) expect(filled.length).toBe(partSize)
          isLast = filled.isLast
        }
        expect(Buffer.concat(parts).equals(whole)).toBe(true)
        expect(parts.length).toBe(Math.max(1, Math.ceil(whole.length / partSize)))
      },
    ),
  )
})

test('a source that never answers does not hold up an abort, and is dismissed', async () => {
  const abort = new AbortController()
  let dismissed = false
  const reader = new PartReader(
    {
      next: () => new Promise(() => undefined),
      return: async () => {
        dismissed = true
        return { done: true, value: undefined }
      },
    },
    abort.signal,
  )
  const filling = reader.fill(new Uint8Array(10))
  abort.abort()
  await expect(filling).rejects.toMatchObject({ code: 'Aborted' })
  reader.close()
  expect(dismissed).toBe(true)
})

test('what a source throws is the cause of the error', async () => {
  const reader = new PartReader(
    // biome-ignore lint/correctness/useYield: it fails before
    (async function* (): AsyncGenerator<Uint8Array> {
      throw new Error('disk on fire')
    })(),
    signal,
  )
  await expect(reader.fill(new Uint8Array(1))).rejects.toMatchObject({
    code: 'InvalidInput',
    cause: { message: 'disk on fire' },
  })
})
