/** Requirement 8.1: every operation is traced, measured and logged, in success and in failure, and no listener sees a secret. */
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Registry } from 'prom-client'
import { R2Client, type R2Event, type Transport } from 'r2kit'
import { logEvents } from 'r2kit/logging'
import { otelTraces } from 'r2kit/otel'
import { prometheusMetrics } from 'r2kit/prometheus'
import { expect, test } from 'vitest'
import { startLocalR2 } from '../../../local/src/index.js'
import { operations } from '../client/operations.js'

const bucket = 'photos'
const object = { bucket, key: 'cat.jpg' }
const customerKey = new Uint8Array(32).fill(65)

/** Calls every operation once or more. @param attempted receives each call, which may fail */
const callAll = async (r2: R2Client, attempted: <T>(call: Promise<T>) => Promise<T | undefined>): Promise<void> => {
  const { objects, multipart, buckets } = r2
  await attempted(buckets.create({ bucket }))
  await attempted(buckets.list())
  await attempted(buckets.head({ bucket }))
  await attempted(buckets.location({ bucket }))
  await attempted(objects.put({ ...object, body: 'abc', metadata: { owner: 'ana' } }))
  await attempted(objects.put({ ...object, key: 'hidden', body: 'abc', ssec: { key: customerKey } }))
  await attempted(objects.get(object))
  await attempted(objects.head(object))
  await attempted(objects.copy({ ...object, key: 'copy.jpg', source: object }))
  await attempted(objects.list({ bucket }))
  const { uploadId = 'unknown' } = (await attempted(multipart.create(object))) ?? {}
  const upload = { ...object, uploadId }
  const part = await attempted(
    multipart.uploadPart({ ...upload, partNumber: 1, body: new Uint8Array(5 * 1024 * 1024) }),
  )
  const copied = await attempted(multipart.uploadPartCopy({ ...upload, partNumber: 2, source: object }))
  await attempted(multipart.listParts(upload))
  await attempted(multipart.listUploads({ bucket }))
  const parts = [part, copied].map((each, index) => ({ partNumber: index + 1, etag: each?.etag ?? '0'.repeat(32) }))
  await attempted(multipart.complete({ ...upload, parts }))
  const { uploadId: second = 'unknown' } = (await attempted(multipart.create(object))) ?? {}
  await attempted(multipart.abort({ ...object, uploadId: second }))
  await attempted(buckets.cors.put({ bucket, rules: [{ allowedMethods: ['GET'], allowedOrigins: ['*'] }] }))
  await attempted(buckets.cors.get({ bucket }))
  await attempted(buckets.cors.delete({ bucket }))
  await attempted(buckets.lifecycle.put({ bucket, rules: [{ id: 'a', status: 'Enabled', expiration: { days: 1 } }] }))
  await attempted(buckets.lifecycle.get({ bucket }))
  await attempted(buckets.lifecycle.delete({ bucket }))
  await attempted(buckets.encryption.put({ bucket, rules: [{ algorithm: 'AES256', bucketKeyEnabled: false }] }))
  await attempted(buckets.encryption.get({ bucket }))
  await attempted(buckets.encryption.delete({ bucket }))
  await attempted(objects.delete(object))
  await attempted(objects.deleteObjects({ bucket, keys: ['copy.jpg', 'hidden'] }))
  await attempted(buckets.delete({ bucket }))
}

/** All listeners on one client, and everything that they have received, recorded or written. */
const observe = async (wrap: (inner: Transport) => Transport) => {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const registry = new Registry()
  const events: R2Event[] = []
  const lines: unknown[] = []
  const write = (...parts: unknown[]) => {
    lines.push(parts)
  }
  const logger = { error: write, warn: write, info: write, debug: write, trace: write }
  const signatures = new Set<string>()
  await using local = await startLocalR2()
  const { endpoint, credentials } = local
  await using r2 = new R2Client({
    endpoint,
    credentials,
    retry: { maxAttempts: 1 },
    transport: (inner) => {
      const wrapped = wrap(inner)
      return {
        name: 'signatures',
        close: () => wrapped.close(),
        send(request) {
          const [, signature = ''] = /Signature=(\w+)/.exec(request.headers.authorization ?? '') ?? []
          signatures.add(signature)
          return wrapped.send(request)
        },
      }
    },
    onEvent: [
      (event) => {
        events.push(event)
      },
      otelTraces({ tracerProvider }),
      prometheusMetrics({ registry }),
      logEvents(logger, { level: 'trace' }),
    ],
  })
  await callAll(r2, (call) => call.catch(() => undefined))
  const spans = exporter.getFinishedSpans().map(({ name, attributes, events: noted, status }) => ({
    name,
    attributes,
    noted,
    status,
  }))
  const exposed = await registry.metrics()
  const output = JSON.stringify([events, spans, lines]) + exposed
  return { credentials, events, spans, exposed, output, signatures }
}

const names = operations.map(({ name }) => name)
const refused: Transport = {
  name: 'refusing',
  close: async () => undefined,
  send: async () => ({
    status: 403,
    headers: {},
    body: new TextEncoder().encode('<Error><Code>AccessDenied</Code></Error>'),
  }),
}

test.each<[outcome: 'success' | 'failure', wrap: (inner: Transport) => Transport]>([
  ['success', (inner) => inner],
  ['failure', () => refused],
])('every operation is traced, measured and logged in %s, without a secret', async (outcome, wrap) => {
  const { credentials, events, spans, exposed, output, signatures } = await observe(wrap)
  const ended = events.filter((event) => event.type === 'call.ended')
  for (const name of names) {
    const ofOperation = ended.filter((event) => event.operation === name)
    expect([name, new Set(ofOperation.map((event) => event.outcome))]).toEqual([name, new Set([outcome])])
    expect(spans.map((span) => span.name)).toContain(`S3.${name}`)
    expect(exposed).toContain(`r2_requests_total{operation="${name}"`)
    if (outcome === 'failure')
      expect(exposed).toContain(`r2_errors_total{operation="${name}",error_type="AccessDenied"`)
  }
  expect(signatures.size).toBeGreaterThan(names.length - 1)
  const key = Buffer.from(customerKey)
  const secrets = [credentials.secretAccessKey, ...signatures, key.toString('base64'), key.toString('hex')]
  const encoded = [credentials.secretAccessKey].flatMap((secret) => [
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('hex'),
  ])
  expect([...secrets, ...encoded].filter((secret) => output.includes(secret))).toEqual([])
})
