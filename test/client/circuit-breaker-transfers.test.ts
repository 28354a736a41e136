import { type AttemptLayer, type R2ClientOptions, R2Error } from 'r2kit'
import { circuitBreaker } from 'r2kit/resilience'
import { describe, expect, test } from 'vitest'
import { fakeClient, type Script } from '../support/fake-transport.js'
import { errorOf } from '../support/results.js'
// Loaded before the first test: a virtual clock does not wait for a module.
import '../../packages/r2kit/src/transfers/engine.js'

const bucket = 'photos'

const clientWith = (layer: AttemptLayer, script: Script, options: Partial<R2ClientOptions>) =>
  fakeClient(script, { retry: { maxAttempts: 1 }, layers: { attempt: [layer] }, ...options })

describe('a transfer behind a circuit breaker', () => {
  const object = { bucket, key: 'a' }
  const bytes = new TextEncoder().encode('abc')
  const stored = { headers: { etag: '"900150983cd24fb0d6963f7d28e17f72"' } }

  test('waits for the trials of an open circuit, and resumes', async () => {
    const { r2, transport, clock }: ReturnType<typeof clientWith> = clientWith(
      circuitBreaker(),
      () => (clock.monotonicMs() < 40_000 ? { status: 503 } : stored),
      { random: () => 1 },
    )
    expect(await clock.run(Promise.resolve(r2.transfers.upload(bytes, object)))).toMatchObject({ size: 3 })
    // Five failures, a trial at about 33 s that fails, and one at about 63 s.
    expect(transport.sent).toHaveLength(7)
    expect(clock.monotonicMs()).toBeGreaterThan(60_000)
    expect(clock.monotonicMs()).toBeLessThan(70_000)
  })

  test('that begins while the circuit is open waits for its trials', async () => {
    const { r2, clock }: ReturnType<typeof clientWith> = clientWith(
      circuitBreaker({ failures: 1 }),
      () => (clock.monotonicMs() < 10_000 ? { status: 503 } : stored),
      { random: () => 1 },
    )
    await clock.run(errorOf(r2.objects.head(object)))
    expect(await clock.run(Promise.resolve(r2.transfers.upload(bytes, object)))).toMatchObject({ size: 3 })
    expect(clock.monotonicMs()).toBe(30_000)
  })

  test('ends after noProgressTimeoutMs where the server stays down', async () => {
    const { r2, clock } = clientWith(circuitBreaker(), () => ({ status: 503 }), { random: () => 1 })
    const error = await clock.run(errorOf(Promise.resolve(r2.transfers.upload(bytes, object))))
    expect(['CircuitOpen', 'ServiceUnavailable']).toContain(error.code)
    expect(error).toMatchObject({ retryVerdict: 'no-more-retries' })
    expect(clock.monotonicMs()).toBeLessThan(200_000)
  })

  test('fails within the attempts of a call where the server was never reached', async () => {
    const layer = circuitBreaker({ failures: 1 })
    const { r2, clock } = clientWith(layer, () => new R2Error('ConnectionFailed', 'refused'), { retry: {} })
    const error = await clock.run(errorOf(Promise.resolve(r2.transfers.upload(bytes, object))))
    expect(error.code).toBe('CircuitOpen')
    expect(clock.monotonicMs()).toBeLessThan(1_000)
  })
})
