/** The layers of `r2kit/resilience` in a client, on virtual time. */
import type { AttemptLayer, R2Client, R2ClientOptions } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { type FakeTransport, fakeClient, objectHeaders, type Script, streamOf } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import type { VirtualClock } from '#test/support/virtual-clock.js'
import { seededRandom } from '../simulation/seeded-random.js'
import type { CircuitState } from './circuit-breaker.js'
import { circuitBreaker } from './circuit-breaker-layer.js'
import { concurrencyLimit } from './concurrency-layer.js'
import { keyPacing, rateLimit } from './pacing-layers.js'

const bucket = 'photos'
const found: Script = () => ({ headers: objectHeaders(3), body: 'abc' })

interface SetUp {
  readonly r2: R2Client
  readonly transport: FakeTransport
  readonly clock: VirtualClock
}

const clientWith = (layer: AttemptLayer, script: Script = found, options: Partial<R2ClientOptions> = {}): SetUp =>
  fakeClient(script, { retry: { maxAttempts: 1 }, layers: { attempt: [layer] }, ...options })

describe('circuitBreaker', () => {
  test('leaves a server that is down alone, and finds it again when it is back', async () => {
    let isDown = true
    const states: CircuitState[] = []
    const layer = circuitBreaker({ onChange: (state) => states.push(state) })
    const { r2, transport, clock } = clientWith(layer, () =>
      isDown ? { status: 503 } : { headers: objectHeaders(3), body: 'abc' },
    )
    const outcomes: string[] = []
    // A call per second of a minute in which the server is down, and of half a minute after it.
    for (let second = 0; second < 90; second++) {
      if (second === 60) isDown = false
      const outcome = await clock.run(
        r2.objects.get({ bucket, key: 'a' }).then(
          () => 'ok',
          ({ code }) => code as string,
        ),
      )
      outcomes.push(outcome)
      await clock.advance(1_000)
    }
    // Five failures, and one trial at 35 s; the next, at 66 s, finds the server.
    expect(outcomes.slice(0, 60).filter((outcome) => outcome !== 'CircuitOpen')).toHaveLength(6)
    expect(outcomes.slice(70).every((outcome) => outcome === 'ok')).toBe(true)
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
    expect(transport.sent.length).toBeLessThan(6 + 30)
  })

  test('rejects calls immediately with the time of the next trial, and does not retry them', async () => {
    const { r2, transport, clock } = clientWith(circuitBreaker(), () => ({ status: 500 }), { retry: {} })
    for (let count = 0; count < 2; count++) await clock.run(errorOf(r2.objects.get({ bucket, key: 'a' })))
    const sent = transport.sent.length
    const failure = await clock.run(errorOf(r2.objects.get({ bucket, key: 'a' })))
    expect(failure).toMatchObject({ code: 'CircuitOpen', retryAfterMs: expect.any(Number) })
    expect(failure.retryAfterMs).toBeGreaterThan(29_000)
    expect(transport.sent).toHaveLength(sent)
  })

  test('does not open for responses that the server gives in good health: 404, 403, 412, 429', async () => {
    const statuses = [404, 403, 412, 429]
    const { r2, clock } = clientWith(circuitBreaker(), (_, number) => ({ status: statuses[number % 4] ?? 404 }))
    for (let count = 0; count < 12; count++) {
      expect((await clock.run(errorOf(r2.objects.get({ bucket, key: 'a' })))).code).not.toBe('CircuitOpen')
    }
  })

  test('with one breaker per bucket, a bucket that fails does not stop the others', async () => {
    const { r2, clock } = clientWith(circuitBreaker({ per: 'bucket' }), ({ path }) =>
      path.startsWith('/bad') ? { status: 500 } : found({} as never, 1),
    )
    for (let count = 0; count < 5; count++) await clock.run(errorOf(r2.objects.get({ bucket: 'bad-bucket', key: 'a' })))
    expect(await clock.run(errorOf(r2.objects.get({ bucket: 'bad-bucket', key: 'a' })))).toMatchObject({
      code: 'CircuitOpen',
    })
    expect((await clock.run(r2.objects.get({ bucket, key: 'a' }))).text()).toBe('abc')
  })
})

describe('rateLimit', () => {
  test('sends a burst, and then as many requests per second as it allows, in order', async () => {
    const { r2, transport, clock } = clientWith(rateLimit({ requestsPerSecond: 2, burst: 3 }))
    const startMs = clock.monotonicMs()
    const times: number[] = []
    const calls = Array.from({ length: 7 }, (_, index) =>
      r2.objects.get({ bucket, key: `${index}` }).then(() => times.push(clock.monotonicMs() - startMs)),
    )
    await clock.run(Promise.all(calls))
    expect(times).toEqual([0, 0, 0, 500, 1_000, 1_500, 2_000])
    expect(transport.sent.map(({ path }) => path.at(-1))).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  })

  test('fails a call whose timeoutMs would pass in the wait, and gives its place to the next', async () => {
    const { r2, clock } = clientWith(rateLimit({ requestsPerSecond: 1 }))
    await r2.objects.get({ bucket, key: 'a' })
    expect(await errorOf(r2.objects.get({ bucket, key: 'a' }, { timeoutMs: 500 }))).toMatchObject({ code: 'Timeout' })
    const startMs = clock.monotonicMs()
    await clock.run(r2.objects.get({ bucket, key: 'a' }))
    expect(clock.monotonicMs() - startMs).toBe(1_000)
  })

  test('a wait ends when the call is aborted or the client disposed', async () => {
    const { r2, clock } = clientWith(rateLimit({ requestsPerSecond: 0.001, burst: 1 }))
    await r2.objects.get({ bucket, key: 'a' })
    const controller = new AbortController()
    const aborted = errorOf(r2.objects.get({ bucket, key: 'a' }, { signal: controller.signal }))
    const closed = errorOf(r2.objects.get({ bucket, key: 'a' }))
    await clock.advance(10)
    controller.abort()
    expect(await aborted).toMatchObject({ code: 'Aborted' })
    await r2.dispose()
    expect(await closed).toMatchObject({ code: 'ClientClosed' })
    expect(clock.timers).toBe(0)
  })
})

describe('keyPacing', () => {
  test('writes to a key once per second, and lets reads and other keys pass', async () => {
    const stored: Script = ({ method }) => (method === 'GET' ? found({} as never, 1) : { status: 204 })
    const { r2, clock } = clientWith(keyPacing(), stored)
    const startMs = clock.monotonicMs()
    const at: Record<string, number> = {}
    const note = (name: string) => () => {
      at[name] = clock.monotonicMs() - startMs
    }
    await clock.run(
      Promise.all([
        r2.objects.delete({ bucket, key: 'a' }).then(note('first')),
        r2.objects.delete({ bucket, key: 'a' }).then(note('second')),
        r2.objects.delete({ bucket, key: 'b' }).then(note('other key')),
        r2.objects.get({ bucket, key: 'a' }).then(note('read')),
      ]),
    )
    expect(at).toEqual({ first: 0, second: 1_000, 'other key': 0, read: 0 })
  })
})

describe('concurrencyLimit', () => {
  test('holds a permit until the body of a stream has ended', async () => {
    const { r2, transport } = clientWith(concurrencyLimit(1), () => ({
      headers: objectHeaders(3),
      body: streamOf('a', 'b', 'c'),
    }))
    const { body } = await r2.objects.getStream({ bucket, key: 'a' })
    const second = r2.objects.getStream({ bucket, key: 'b' })
    await new Promise(setImmediate)
    expect(transport.sent).toHaveLength(1)
    for await (const _ of body) {
      // Read to the end.
    }
    await second
    expect(transport.sent).toHaveLength(2)
  })

  test('gives the permit of a cancelled body and of a failed request to the next', async () => {
    const { r2, transport } = clientWith(concurrencyLimit(1), (_, number) =>
      number === 2 ? { status: 404 } : { headers: objectHeaders(3), body: streamOf('abc') },
    )
    const { body } = await r2.objects.getStream({ bucket, key: 'a' })
    await body.cancel()
    await errorOf(r2.objects.getStream({ bucket, key: 'b' }))
    await r2.objects.getStream({ bucket, key: 'c' })
    expect(transport.sent).toHaveLength(3)
  })

  test('a request that waits for a permit ends with its signal, and takes no permit', async () => {
    const { r2, transport } = clientWith(concurrencyLimit(1), () => ({
      headers: objectHeaders(3),
      body: streamOf('abc'),
    }))
    const { body } = await r2.objects.getStream({ bucket, key: 'a' })
    const controller = new AbortController()
    const aborted = errorOf(r2.objects.getStream({ bucket, key: 'b' }, { signal: controller.signal }))
    await new Promise(setImmediate)
    controller.abort()
    expect(await aborted).toMatchObject({ code: 'Aborted' })
    await body.cancel()
    await r2.objects.getStream({ bucket, key: 'c' })
    expect(transport.sent.map(({ path }) => path)).toEqual(['/photos/a', '/photos/c'])
  })
})

/** A response that arrives after those of the same turn. */
const slowly = <T>(response: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, response))

describe('the retry budget', () => {
  test('lets every call retry while most requests succeed', async () => {
    const { r2, transport, clock } = fakeClient((_, number) => ({ status: number % 2 === 0 ? 204 : 500 }))
    for (let count = 0; count < 1_000; count++) await clock.run(r2.objects.delete({ bucket, key: 'a' }))
    expect(transport.sent).toHaveLength(2_000)
  })

  test('sends one request per call once an outage has used up the budget, and retries again when successes have refilled it', async () => {
    let isDown = true
    const { r2, transport, clock } = fakeClient(() => ({ status: isDown ? 500 : 204 }), { retry: { budget: 20 } })
    for (let count = 0; count < 100; count++) await clock.run(errorOf(r2.objects.delete({ bucket, key: 'a' })))
    expect(transport.sent).toHaveLength(100 + 20)
    isDown = false
    for (let count = 0; count < 4; count++) await r2.objects.delete({ bucket, key: 'a' })
    isDown = true
    for (let count = 0; count < 10; count++) await clock.run(errorOf(r2.objects.delete({ bucket, key: 'a' })))
    expect(transport.sent).toHaveLength(120 + 4 + 10 + 4)
  })

  test.each(['failures', 'successes'])(
    'lets 2,000 concurrent calls retry where their %s arrive first',
    async (first) => {
      const random = seededRandom(1)
      const failed = { status: 500 }
      const succeeded = { status: 204 }
      const { r2, clock } = fakeClient(() => {
        if (random() < 0.5) return first === 'failures' ? failed : slowly(failed)
        return first === 'failures' ? slowly(succeeded) : succeeded
      })
      const calls = Array.from({ length: 2_000 }, () => r2.objects.delete({ bucket, key: 'a' }))
      const outcomes = await clock.run(Promise.allSettled(calls))
      const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.attempts] : []))
      expect(failures.length).toBeGreaterThan(200)
      expect(new Set(failures)).toEqual(new Set([3]))
    },
  )

  test('gives a burst that fails as a whole fewer retries than calls, and the calls after it none', async () => {
    const { r2, transport, clock } = fakeClient(() => ({ status: 500 }))
    const burst = async () => {
      const calls = Array.from({ length: 2_000 }, () => r2.objects.delete({ bucket, key: 'a' }))
      await clock.run(Promise.allSettled(calls))
    }
    await burst()
    expect(transport.sent.length).toBeLessThan(2_000 + 2_000)
    await clock.run(errorOf(r2.objects.delete({ bucket, key: 'a' })))
    const sent = transport.sent.length
    for (let count = 0; count < 10; count++) await clock.run(errorOf(r2.objects.delete({ bucket, key: 'a' })))
    expect(transport.sent).toHaveLength(sent + 10)
  })

  test('is refilled by final responses: a client that meets absent keys is no outage', async () => {
    const { r2, transport, clock } = fakeClient((_, number) => ({ status: number % 2 === 0 ? 404 : 500 }), {
      retry: { budget: 20 },
    })
    for (let count = 0; count < 100; count++) await clock.run(r2.objects.exists({ bucket, key: 'a' }))
    expect(transport.sent).toHaveLength(200)
  })

  test('gives none with a size of 0, whatever is in flight', async () => {
    const { r2, transport, clock } = fakeClient(() => ({ status: 500 }), { retry: { budget: 0 } })
    const calls = Array.from({ length: 10 }, () => r2.objects.delete({ bucket, key: 'a' }))
    await clock.run(Promise.allSettled(calls))
    expect(transport.sent).toHaveLength(10)
  })

  test('is off with an infinite size', async () => {
    const { r2, transport, clock } = fakeClient(() => ({ status: 500 }), {
      retry: { budget: Number.POSITIVE_INFINITY },
    })
    for (let count = 0; count < 400; count++) await clock.run(errorOf(r2.objects.delete({ bucket, key: 'a' })))
    expect(transport.sent).toHaveLength(1_200)
  })
})

test('a half-open circuit with all of its trials in flight rejects with a message without a time', async () => {
  let respond: () => void = () => undefined
  const { r2, clock } = clientWith(circuitBreaker({ failures: 1, successes: 1 }), (_, number) =>
    number === 1
      ? { status: 500 }
      : new Promise((resolve) => {
          respond = () => resolve({ headers: objectHeaders(3), body: 'abc' })
        }),
  )
  await clock.run(errorOf(r2.objects.get({ bucket, key: 'a' })))
  await clock.advance(30_000)
  const trial = r2.objects.get({ bucket, key: 'a' })
  const error = await errorOf(r2.objects.get({ bucket, key: 'a' }))
  expect(error).toMatchObject({ code: 'CircuitOpen', retryAfterMs: 0 })
  expect(error.message).not.toContain('0 ms')
  respond()
  expect((await trial).size).toBe(3)
})
