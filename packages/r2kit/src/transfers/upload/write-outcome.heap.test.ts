import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { WriteResolver } from './write-outcome.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0

/**
 * Makes 5,000 objects that hold 8 MB in all, 32 of them at a time, with collections of young objects in between.
 *
 * @returns how many bytes have outlived these collections
 */
const survivingBytes = (objectThatHolds: (content: unknown) => unknown): number => {
  collect()
  const before = oldBytes()
  const inFlight: unknown[] = []
  for (let made = 0; made < 5000; made++) {
    inFlight.push(objectThatHolds(new Array(200).fill(made)))
    if (inFlight.length > 32) inFlight.shift()
    if (made % 100 === 0) collect({ type: 'minor' })
  }
  return oldBytes() - before
}

test('the content of a finished write becomes garbage while it is young', () => {
  const surviving = survivingBytes((content) => {
    const input = { bucket: 'bucket', key: 'key' }
    const context = { clock: { now: () => 0, monotonicMs: () => 0, after: () => ({ cancel: () => undefined }) } }
    return new WriteResolver({ context, input } as never, { etag: () => content, size: 1 } as never)
  })
  expect(surviving).toBeLessThan(2_000_000)
})

// The reason for a class, and the proof that this measurement can fail.
test('the content behind a getter of an object literal grows old', () => {
  const surviving = survivingBytes((content) => ({
    get content() {
      return content
    },
  }))
  expect(surviving).toBeGreaterThan(6_000_000)
})
