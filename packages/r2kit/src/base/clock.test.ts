import { describe, expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { sleep, systemClock } from './clock.js'

describe('the machine’s clock', () => {
  test.each([2 ** 31, 1e15, Number.POSITIVE_INFINITY])('a timer of %d ms does not fire at once', async (delayMs) => {
    let fired = false
    const timer = systemClock.after(delayMs, () => {
      fired = true
    })
    await new Promise((resolve) => systemClock.after(5, () => resolve(undefined)))
    timer.cancel()
    expect(fired).toBe(false)
  })
})

describe('sleep', () => {
  test('ends at its time', async () => {
    const clock = new VirtualClock(0)
    await clock.run(sleep(clock, 1_500))
    expect(clock.now()).toBe(1_500)
  })

  test('ends at once with the reason of an abort, and leaves no timer', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = sleep(clock, 1_500, controller.signal)
    controller.abort(reason)
    await expect(work).rejects.toBe(reason)
    await expect(sleep(clock, 1, controller.signal)).rejects.toBe(reason)
    expect(clock.timers).toBe(0)
  })
})
