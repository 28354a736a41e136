import { describe, expect, test } from 'vitest'
import { VirtualClock } from './virtual-clock.js'

describe('the virtual clock', () => {
  test('the clock stands still until it is advanced, and advances by exactly the given time', async () => {
    const clock = new VirtualClock(1_000)
    expect(clock.now()).toBe(1_000)
    await clock.advance(250)
    expect(clock.now()).toBe(1_250)
    expect(clock.monotonicMs()).toBe(250)
  })

  test('timers fire in the order of their due times, and at the same time in the order of creation', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.after(20, () => fired.push('late'))
    clock.after(10, () => fired.push('first of two'))
    clock.after(10, () => fired.push('second of two'))
    clock.after(30, () => fired.push('not yet'))
    await clock.advance(20)
    expect(fired).toEqual(['first of two', 'second of two', 'late'])
    expect(clock.nextTimerInMs).toBe(10)
  })

  test('a timer fires at its due time, and a timer that it creates fires within the same advance', async () => {
    const clock = new VirtualClock(0)
    const seen: number[] = []
    clock.after(10, () => {
      seen.push(clock.now())
      Promise.resolve().then(() => clock.after(5, () => seen.push(clock.now())))
    })
    await clock.advance(100)
    expect(seen).toEqual([10, 15])
  })

  test('a cancelled timer never fires', async () => {
    const clock = new VirtualClock()
    let fired = false
    const timer = clock.after(10, () => {
      fired = true
    })
    timer.cancel()
    await clock.advance(100)
    expect(fired).toBe(false)
    expect(clock.timers).toBe(0)
  })

  test('a timer with an infinite delay never fires', async () => {
    const clock = new VirtualClock()
    let fired = false
    clock.after(Number.POSITIVE_INFINITY, () => {
      fired = true
    })
    await clock.advance(1e15)
    expect(fired).toBe(false)
  })

  test('run advances from timer to timer until the work is done, and no further', async () => {
    const clock = new VirtualClock(0)
    const wait = (delayMs: number) => new Promise<void>((resolve) => clock.after(delayMs, resolve))
    const never = clock.after(1_000_000_000, () => expect.unreachable())
    const response = await clock.run(
      (async () => {
        await wait(100)
        await wait(3_600_000 - 200)
        return 'done'
      })().catch(() => 'failed'),
    )
    expect(response).toBe('done')
    expect(clock.now()).toBe(3_599_900)
    never.cancel()
    expect(clock.timers).toBe(0)
  })
})
