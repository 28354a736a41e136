import { expect, test } from 'vitest'
import { forEachConcurrent } from './pool.js'

const neverAborted = new AbortController().signal

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('forEachConcurrent processes at most the given number of items, and reads no item in advance', async () => {
  let read = 0
  let finished = 0
  let unfinishedMax = 0
  const source = async function* () {
    while (read < 50) {
      read += 1
      unfinishedMax = Math.max(unfinishedMax, read - finished)
      yield read
    }
  }
  await forEachConcurrent(source(), 3, neverAborted, async () => {
    await nextTurn()
    finished += 1
  })
  expect([read, finished, unfinishedMax]).toEqual([50, 50, 3])
})

test('forEachConcurrent rejects with a failure after it has stopped reading and the pending work has ended', async () => {
  let closed = false
  const finished: number[] = []
  const source = async function* () {
    try {
      for (let item = 0; ; item += 1) yield item
    } finally {
      closed = true
    }
  }
  const work = forEachConcurrent(source(), 2, neverAborted, async (item) => {
    if (item === 5) throw new Error('five')
    await nextTurn()
    finished.push(item)
  })
  await expect(work).rejects.toThrow('five')
  expect(closed).toBe(true)
  expect(finished).toContain(4)
})

test('forEachConcurrent stops before the next item when it is aborted', async () => {
  const controller = new AbortController()
  const seen: number[] = []
  const source = async function* () {
    for (let item = 0; ; item += 1) yield item
  }
  const work = forEachConcurrent(source(), 1, controller.signal, async (item) => {
    seen.push(item)
    if (item === 2) controller.abort()
  })
  await expect(work).rejects.toMatchObject({ name: 'AbortError' })
  expect(seen).toEqual([0, 1, 2])
})
