import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs } from './backoff.js'

test('backoff doubles with each failure up to the longest delay', () => {
  const delays = [1, 2, 3, 4, 5].map((failures) =>
    backoffMs({ baseDelayMs: 100, maxDelayMs: 500, jitter: 0 }, failures, () => 0.5),
  )
  expect(delays).toEqual([100, 200, 400, 500, 500])
})

test.each([
  [0.1, 0, 100],
  [0.1, 1, 110],
  ['full', 0, 0],
  ['full', 0.25, 25],
] as const)('jitter of %s with the random number %d makes 100 ms %d ms', (jitter, random, delayMs) => {
  expect(backoffMs({ baseDelayMs: 100, maxDelayMs: 1000, jitter }, 1, () => random)).toBeCloseTo(delayMs)
})

test('backoff never falls below the shortest delay, and stays finite after any number of failures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom<number | 'full'>(0, 0.1, 1, 'full'),
      (failures, random, jitter) => {
        const delayMs = backoffMs({ baseDelayMs: 100, maxDelayMs: 30_000, jitter }, failures, () => random, 1000)
        expect(delayMs).toBeGreaterThanOrEqual(1000)
        expect(delayMs).toBeLessThanOrEqual(60_000)
      },
    ),
  )
})
