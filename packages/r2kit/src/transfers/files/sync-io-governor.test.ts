import { expect, test } from 'vitest'
import { SyncIoGovernor } from './sync-io-governor.js'

const fast = 0.01
const slow = 5

/** Lets calls go where the pace sends them, all of the same speed; tells how many were direct. */
const run = (pace: SyncIoGovernor, calls: number, tookMs: number): number => {
  let direct = 0
  for (let index = 0; index < calls; index++) {
    if (pace.isDirect) {
      pace.direct(1, tookMs)
      direct++
    } else pace.pooled(1)
  }
  return direct
}

test('the first calls go through the pool until they have come back, so that a disk that hangs holds up nothing', () => {
  const pace = new SyncIoGovernor()
  for (let started = 0; started < 1000; started++) expect(pace.isDirect).toBe(false)
  expect(run(pace, 32, fast)).toBe(0)
  expect(pace.isDirect).toBe(true)
})

test('calls stay direct while they are fast', () => {
  expect(run(new SyncIoGovernor(), 10_032, fast)).toBe(10_000)
})

test('a disk that is always slow holds up one call in thousands', () => {
  const pace = new SyncIoGovernor()
  run(pace, 10_000, slow)
  expect(run(pace, 100_000, slow)).toBeLessThanOrEqual(25)
})

test('one slow call among fast ones sends a few to the pool, each time as few', () => {
  const pace = new SyncIoGovernor()
  run(pace, 32, fast)
  for (let round = 0; round < 100; round++) {
    expect(run(pace, 100, fast)).toBe(100)
    pace.direct(1, slow)
    expect(run(pace, 8, fast)).toBe(0)
  }
})

test('a disk that has become fast is found out', () => {
  const pace = new SyncIoGovernor()
  run(pace, 100_000, slow)
  run(pace, 4096, fast)
  expect(run(pace, 100, fast)).toBe(100)
})

test('calls that were made together count as many, and are slow only together', () => {
  const pace = new SyncIoGovernor()
  pace.pooled(40)
  expect(pace.isDirect).toBe(true)
  pace.direct(4, 0.9)
  expect(pace.isDirect).toBe(true)
  pace.direct(4, 1.1)
  expect(pace.isDirect).toBe(false)
})
