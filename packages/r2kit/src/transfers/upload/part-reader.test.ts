import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { PartReader } from './part-reader.js'

const options = { signal: new AbortController().signal, clock: new VirtualClock(), sourceTimeoutMs: 1000 }

test('the parts of a source are its bytes, however it is cut into chunks, and the last one is marked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 16 }),
      async (chunks, partSize) => {
        const whole = Buffer.concat(chunks)
        // One buffer for all chunks, as some sources have.
        const shared = new Uint8Array(20)
        const reader = new PartReader(
          (async function* () {
            for (const chunk of chunks) {
              shared.set(chunk)
              yield shared.subarray(0, chunk.byteLength)
            }
          })(),
          options,
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

/** A source that yields a chunk when `give` is called. */
const byHand = () => {
  let give: (chunk: Uint8Array) => void = () => undefined
  const chunks = {
    next: () =>
      new Promise<IteratorResult<Uint8Array>>((resolve) => {
        give = (value) => resolve({ done: false, value })
      }),
  }
  return { chunks, give: () => give(new Uint8Array(1)) }
}

test('a source that never yields does not delay an abort', async () => {
  const abort = new AbortController()
  const clock = new VirtualClock()
  const reader = new PartReader(byHand().chunks, { signal: abort.signal, clock, sourceTimeoutMs: 1000 })
  const filling = reader.fill(new Uint8Array(10))
  abort.abort()
  await expect(filling).rejects.toMatchObject({ code: 'Aborted' })
  expect(clock.timers).toBe(0)
})

test('a source that yields nothing for sourceTimeoutMs fails with SourceStalled, and a hint', async () => {
  const clock = new VirtualClock()
  const reader = new PartReader(byHand().chunks, { ...options, clock })
  const filling = expect(reader.fill(new Uint8Array(10))).rejects.toMatchObject({
    code: 'SourceStalled',
    field: 'source',
    retryable: false,
    message: 'the source has yielded no data for 1 second',
    hint: expect.stringContaining('sourceTimeoutMs'),
  })
  await clock.advance(1000)
  await filling
  expect(clock.timers).toBe(0)
})

test('a slow source that yields bytes does not fail, however long it takes', async () => {
  const clock = new VirtualClock()
  const { chunks, give } = byHand()
  const filling = new PartReader(chunks, { ...options, clock }).fill(new Uint8Array(100))
  for (let given = 0; given <= 100; given++) {
    await clock.advance(999)
    give()
  }
  expect(await filling).toEqual({ length: 100, isLast: false })
  expect(clock.timers).toBe(0)
})

test('only the time spent waiting for the source counts', async () => {
  const clock = new VirtualClock()
  const { chunks, give } = byHand()
  const reader = new PartReader(chunks, { ...options, clock })
  const first = reader.fill(new Uint8Array(1))
  give()
  await clock.advance(0)
  give()
  await first
  // The consumer takes an hour for the first part.
  await clock.advance(3_600_000)
  const second = reader.fill(new Uint8Array(1))
  await clock.advance(999)
  give()
  expect(await second).toEqual({ length: 1, isLast: false })
})

test('a live source may yield nothing for any length of time', async () => {
  const clock = new VirtualClock()
  const { chunks, give } = byHand()
  const reader = new PartReader(chunks, { ...options, clock, sourceTimeoutMs: Number.POSITIVE_INFINITY })
  const ready = reader.ready()
  expect(clock.timers).toBe(0)
  await clock.advance(1e12)
  give()
  await ready
  expect(reader.isReady).toBe(true)
})

test('an error of the source is the cause of SourceFailed', async () => {
  const reader = new PartReader(
    // biome-ignore lint/correctness/useYield: it throws before
    (async function* (): AsyncGenerator<Uint8Array> {
      throw new Error('disk failure')
    })(),
    options,
  )
  await expect(reader.fill(new Uint8Array(1))).rejects.toMatchObject({
    code: 'SourceFailed',
    cause: { message: 'disk failure' },
  })
})
