import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { Goodput } from './goodput.js'

test('goodput counts bytes after the warm-up, in whole slices', async () => {
  const clock = new VirtualClock()
  const goodput = new Goodput(clock, 400)
  await clock.advance(399)
  expect(goodput.count(1_000_000)).toBe(false)
  await clock.advance(1)
  expect(goodput.count(3000)).toBe(false)
  await clock.advance(200)
  expect(goodput.count(9999)).toBe(true)
  expect(goodput.elapsedMs).toBe(200)
  expect(goodput.over(1000)).toBe(15)
})

test('goodput over a recent time differs from that over the whole memory', async () => {
  const clock = new VirtualClock()
  const goodput = new Goodput(clock, 0)
  for (let slice = 0; slice < 30; slice++) {
    await clock.advance(200)
    goodput.count(slice < 25 ? 200 : 400)
  }
  expect(goodput.elapsedMs).toBe(6000)
  expect(goodput.over(800)).toBe(2)
  expect(goodput.over(2000)).toBe(1.4)
})

test('time in which nothing moves counts as zero goodput, however long it is', async () => {
  const clock = new VirtualClock()
  const goodput = new Goodput(clock, 0)
  goodput.count(2000)
  await clock.advance(1000)
  goodput.count(0)
  expect(goodput.over(1000)).toBe(2)
  await clock.advance(3_600_000)
  goodput.count(5000)
  expect(goodput.over(2000)).toBe(0)
})
