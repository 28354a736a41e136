import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lane } from './lane.js'

/** Work that ends when `end` is called. */
const openEnded = () => {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { work: () => ended, end }
}

const isSettledSoon = async (promise: Promise<unknown> | undefined): Promise<boolean> => {
  let isSettled = false
  void Promise.resolve(promise).then(() => {
    isSettled = true
  })
  await new Promise(setImmediate)
  return isSettled
}

test('adding work waits when the lane and its backlog are full', async () => {
  const lane = new Lane(2, 1)
  const works = Array.from({ length: 4 }, openEnded)
  const added = works.map(({ work }) => lane.add(work))
  expect(await Promise.all(added.map(isSettledSoon))).toEqual([true, true, true, false])
  works[0]?.end()
  expect(await isSettledSoon(added[3] ?? Promise.reject(new Error('none')))).toBe(true)
  for (const { end } of works) end()
  await lane.idle()
})

test('all work of a lane runs once, at most its width concurrently, and idle waits for all of it', async () => {
  const schedule = fc.record({
    width: fc.integer({ min: 1, max: 4 }),
    backlog: fc.integer({ min: 0, max: 3 }),
    ticks: fc.array(fc.nat(3), { maxLength: 20 }),
  })
  await fc.assert(
    fc.asyncProperty(schedule, async ({ width, backlog, ticks }) => {
      const lane = new Lane(width, backlog)
      let running = 0
      let most = 0
      const ran: number[] = []
      for (const [index, count] of ticks.entries()) {
        await lane.add(async () => {
          most = Math.max(most, ++running)
          for (let tick = 0; tick < count; tick++) await Promise.resolve()
          running--
          ran.push(index)
        })
      }
      await lane.idle()
      expect(ran.sort((a, b) => a - b)).toEqual([...ticks.keys()])
      expect(most).toBeLessThanOrEqual(width)
    }),
  )
})
