import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { R2Error } from '../errors/index.js'
import { retryPolicy } from '../resilience/index.js'
import { ProgressWatch, retryPart } from './transfer-retries.js'

const setUp = (noProgressTimeoutMs = 60_000) => {
  const clock = new VirtualClock()
  const retry = retryPolicy({}, () => 1)
  const context = { clock, random: () => 1, noProgressTimeoutMs, retry }
  const abort = new AbortController()
  return { clock, context, watch: new ProgressWatch(context), abort, signal: abort.signal }
}
const reset = () => new R2Error('ConnectionReset', 'reset')

test('a part is tried as often as it takes, while the transfer gets on', async () => {
  const { clock, context, watch, signal } = setUp(5_000)
  let attempts = 0
  const work = async () => {
    attempts++
    watch.mark() // another part has arrived
    if (attempts < 50) throw reset()
    return 'arrived'
  }
  expect(await clock.run(retryPart(context, { watch, signal }, work))).toBe('arrived')
  expect(attempts).toBe(50)
})

test('without progress it gives up on time, not on a count', async () => {
  const { clock, context, watch, signal } = setUp(60_000)
  const failing = retryPart(context, { watch, signal }, () => Promise.reject(reset()))
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'ConnectionReset' })
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(60_000)
  expect(clock.monotonicMs()).toBeLessThan(90_000)
})

test('a slow attempt is no time without progress: what fails for the first time is tried again', async () => {
  const { clock, context, watch, signal } = setUp(60_000)
  let attempts = 0
  const work = async () => {
    if (++attempts > 1) return 'arrived'
    await new Promise<void>((resolve) => clock.after(200_000, resolve))
    throw reset()
  }
  expect(await clock.run(retryPart(context, { watch, signal }, work))).toBe('arrived')
})

test('a final error is thrown at once', async () => {
  const { clock, context, watch, signal } = setUp()
  let attempts = 0
  const failing = retryPart(context, { watch, signal }, () => {
    attempts++
    return Promise.reject(new R2Error('AccessDenied', 'no'))
  })
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'AccessDenied' })
  expect(attempts).toBe(1)
})

test('wrong bytes three times over are final', async () => {
  const { clock, context, watch, signal } = setUp()
  let attempts = 0
  const failing = retryPart(context, { watch, signal }, () => {
    attempts++
    return Promise.reject(new R2Error('IntegrityMismatch', 'other bytes'))
  })
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'IntegrityMismatch' })
  expect(attempts).toBe(3)
})

test('the server says how long to wait', async () => {
  const { clock, context, watch, signal } = setUp()
  let attempts = 0
  const work = async () => {
    if (++attempts === 1) throw new R2Error('SlowDown', 'slow down', { retryAfterMs: 7_000 })
    return clock.monotonicMs()
  }
  expect(await clock.run(retryPart(context, { watch, signal }, work))).toBe(7_000)
})

test('an abort ends the wait and leaves no timer', async () => {
  const { clock, context, watch, abort, signal } = setUp()
  const waiting = retryPart(context, { watch, signal }, () => Promise.reject(reset()))
  waiting.catch(() => undefined)
  await clock.advance(1)
  abort.abort('enough')
  await expect(waiting).rejects.toMatchObject({ code: 'Aborted', cause: 'enough' })
  expect(clock.timers).toBe(0)
})

const refused = () => new R2Error('ConnectionFailed', 'refused')

test('a server that was never reached fails a transfer within the client’s retry policy', async () => {
  const { clock, context, watch, signal } = setUp(120_000)
  let attempts = 0
  const work = () => {
    attempts++
    return Promise.reject(refused())
  }
  await expect(clock.run(retryPart(context, { watch, signal }, work))).rejects.toMatchObject({
    code: 'ConnectionFailed',
  })
  expect(attempts).toBe(3)
  expect(clock.monotonicMs()).toBeLessThan(1_000)
})

test('a server that refuses connections in mid-transfer is given its time', async () => {
  const { clock, context, watch, signal } = setUp(120_000)
  let attempts = 0
  const work = async () => {
    attempts++
    if (attempts === 1) throw reset()
    if (clock.monotonicMs() < 60_000) throw refused()
    return 'arrived'
  }
  expect(await clock.run(retryPart(context, { watch, signal }, work))).toBe('arrived')
  expect(attempts).toBeGreaterThan(3)
})

test('a wait that the server asks for is no time without progress', async () => {
  const { clock, context, watch, signal } = setUp(20_000)
  let attempts = 0
  const work = async () => {
    if (++attempts === 3) return 'arrived'
    throw new R2Error('ServiceUnavailable', 'busy', attempts === 1 ? { retryAfterMs: 60_000 } : {})
  }
  expect(await clock.run(retryPart(context, { watch, signal }, work))).toBe('arrived')
})

test('a server that asks for one wait after the other does not keep a transfer from ending', async () => {
  const { clock, context, watch, signal } = setUp(20_000)
  const busy = () => new R2Error('ServiceUnavailable', 'busy', { retryAfterMs: 30_000 })
  const failing = retryPart(context, { watch, signal }, () => Promise.reject(busy()))
  await expect(clock.run(failing)).rejects.toMatchObject({ code: 'ServiceUnavailable' })
  expect(clock.monotonicMs()).toBe(60_000)
})
