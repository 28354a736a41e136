import { expect, test } from 'vitest'
import { MemoryBudget } from './memory-budget.js'

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let isSettled = false
  promise.then(
    () => {
      isSettled = true
    },
    () => {
      isSettled = true
    },
  )
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  return isSettled
}

test('bytes are granted while they fit, and then in the order of asking', async () => {
  const budget = new MemoryBudget(10)
  const first = await budget.reserve(6)
  const second = budget.reserve(5)
  const third = budget.reserve(1)
  expect(await settled(second)).toBe(false)
  expect(await settled(third)).toBe(false) // it would fit, but nobody is overtaken
  first.release()
  await Promise.all([second, third])
  expect(budget.usedBytes).toBe(6)
})

test('no bytes are granted at once, whoever waits: who asks may hold what the others wait for', async () => {
  const budget = new MemoryBudget(10)
  await budget.reserve(12)
  const waiting = budget.reserve(5)
  expect(await settled(budget.reserve(0))).toBe(true)
  expect(await settled(waiting)).toBe(false)
})

test('what waits for readers does not stop one who may be such a reader, and is overtaken by them', async () => {
  const budget = new MemoryBudget(10)
  await budget.reserveReadAhead(10)
  expect(await settled(budget.reserveReadAhead(1))).toBe(false)
  const part = budget.reserve(6)
  expect(await settled(part)).toBe(true)
  const next = budget.reserve(6)
  expect(await settled(next)).toBe(false) // one at a time, or there would be no bound
  ;(await part).release()
  expect(await settled(next)).toBe(true)
})

test('releasing twice gives the bytes back once', async () => {
  const budget = new MemoryBudget(10)
  const first = await budget.reserve(4)
  await budget.reserve(4)
  first.release()
  first.release()
  expect(budget.usedBytes).toBe(4)
})

test('a request for more than there is waits until all is free, and is granted alone', async () => {
  const budget = new MemoryBudget(10)
  const small = await budget.reserve(1)
  const large = budget.reserve(25)
  const next = budget.reserve(1)
  expect(await settled(large)).toBe(false)
  small.release()
  const granted = await large
  expect(budget.usedBytes).toBe(25)
  expect(await settled(next)).toBe(false)
  granted.release()
  await next
})

test('whoever stops waiting lets those behind through', async () => {
  const budget = new MemoryBudget(10)
  await budget.reserve(8)
  const abort = new AbortController()
  const large = budget.reserve(9, abort.signal)
  const small = budget.reserve(2)
  abort.abort('enough')
  await expect(large).rejects.toMatchObject({ code: 'Aborted', cause: 'enough' })
  await small
  expect(budget.usedBytes).toBe(10)
})

test('the one buffer that a transfer needs to get on is granted at once', async () => {
  const budget = new MemoryBudget(10)
  await budget.reserve(10)
  const extra = budget.reserveUnqueued(3)
  expect(budget.usedBytes).toBe(13)
  extra.release()
  expect(budget.usedBytes).toBe(10)
})

test('a buffer that has served serves again, also for the one who waits for it, and goes with the last reservation', async () => {
  const budget = new MemoryBudget(10)
  const [first, second] = [await budget.reserve(5), await budget.reserve(5)]
  const buffers = [first.buffer(), second.buffer()]
  expect(first.buffer()).toBe(buffers[0])
  const third = budget.reserve(5)
  first.release({ reuse: true })
  expect((await third).buffer()).toBe(buffers[0])
  second.release() // somebody may still read it
  const fourth = await budget.reserve(5)
  expect(buffers).not.toContain(fourth.buffer())
  const last = fourth.buffer()
  for (const reservation of [await third, fourth]) reservation.release({ reuse: true })
  expect([...buffers, last]).not.toContain((await budget.reserve(5)).buffer())
})

test('buffers that wait to serve again stand back behind what is reserved', async () => {
  const budget = new MemoryBudget(10)
  const kept = await budget.reserve(1)
  const served = await budget.reserve(5)
  const buffer = served.buffer()
  served.release({ reuse: true })
  const large = await budget.reserve(9)
  large.buffer()
  large.release()
  expect((await budget.reserve(5)).buffer()).not.toBe(buffer)
  kept.release()
})

test('a budget of nothing is refused', () => {
  expect(() => new MemoryBudget(0)).toThrow(/memory budget/)
  expect(() => new MemoryBudget(Number.NaN)).toThrow(/memory budget/)
})
