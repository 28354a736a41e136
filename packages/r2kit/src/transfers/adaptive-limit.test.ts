import { expect, test } from 'vitest'
import { VirtualClock } from '#test/support/virtual-clock.js'
import { AdaptiveLimit } from './adaptive-limit.js'

/** Simulates a network with a total throughput and a throughput per connection. */
const simulate = async (
  limit: AdaptiveLimit,
  clock: VirtualClock,
  seconds: number,
  link: { readonly bytesPerSecond: number; readonly perConnection: number; readonly burst?: (atMs: number) => number },
): Promise<void> => {
  const stop = new AbortController()
  const stepMs = 50
  const connections = new Set<Awaited<ReturnType<AdaptiveLimit['acquire']>>>()
  const feed = async () => {
    for (;;) connections.add(await limit.acquire(stop.signal))
  }
  const feeding = feed().catch(() => {
    // The simulation is over.
  })
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs += stepMs) {
    await clock.advance(stepMs)
    const share = Math.min(link.perConnection, link.bytesPerSecond / connections.size) * (stepMs / 1000)
    const each = share * (link.burst?.(elapsedMs) ?? 1)
    for (const connection of connections) connection.moved(each)
    while (connections.size > limit.limit) {
      const [last] = connections
      if (last === undefined) break
      connections.delete(last)
      last.done({ bytes: 0 })
    }
  }
  stop.abort()
  await feeding
  for (const connection of connections) connection.done({ bytes: 0 })
}

test('the limit climbs while more connections raise the goodput', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  await simulate(limit, clock, 8, { bytesPerSecond: 25e6, perConnection: 1e6 })
  expect(limit.limit).toBe(32)
})

test('the limit stops one step above the number of connections that saturate the network', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  await simulate(limit, clock, 8, { bytesPerSecond: 25e6, perConnection: 25e6 })
  expect(limit.limit).toBe(8)
})

test('the climb resumes when a change of the network lowers the goodput', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  await simulate(limit, clock, 8, { bytesPerSecond: 25e6, perConnection: 25e6 })
  await simulate(limit, clock, 20, { bytesPerSecond: 25e6, perConnection: 1e6 })
  expect(limit.limit).toBe(32)
})

test('a step that seemed to gain nothing is followed by the next when goodput falls later', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  await simulate(limit, clock, 3, { bytesPerSecond: 25e6, perConnection: 25e6 })
  expect(limit.limit).toBe(8)
  await simulate(limit, clock, 4, { bytesPerSecond: 25e6, perConnection: 1e6 })
  expect(limit.limit).toBe(32)
})

test('after a minute one more step is tried, and taken back when it gains nothing', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  const link = { bytesPerSecond: 25e6, perConnection: 25e6 }
  await simulate(limit, clock, 60, link)
  expect(limit.limit).toBe(8)
  let most = 0
  for (let second = 0; second < 8; second++) {
    await simulate(limit, clock, 1, link)
    most = Math.max(most, limit.limit)
  }
  expect(most).toBe(16)
  expect(limit.limit).toBe(8)
})

test('the trial after a minute starts a climb when the network has become faster', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  const perConnection = 3e6
  await simulate(limit, clock, 20, { bytesPerSecond: 12e6, perConnection })
  expect(limit.limit).toBe(8)
  await simulate(limit, clock, 30, { bytesPerSecond: 100e6, perConnection })
  expect(limit.limit).toBe(8)
  await simulate(limit, clock, 20, { bytesPerSecond: 100e6, perConnection })
  expect(limit.limit).toBe(32)
})

test('bursts in the goodput do not raise the limit', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  // The effect of socket buffers on a saturated upload.
  const burst = (atMs: number) => (atMs % 1000 < 500 ? 1.25 : 0.75)
  await simulate(limit, clock, 10, { bytesPerSecond: 25e6, perConnection: 25e6, burst })
  expect(limit.limit).toBe(8)
})

test('connections that were still starting at the first measurement do not make the step look like a gain', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  const burst = (atMs: number) => (atMs < 600 ? 0.3 : 1)
  await simulate(limit, clock, 10, { bytesPerSecond: 25e6, perConnection: 25e6, burst })
  expect(limit.limit).toBe(8)
})

test('a clear gain leads to the next step within a second', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  await simulate(limit, clock, 5, { bytesPerSecond: 40e6, perConnection: 1e6 })
  expect(limit.limit).toBe(32)
})

test('time without transfers is not measured as low goodput', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  const link = { bytesPerSecond: 25e6, perConnection: 25e6 }
  const leave = limit.enter()
  await simulate(limit, clock, 4, link)
  leave()
  await clock.advance(3000)
  limit.enter()
  await simulate(limit, clock, 2, link)
  expect(limit.limit).toBe(8)
})

test('congestion cuts the limit immediately, and once for requests that were in flight together', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 10, max: 32, clock })
  await clock.advance(1000)
  const permits = await Promise.all(Array.from({ length: 5 }, () => limit.acquire()))
  await clock.advance(50)
  for (const permit of permits) permit.done({ bytes: 0, congested: true })
  expect(limit.limit).toBe(7)
  const later = await limit.acquire()
  await clock.advance(300)
  later.done({ bytes: 0, congested: true })
  expect(limit.limit).toBe(4)
})

test('a limit that was cut is not measured while more requests than it allows are in flight', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 8, max: 32, clock })
  await clock.advance(1000)
  const permits = await Promise.all(Array.from({ length: 8 }, () => limit.acquire()))
  const waiting = limit.acquire()
  const flow = async (seconds: number) => {
    for (let step = 0; step < seconds * 10; step++) {
      await clock.advance(100)
      for (const permit of permits) permit.moved(1000)
    }
  }
  await clock.advance(300)
  permits.shift()?.done({ bytes: 0, congested: true })
  expect(limit.limit).toBe(5)
  await flow(12)
  expect(limit.limit).toBe(5)
  for (const permit of permits.splice(0, 2)) permit.done({ bytes: 0 })
  await flow(2)
  expect(limit.limit).toBe(11)
  ;(await waiting).done({ bytes: 0 })
})

test('the limit never falls below one', async () => {
  const clock = new VirtualClock()
  const limit = new AdaptiveLimit({ initial: 4, max: 32, clock })
  for (let round = 0; round < 20; round++) {
    const permit = await limit.acquire()
    await clock.advance(500)
    permit.done({ bytes: 0, congested: true })
  }
  expect(limit.limit).toBe(1)
})

test('each new transfer raises the limit by its initial permits, up to the maximum', () => {
  const limit = new AdaptiveLimit({ initial: 4, max: 10, clock: new VirtualClock() })
  limit.enter()
  expect(limit.limit).toBe(4)
  limit.enter()
  expect(limit.limit).toBe(8)
  limit.enter()
  expect(limit.limit).toBe(10)
})

test('permits are granted first come, first served, and an abort ends a wait', async () => {
  const limit = new AdaptiveLimit({ initial: 1, max: 1, clock: new VirtualClock() })
  const first = await limit.acquire()
  const abort = new AbortController()
  const order: string[] = []
  const second = limit.acquire(abort.signal)
  const third = limit.acquire().then((permit) => {
    order.push('third')
    return permit
  })
  const fourth = limit.acquire().then(() => order.push('fourth'))
  abort.abort()
  await expect(second).rejects.toMatchObject({ code: 'Aborted' })
  first.done({ bytes: 0 })
  first.done({ bytes: 0 })
  ;(await third).done({ bytes: 0 })
  await fourth
  expect(order).toEqual(['third', 'fourth'])
  expect(limit.inUse).toBe(1)
})
