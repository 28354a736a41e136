import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { R2Error } from '../errors/index.js'
import { retryPolicy } from '../resilience/index.js'
import { ProgressWatch, withTransferRetries } from './transfer-retries.js'

const setUp = (noProgressTimeoutMs = 60_000) => {
  const clock = new VirtualClock()
  const retry = retryPolicy({}, () => 1)
  const context = { clock, random: () => 1, noProgressTimeoutMs, retry }
  const abort = new AbortController()
  const watch = new ProgressWatch(context)
  return { clock, watch, abort, scope: { context, watch, control: { signal: abort.signal } } }
}
const reset = () => new R2Error('ConnectionReset', 'reset')

test('a part is retried any number of times while the transfer makes progress', async () => {
  const { clock, watch, scope } = setUp(5_000)
  let attempts = 0
  const work = async () => {
    attempts++
    watch.mark() // another part has arrived
    if (attempts < 50) throw reset()
    return 'arrived'
  }
  expect(await clock.run(withTransferRetries(scope, work))).toBe('arrived')
  expect(attempts).toBe(50)
})

test('a part without progress is given up after a time, not after a number of attempts', async () => {
  const { clock, scope } = setUp(60_000)
  const failing = withTransferRetries(scope, () => Promise.reject(reset()))
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'ConnectionReset' })
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(60_000)
  expect(clock.monotonicMs()).toBeLessThan(90_000)
})

test('a slow attempt is no time without progress: its first failure is retried', async () => {
  const { clock, scope } = setUp(60_000)
  let attempts = 0
  const work = async () => {
    if (++attempts > 1) return 'arrived'
    await new Promise<void>((resolve) => clock.after(200_000, resolve))
    throw reset()
  }
  expect(await clock.run(withTransferRetries(scope, work))).toBe('arrived')
})

test('a final error is thrown without another attempt', async () => {
  const { clock, scope } = setUp()
  let attempts = 0
  const failing = withTransferRetries(scope, () => {
    attempts++
    return Promise.reject(new R2Error('AccessDenied', 'no'))
  })
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(attempts).toBe(1)
})

test('the third IntegrityMismatch of a part is final', async () => {
  const { clock, scope } = setUp()
  let attempts = 0
  const failing = withTransferRetries(scope, () => {
    attempts++
    return Promise.reject(new R2Error('IntegrityMismatch', 'other bytes'))
  })
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'IntegrityMismatch' })
  expect(attempts).toBe(3)
})

test('a part is retried after the delay that the server asks for', async () => {
  const { clock, scope } = setUp()
  let attempts = 0
  const work = async () => {
    if (++attempts === 1) throw new R2Error('SlowDown', 'slow down', { retryAfterMs: 7_000 })
    return clock.monotonicMs()
  }
  expect(await clock.run(withTransferRetries(scope, work))).toBe(7_000)
})

test('an abort ends the delay before a retry, and leaves no timer', async () => {
  const { clock, abort, scope } = setUp()
  const waiting = withTransferRetries(scope, () => Promise.reject(reset()))
  waiting.catch(() => undefined)
  await clock.advance(1)
  abort.abort('enough')
  await expect(waiting).rejects.toMatchObject({ code: 'Aborted', cause: 'enough' })
  expect(clock.timers).toBe(0)
})

const refused = () => new R2Error('ConnectionFailed', 'refused')

test('a server that was never reached gets the attempts of the client’s retry policy', async () => {
  const { clock, scope } = setUp(120_000)
  let attempts = 0
  const work = () => {
    attempts++
    return Promise.reject(refused())
  }
  await expect(clock.run(withTransferRetries(scope, work))).rejects.toMatchObject({ code: 'ConnectionFailed' })
  expect(attempts).toBe(3)
  expect(clock.monotonicMs()).toBeLessThan(1_000)
})

test('a server that refuses connections during a transfer is retried until there is no progress for too long', async () => {
  const { clock, scope } = setUp(120_000)
  let attempts = 0
  const work = async () => {
    attempts++
    if (attempts === 1) throw reset()
    if (clock.monotonicMs() < 60_000) throw refused()
    return 'arrived'
  }
  expect(await clock.run(withTransferRetries(scope, work))).toBe('arrived')
  expect(attempts).toBeGreaterThan(3)
})

test('a delay that the server asks for is no time without progress', async () => {
  const { clock, scope } = setUp(20_000)
  let attempts = 0
  const work = async () => {
    if (++attempts === 3) return 'arrived'
    throw new R2Error('ServiceUnavailable', 'busy', attempts === 1 ? { retryAfterMs: 60_000 } : {})
  }
  expect(await clock.run(withTransferRetries(scope, work))).toBe('arrived')
})

test('a server that asks for one delay after another does not keep a transfer from ending', async () => {
  const { clock, scope } = setUp(20_000)
  const busy = () => new R2Error('ServiceUnavailable', 'busy', { retryAfterMs: 30_000 })
  const failing = withTransferRetries(scope, () => Promise.reject(busy()))
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'ServiceUnavailable' })
  expect(clock.monotonicMs()).toBe(60_000)
})
