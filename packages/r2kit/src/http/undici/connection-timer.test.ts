import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { ConnectionTimer } from './connection-timer.js'

/** A time limit that sets the timer again where it fires too early, as `PeerWatch` does. */
const limited = (clock: VirtualClock, timer: ConnectionTimer, timeMs: number) => {
  const state = { endedAtMs: Number.NaN, calls: 0 }
  const dueMs = clock.monotonicMs() + timeMs
  const timed = {
    timerFired() {
      const nowMs = clock.monotonicMs()
      state.calls++
      if (nowMs < dueMs) timer.set(timed, nowMs, dueMs - nowMs)
      else state.endedAtMs = nowMs
    },
  }
  timer.set(timed, clock.monotonicMs(), timeMs)
  return { state, stop: () => timer.stop(timed) }
}

test('one timer serves the time limits of many requests', async () => {
  const clock = new VirtualClock()
  const timer = new ConnectionTimer(clock)
  for (let request = 0; request < 10; request++) {
    const { state, stop } = limited(clock, timer, 1_000)
    await clock.advance(99)
    stop()
    expect(clock.timers).toBe(1)
    expect(state.calls).toBe(0)
  }
})

test('a timer that the request before has set does not shorten the time limit of the next one', async () => {
  const clock = new VirtualClock()
  const timer = new ConnectionTimer(clock)
  limited(clock, timer, 1_000).stop()
  await clock.advance(600)
  const { state } = limited(clock, timer, 1_000)
  await clock.advance(999)
  expect(state.endedAtMs).toBeNaN()
  await clock.advance(1)
  expect(state.endedAtMs).toBe(1_600)
})

test('a time limit that ends before the timer of the request before is kept', async () => {
  const clock = new VirtualClock()
  const timer = new ConnectionTimer(clock)
  limited(clock, timer, 60_000).stop()
  const { state } = limited(clock, timer, 10)
  expect(clock.timers).toBe(1)
  await clock.advance(10)
  expect(state).toEqual({ endedAtMs: 10, calls: 1 })
  expect(clock.timers).toBe(0)
})

test('an idle connection has no timer once the last one has fired', async () => {
  const clock = new VirtualClock()
  const timer = new ConnectionTimer(clock)
  const { state, stop } = limited(clock, timer, 1_000)
  stop()
  await clock.advance(1_000)
  expect(clock.timers).toBe(0)
  expect(state.calls).toBe(0)
})

test('the end of an earlier time limit does not end the one that has replaced it', async () => {
  const clock = new VirtualClock()
  const timer = new ConnectionTimer(clock)
  const first = limited(clock, timer, 500)
  const second = limited(clock, timer, 500)
  first.stop()
  await clock.advance(500)
  expect(second.state.endedAtMs).toBe(500)
})

test('a cancelled timer leaves nothing behind', () => {
  const clock = new VirtualClock()
  const timer = new ConnectionTimer(clock)
  limited(clock, timer, 500)
  timer.cancel()
  expect(clock.timers).toBe(0)
})
