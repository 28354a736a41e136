import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { CircuitBreaker, type CircuitState } from './circuit-breaker.js'

const setUp = () => {
  const clock = new VirtualClock()
  const changes: CircuitState[] = []
  const breaker = new CircuitBreaker({}, clock, (state) => changes.push(state))
  const request = (outcome: 'succeeded' | 'failed' | 'ended'): boolean => {
    const admission = breaker.admit()
    if (admission.isAdmitted) breaker[outcome](admission.round)
    return admission.isAdmitted
  }
  const fail = (times: number) => {
    for (let count = 0; count < times; count++) request('failed')
  }
  return { clock, breaker, changes, request, fail }
}

describe('a circuit breaker', () => {
  test('opens after five failures in a row, and refuses requests with the time of the next trial', async () => {
    const { breaker, clock, fail } = setUp()
    fail(4)
    expect(breaker.state).toBe('closed')
    fail(1)
    expect(breaker.state).toBe('open')
    await clock.advance(10_000)
    expect(breaker.admit()).toEqual({ isAdmitted: false, retryAfterMs: 20_000 })
  })

  test('stays closed while successes come between failures', () => {
    const { breaker, fail, request } = setUp()
    for (let round = 0; round < 10; round++) {
      fail(4)
      request('succeeded')
    }
    expect(breaker.state).toBe('closed')
  })

  test('lets trial requests through after 30 seconds, at most as many as successes are missing', async () => {
    const { breaker, clock, fail } = setUp()
    fail(5)
    await clock.advance(29_999)
    expect(breaker.admit().isAdmitted).toBe(false)
    await clock.advance(1)
    expect(breaker.state).toBe('half-open')
    expect([1, 2, 3, 4].map(() => breaker.admit().isAdmitted)).toEqual([true, true, true, false])
  })

  test('closes after three successful trials', async () => {
    const { changes, clock, fail, request } = setUp()
    fail(5)
    await clock.advance(30_000)
    for (let count = 0; count < 3; count++) request('succeeded')
    expect(changes).toEqual(['open', 'half-open', 'closed'])
  })

  test('opens again for 30 seconds when a trial fails', async () => {
    const { breaker, changes, clock, fail, request } = setUp()
    fail(5)
    await clock.advance(30_000)
    request('succeeded')
    request('failed')
    expect(changes).toEqual(['open', 'half-open', 'open'])
    expect(breaker.admit()).toEqual({ isAdmitted: false, retryAfterMs: 30_000 })
  })

  test('gives the place of an aborted trial to another request', async () => {
    const { clock, fail, request } = setUp()
    fail(5)
    await clock.advance(30_000)
    for (let count = 0; count < 10; count++) expect(request('ended')).toBe(true)
  })

  test('ignores outcomes of requests that began in an earlier state', async () => {
    const { breaker, clock, fail } = setUp()
    const before = breaker.admit()
    fail(5)
    await clock.advance(30_000)
    expect(breaker.state).toBe('half-open')
    if (before.isAdmitted) breaker.failed(before.round)
    expect(breaker.state).toBe('half-open')
  })

  test('admits a request 30 seconds after any sequence of outcomes', async () => {
    const outcome = fc.constantFrom('succeeded' as const, 'failed' as const, 'ended' as const)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(outcome, fc.nat(20_000)), { maxLength: 60 }), async (steps) => {
        const { clock, request } = setUp()
        for (const [result, pauseMs] of steps) {
          request(result)
          await clock.advance(pauseMs)
        }
        await clock.advance(30_000)
        expect(request('succeeded')).toBe(true)
      }),
    )
  })
})
