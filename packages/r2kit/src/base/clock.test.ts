import { describe, expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { sleep, systemClock } from './clock.js'

describe('systemClock', () => {
  test.each([2 ** 31, 1e15, Number.POSITIVE_INFINITY])(
    'does not fire a timer of %d ms immediately',
    async (delayMs) => {
      let fired = false
      const timer = systemClock.after(delayMs, () => {
        fired = true
      })
      await new Promise((resolve) => systemClock.after(5, () => resolve(undefined)))
      timer.cancel()
      expect(fired).toBe(false)
    },
  )
})

describe('sleep', () => {
  test('ends after its delay', async () => {
    const clock = new VirtualClock(0)
    await clock.run(sleep(clock, 1_500))
    expect(clock.now()).toBe(1_500)
  })

  test('rejects immediately with the reason of an abort, and leaves no timer', async () => {
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
