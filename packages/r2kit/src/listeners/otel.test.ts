/** `r2kit/otel` with the OpenTelemetry SDK, whose in-memory exporters show what a backend would receive. */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { R2Client } from 'r2kit'
import { otelMetrics, otelTraces } from 'r2kit/otel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClient, objectHeaders, type Script, streamOf } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { startLocalR2 } from '../../../local/src/index.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const failing =
  (times: number, status = 503): Script =>
  ({ method }, number) =>
    number <= times
      ? { status }
      : { headers: objectHeaders(3, { 'cf-ray': 'ray-1' }), body: method === 'PUT' ? '' : 'abc' }

describe('otelTraces', () => {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  })
  afterAll(() => context.disable())

  const setUp = (script: Script) => {
    const exporter = new InMemorySpanExporter()
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
    const client = fakeClient(script, { onEvent: otelTraces({ tracerProvider }) })
    return { ...client, tracer: tracerProvider.getTracer('application'), spans: () => exporter.getFinishedSpans() }
  }
  const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId

  test('records a span per call below the active one, and in it a span per attempt', async () => {
    const { r2, clock, tracer, spans } = setUp(failing(1))
    await tracer.startActiveSpan('request of a user', async (parent) => {
      await clock.run(r2.objects.get(object))
      parent.end()
    })
    const [first, second, call, parent] = spans()
    expect(spans().map(({ name }) => name)).toEqual(['GET', 'GET', 'S3.GetObject', 'request of a user'])
    expect(call?.parentSpanContext?.spanId).toBe(idOf(parent))
    expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual([idOf(call), idOf(call)])
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1)
    expect(call).toMatchObject({
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'rpc.system.name': 'aws-api',
        'rpc.method': 'S3/GetObject',
        'server.address': '0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com',
        'server.port': 443,
        'aws.s3.bucket': 'photos',
        'aws.s3.key': 'cat.jpg',
        'http.response.status_code': 200,
        'r2.request_id': 'ray-1',
        'r2.attempts': 2,
        'r2.bytes_sent': 0,
        'r2.bytes_received': 3,
      },
    })
    expect(call?.events).toMatchObject([
      { name: 'r2.retry', attributes: { 'r2.verdict': 'retry-after', 'error.type': 'ServiceUnavailable' } },
    ])
    expect(first).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 503,
        'error.type': 'ServiceUnavailable',
        'url.full': 'https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com/photos/cat.jpg',
      },
    })
    expect(first?.attributes).not.toHaveProperty('http.request.resend_count')
    expect(second?.attributes['http.request.resend_count']).toBe(1)
  })

  test('records the requests of a transfer below the span in which it was started', async () => {
    const exporter = new InMemorySpanExporter()
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
    const tracer = tracerProvider.getTracer('application')
    await using local = await startLocalR2()
    const { endpoint, credentials } = local
    await using r2 = new R2Client({ endpoint, credentials, onEvent: otelTraces({ tracerProvider }) })
    await r2.buckets.create({ bucket: object.bucket })
    exporter.reset()
    const partSizeBytes = 5 * 1024 * 1024
    const parents = ['a', 'b'].map((key) =>
      tracer.startActiveSpan(key, async (parent) => {
        await r2.transfers.upload(
          new Uint8Array(partSizeBytes + 1),
          { ...object, key },
          { partSizeBytes, thresholdBytes: 1 },
        )
        parent.end()
        return parent.spanContext().spanId
      }),
    )
    for (const [index, parentId] of (await Promise.all(parents)).entries()) {
      const children = exporter.getFinishedSpans().filter((span) => span.parentSpanContext?.spanId === parentId)
      expect(children.map(({ name }) => name).sort()).toEqual([
        'S3.CompleteMultipartUpload',
        'S3.CreateMultipartUpload',
        'S3.UploadPart',
        'S3.UploadPart',
      ])
      expect(new Set(children.map(({ attributes }) => attributes['aws.s3.key']))).toEqual(new Set(['ab'[index]]))
      const parts = children.filter(({ name }) => name === 'S3.UploadPart')
      expect(parts.map(({ attributes }) => attributes['aws.s3.part_number']).sort()).toEqual([1, 2])
      expect(parts[0]?.attributes['aws.s3.upload_id']).toEqual(expect.any(String))
    }
  })

  test('records the error of a call that fails', async () => {
    const { r2, spans } = setUp(failing(9, 404))
    const error = await errorOf(r2.objects.get(object))
    const call = spans().at(-1)
    expect(call?.status).toEqual({ code: SpanStatusCode.ERROR, message: error.message })
    expect(call?.attributes['error.type']).toBe('ObjectNotFound')
    expect(call?.events.find(({ name }) => name === 'exception')?.attributes).toMatchObject({
      'exception.message': error.message,
    })
  })

  test('ends the span of a streamed response with its body', async () => {
    const { r2, spans } = setUp(() => ({ headers: objectHeaders(6), body: streamOf('abc', 'def') }))
    const { body } = await r2.objects.getStream(object, { resume: false })
    expect(spans().map(({ name }) => name)).toEqual(['GET'])
    await new Response(body).text()
    expect(spans().at(-1)).toMatchObject({ name: 'S3.GetObject', attributes: { 'r2.bytes_received': 6 } })
  })

  test('uses the global provider unless one is passed, and records nothing without any', async () => {
    const { r2 } = fakeClient(failing(0), { onEvent: otelTraces() })
    expect((await r2.objects.get(object)).size).toBe(3)
    expect(trace.getActiveSpan()).toBeUndefined()
  })
})

describe('otelMetrics', () => {
  test('records durations, bytes and retries without attributes of unbounded values', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
    const meterProvider = new MeterProvider({ readers: [reader] })
    const { r2, clock } = fakeClient(failing(1), { onEvent: otelMetrics({ meterProvider }) })
    await clock.run(r2.objects.get(object))
    await clock.run(r2.objects.put({ ...object, body: 'abcd', verify: false }))
    await r2.presign.get(object)
    await reader.forceFlush()
    const recorded = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    const points = (name: string) =>
      (recorded.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []) as DataPoint<unknown>[]
    const server = {
      'server.address': '0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com',
      'server.port': 443,
    }
    const get = { 'rpc.system.name': 'aws-api', 'rpc.method': 'S3/GetObject' }
    const put = { ...get, 'rpc.method': 'S3/PutObject' }
    expect(points('rpc.client.call.duration').map(({ attributes }) => attributes)).toEqual([
      { ...get, ...server },
      { ...put, ...server },
    ])
    expect(points('rpc.client.call.duration').map(({ value }) => (value as Histogram).count)).toEqual([1, 1])
    expect(points('http.client.request.duration').map(({ attributes }) => attributes)).toEqual([
      { 'http.request.method': 'GET', ...server, 'http.response.status_code': 503, 'error.type': 'ServiceUnavailable' },
      { 'http.request.method': 'GET', ...server, 'http.response.status_code': 200 },
      { 'http.request.method': 'PUT', ...server, 'http.response.status_code': 200 },
    ])
    expect(points('r2.client.io').map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ ...get, 'network.io.direction': 'receive' }, 3],
      [{ ...put, 'network.io.direction': 'transmit' }, 4],
    ])
    expect(points('r2.client.retries').map(({ value }) => value)).toEqual([1])
    expect(points('r2.client.signing_key_cache.hits').map(({ value }) => value)).toEqual([3])
    expect(JSON.stringify(recorded)).not.toContain('cat.jpg')
    await meterProvider.shutdown()
  })
})
