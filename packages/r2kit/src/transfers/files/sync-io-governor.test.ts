import { expect, test } from 'vitest'
import { SyncIoGovernor } from './sync-io-governor.js'

const fast = 0.01
const slow = 5

/** Makes calls of one speed as the governor decides. Returns how many were synchronous. */
const run = (governor: SyncIoGovernor, calls: number, tookMs: number): number => {
  let synchronous = 0
  for (let index = 0; index < calls; index++) {
    if (governor.isSync) {
      governor.noteSync(1, tookMs)
      synchronous++
    } else governor.notePooled(1)
  }
  return synchronous
}

test('the first calls use the pool until they have returned, so that a disk that hangs blocks nothing', () => {
  const governor = new SyncIoGovernor()
  for (let started = 0; started < 1000; started++) expect(governor.isSync).toBe(false)
  expect(run(governor, 32, fast)).toBe(0)
  expect(governor.isSync).toBe(true)
})

test('file system calls stay synchronous while they are fast', () => {
  expect(run(new SyncIoGovernor(), 10_032, fast)).toBe(10_000)
})

test('a disk that is always slow blocks the event loop once in thousands of calls', () => {
  const governor = new SyncIoGovernor()
  run(governor, 10_000, slow)
  expect(run(governor, 100_000, slow)).toBeLessThanOrEqual(25)
})

test('one slow call after 64 fast ones changes nothing, because a busy machine slows down single calls too', () => {
  const governor = new SyncIoGovernor()
  run(governor, 32, fast)
  for (let round = 0; round < 100; round++) {
    expect(run(governor, 64, fast)).toBe(64)
    governor.noteSync(1, slow)
    expect(governor.isSync).toBe(true)
  }
})

test('a second slow call within 64 calls sends eight calls to the pool, every time', () => {
  const governor = new SyncIoGovernor()
  run(governor, 32, fast)
  for (let round = 0; round < 100; round++) {
    expect(run(governor, 100, fast)).toBe(100)
    governor.noteSync(1, slow)
    expect(run(governor, 63, fast)).toBe(63)
    governor.noteSync(1, slow)
    expect(run(governor, 8, fast)).toBe(0)
  }
})

test('calls become synchronous again when a slow disk has become fast', () => {
  const governor = new SyncIoGovernor()
  run(governor, 100_000, slow)
  run(governor, 4096, fast)
  expect(run(governor, 100, fast)).toBe(100)
})

test('calls that are made together count separately, and are slow by their mean', () => {
  const governor = new SyncIoGovernor()
  governor.notePooled(40)
  expect(governor.isSync).toBe(true)
  governor.noteSync(4, 0.9)
  expect(governor.isSync).toBe(true)
  governor.noteSync(4, 1.1)
  expect(governor.isSync).toBe(false)
})
