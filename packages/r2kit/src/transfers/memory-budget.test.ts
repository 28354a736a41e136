import { expect, test } from 'vitest'
import { MemoryBudget } from './memory-budget.js'

const isSettledSoon = async (promise: Promise<unknown>): Promise<boolean> => {
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

test('bytes are reserved while they fit, and then first come, first served', async () => {
  const budget = new MemoryBudget(10)
  const first = await budget.reserve(6)
  const second = budget.reserve(5)
  const third = budget.reserve(1)
  expect(await isSettledSoon(second)).toBe(false)
  expect(await isSettledSoon(third)).toBe(false) // it would fit, but it must not overtake
  first.release()
  await Promise.all([second, third])
  expect(budget.usedBytes).toBe(6)
})

test('a zero-byte reservation never queues, since its holder may hold what the others wait for', async () => {
  const budget = new MemoryBudget(10)
  await budget.reserve(12)
  const waiting = budget.reserve(5)
  expect(await isSettledSoon(budget.reserve(0))).toBe(true)
  expect(await isSettledSoon(waiting)).toBe(false)
})

test('read-ahead yields to ordinary reservations, one of which is granted beside it', async () => {
  const budget = new MemoryBudget(10)
  await budget.reserveReadAhead(10)
  expect(await isSettledSoon(budget.reserveReadAhead(1))).toBe(false)
  const part = budget.reserve(6)
  expect(await isSettledSoon(part)).toBe(true)
  const next = budget.reserve(6)
  expect(await isSettledSoon(next)).toBe(false) // one at a time: otherwise memory would be unbounded
  ;(await part).release()
  expect(await isSettledSoon(next)).toBe(true)
})

test('a second release of a reservation has no effect', async () => {
  const budget = new MemoryBudget(10)
  const first = await budget.reserve(4)
  await budget.reserve(4)
  first.release()
  first.release()
  expect(budget.usedBytes).toBe(4)
})

test('a reservation larger than the budget waits until nothing else is reserved', async () => {
  const budget = new MemoryBudget(10)
  const small = await budget.reserve(1)
  const large = budget.reserve(25)
  const next = budget.reserve(1)
  expect(await isSettledSoon(large)).toBe(false)
  small.release()
  const granted = await large
  expect(budget.usedBytes).toBe(25)
  expect(await isSettledSoon(next)).toBe(false)
  granted.release()
  await next
})

test('an aborted reservation no longer blocks those behind it', async () => {
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

test('an unqueued reservation is granted immediately, above the limit', async () => {
  const budget = new MemoryBudget(10)
  await budget.reserve(10)
  const extra = budget.reserveUnqueued(3)
  expect(budget.usedBytes).toBe(13)
  extra.release()
  expect(budget.usedBytes).toBe(10)
})

test('a buffer is reused by a waiting reservation, and dropped with the last one', async () => {
  const budget = new MemoryBudget(10)
  const [first, second] = [await budget.reserve(5), await budget.reserve(5)]
  const buffers = [first.buffer(), second.buffer()]
  expect(first.buffer()).toBe(buffers[0])
  const third = budget.reserve(5)
  first.release({ reuse: true })
  expect((await third).buffer()).toBe(buffers[0])
  second.release() // without reuse: it may still be read
  const fourth = await budget.reserve(5)
  expect(buffers).not.toContain(fourth.buffer())
  const last = fourth.buffer()
  for (const reservation of [await third, fourth]) reservation.release({ reuse: true })
  expect([...buffers, last]).not.toContain((await budget.reserve(5)).buffer())
})

test('idle buffers are dropped when reserved bytes need their memory', async () => {
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

test('a memory budget of zero or NaN bytes is rejected', () => {
  expect(() => new MemoryBudget(0)).toThrow(/memory budget/)
  expect(() => new MemoryBudget(Number.NaN)).toThrow(/memory budget/)
})
