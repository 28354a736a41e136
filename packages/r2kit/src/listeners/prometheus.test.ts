/** `r2kit/prometheus` with a registry of prom-client. `npm run test:prometheus` scrapes one with Prometheus itself. */
import { Registry } from 'prom-client'
import { prometheusMetrics } from 'r2kit/prometheus'
import { circuitBreaker } from 'r2kit/resilience'
import { describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, type Script } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'

const found: Script = ({ method }) => ({ headers: objectHeaders(3), body: method === 'PUT' ? '' : 'abc' })
const failing =
  (times: number, status = 503): Script =>
  (request, number) =>
    number <= times ? { status } : found(request, number)

const lines = async (registry: Registry, name: string) =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'))

describe('prometheusMetrics', () => {
  test('registers the nine metrics of requirement 8.3, with their kinds, labels and buckets', async () => {
    const registry = new Registry()
    prometheusMetrics({ registry })
    const kept = await registry.getMetricsAsJSON()
    const described = kept.map(({ name, type }) => {
      const { labelNames, upperBounds } = registry.getSingleMetric(name) as unknown as {
        labelNames: string[]
        upperBounds?: number[]
      }
      return [name, type, labelNames.filter((label) => label !== 'le').join(' '), upperBounds?.join(' ')]
    })
    expect(described).toEqual([
      ['r2_requests_total', 'counter', 'operation bucket status', undefined],
      ['r2_request_duration_seconds', 'histogram', 'operation bucket', '0.01 0.05 0.1 0.5 1 5 30 60'],
      ['r2_bytes_transferred_total', 'counter', 'operation bucket direction', undefined],
      ['r2_errors_total', 'counter', 'operation error_type retryable', undefined],
      ['r2_retries_total', 'counter', 'operation attempt', undefined],
      ['r2_circuit_breaker_state', 'gauge', '', undefined],
      ['r2_multipart_parts_per_upload', 'histogram', 'bucket', '1 5 10 50 100 500 1000'],
      ['r2_connection_pool_size', 'gauge', '', undefined],
      ['r2_signing_key_cache_hits_total', 'counter', '', undefined],
    ])
  })

  test('counts calls, errors, retries, bytes and hits of the signing key cache', async () => {
    const registry = new Registry()
    const { r2, clock } = fakeClient(failing(2), { onEvent: prometheusMetrics({ registry }) })
    await clock.run(r2.objects.get({ bucket: 'photos', key: 'x' }))
    await clock.run(r2.objects.put({ bucket: 'photos', key: 'x', body: 'abcd', verify: false }))
    await errorOf(r2.objects.get({ bucket: 'NO', key: 'x' }))
    expect(await lines(registry, 'r2_requests_total')).toEqual([
      'r2_requests_total{operation="GetObject",bucket="photos",status="200"} 1',
      'r2_requests_total{operation="PutObject",bucket="photos",status="200"} 1',
      'r2_requests_total{operation="GetObject",bucket="other",status="none"} 1',
    ])
    expect(await lines(registry, 'r2_retries_total')).toEqual([
      'r2_retries_total{operation="GetObject",attempt="2"} 1',
      'r2_retries_total{operation="GetObject",attempt="3"} 1',
    ])
    expect(await lines(registry, 'r2_errors_total')).toEqual([
      'r2_errors_total{operation="GetObject",error_type="InvalidInput",retryable="false"} 1',
    ])
    expect(await lines(registry, 'r2_bytes_transferred_total')).toEqual([
      'r2_bytes_transferred_total{operation="GetObject",bucket="photos",direction="download"} 3',
      'r2_bytes_transferred_total{operation="PutObject",bucket="photos",direction="upload"} 4',
    ])
    expect(await lines(registry, 'r2_signing_key_cache_hits_total')).toEqual(['r2_signing_key_cache_hits_total 3'])
  })

  test('gives buckets beyond maxBuckets the label other', async () => {
    const registry = new Registry()
    const { r2 } = fakeClient(found, { onEvent: prometheusMetrics({ registry, maxBuckets: 2 }) })
    for (let index = 0; index < 20; index++) await r2.objects.head({ bucket: `bucket-${index}`, key: 'x' })
    await r2.objects.head({ bucket: 'bucket-1', key: 'x' })
    expect(await lines(registry, 'r2_requests_total')).toEqual([
      'r2_requests_total{operation="HeadObject",bucket="bucket-0",status="200"} 1',
      'r2_requests_total{operation="HeadObject",bucket="bucket-1",status="200"} 2',
      'r2_requests_total{operation="HeadObject",bucket="other",status="200"} 18',
    ])
  })

  test('shows an open breaker before a half-open one, of all clients that share the listener', async () => {
    const registry = new Registry()
    const onEvent = prometheusMetrics({ registry })
    const state = async () => Number((await lines(registry, 'r2_circuit_breaker_state'))[0]?.split(' ')[1])
    const options = () => ({
      onEvent,
      retry: { maxAttempts: 1 },
      layers: { attempt: [circuitBreaker({ failures: 1, successes: 1, per: 'bucket' as const })] },
    })
    const a = fakeClient(failing(1), options())
    const b = fakeClient(failing(1), options())
    const get = ({ r2, clock }: typeof a, bucket: string) => clock.run(r2.objects.get({ bucket, key: 'x' }))
    expect(await state()).toBe(0)
    await errorOf(get(a, 'one'))
    await errorOf(get(b, 'one'))
    expect(await state()).toBe(1)
    await a.clock.advance(30_000)
    await get(a, 'one')
    expect(await state()).toBe(1)
    await b.clock.advance(30_000)
    await get(b, 'one')
    expect(await state()).toBe(0)
  })

  test('refuses options without a registry', () => {
    expect(() => prometheusMetrics({} as never)).toThrow(/registry/)
  })
})
