import { type Attributes, type Meter, type MeterProvider, metrics } from '@opentelemetry/api'
import type { R2EventListener } from '../observability/index.js'
import { objectOf, refuseOption, withMethods } from '../validation/index.js'
import { breakerGauge } from './breaker-gauge.js'
import { type Handlers, listenerOf } from './handlers.js'
import { errorAttributes, instrumentationName, rpcAttributes, serverAttributes } from './otel-attributes.js'
import { SumOfClients } from './sum-of-clients.js'

/** Options of `otelMetrics`. */
export interface OtelMetricsOptions {
  /** Makes the meter. @defaultValue the global provider of `@opentelemetry/api` */
  readonly meterProvider?: MeterProvider | undefined
}

const optionsField = objectOf<OtelMetricsOptions>(
  'OtelMetricsOptions',
  { meterProvider: withMethods<MeterProvider>('a MeterProvider', 'getMeter') },
  { argument: 'options' },
)

/** The conventions' own boundaries, in seconds, for durations of RPC and HTTP calls. */
const durationBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * Makes a listener that records metrics: `rpc.client.call.duration` per call, `http.client.request.duration` per attempt, and
 * `r2.client.…` for bytes, retries, parts, connections, breakers and the signing key cache. No attribute has unbounded values:
 * neither buckets nor keys are attributes.
 *
 * @throws R2Error `InvalidConfig`
 * @example
 * const r2 = new R2Client({ accountId, credentials, onEvent: otelMetrics({ meterProvider }) })
 */
export const otelMetrics = (given: OtelMetricsOptions = {}): R2EventListener => {
  const { meterProvider = metrics.getMeterProvider() } = optionsField.read(given, '', refuseOption)
  return listenerOf(handlersOf(createInstruments(meterProvider.getMeter(instrumentationName))))
}

const createInstruments = (meter: Meter) => {
  const advice = { explicitBucketBoundaries: durationBoundaries }
  return {
    calls: meter.createHistogram('rpc.client.call.duration', {
      unit: 's',
      description: 'Duration of a call, with its retries and a streamed response',
      advice,
    }),
    requests: meter.createHistogram('http.client.request.duration', {
      unit: 's',
      description: 'Duration of an attempt, to its response or the head of a streamed one',
      advice,
    }),
    io: meter.createCounter('r2.client.io', { unit: 'By', description: 'Bytes of bodies, by direction' }),
    retries: meter.createCounter('r2.client.retries', { unit: '{retry}', description: 'Requests sent again' }),
    parts: meter.createHistogram('r2.client.multipart.parts', {
      unit: '{part}',
      description: 'Parts of a completed multipart upload',
      advice: { explicitBucketBoundaries: [1, 5, 10, 50, 100, 500, 1000] },
    }),
    connections: meter.createGauge('http.client.open_connections', {
      unit: '{connection}',
      description: 'Open connections, busy or idle',
    }),
    breaker: meter.createGauge('r2.client.breaker.state', { description: '0 closed, 1 open, 2 half-open' }),
    keyCacheHits: meter.createCounter('r2.client.signing_key_cache.hits', {
      unit: '{hit}',
      description: 'Signatures whose key was cached',
    }),
  }
}

const handlersOf = (instruments: ReturnType<typeof createInstruments>): Handlers => {
  const { calls, requests, io, retries, parts, connections, breaker, keyCacheHits } = instruments
  /** Attributes that the end of a call or an attempt takes from its start, by call. */
  const servers = new Map<number, Attributes>()
  const attempts = new Map<number, Attributes>()
  const pools = new SumOfClients()
  const breakers = breakerGauge()
  const countHit = ({ isKeyCached }: { readonly isKeyCached: boolean }) => {
    if (isKeyCached) keyCacheHits.add(1)
  }
  return {
    'call.started'({ callId, endpoint }) {
      servers.set(callId, serverAttributes(endpoint))
    },
    'attempt.started'({ callId, method, url }) {
      attempts.set(callId, { 'http.request.method': method, ...serverAttributes(url) })
    },
    'attempt.ended'({ callId, durationMs, status, error }) {
      const attributes = { ...attempts.get(callId), ...errorAttributes(error) }
      requests.record(
        durationMs / 1000,
        status === undefined ? attributes : { ...attributes, 'http.response.status_code': status },
      )
    },
    'call.ended'({ callId, operation, durationMs, bytesSent, bytesReceived, error }) {
      const method = rpcAttributes(operation)
      calls.record(durationMs / 1000, { ...method, ...servers.get(callId), ...errorAttributes(error) })
      if (bytesSent > 0) io.add(bytesSent, { ...method, 'network.io.direction': 'transmit' })
      if (bytesReceived > 0) io.add(bytesReceived, { ...method, 'network.io.direction': 'receive' })
      servers.delete(callId)
      attempts.delete(callId)
    },
    'retry.decided'({ verdict, operation, error }) {
      if (verdict === 'retry-after') retries.add(1, { ...rpcAttributes(operation), ...errorAttributes(error) })
    },
    'transfer.retried'({ operation = '_OTHER', error }) {
      retries.add(1, { ...rpcAttributes(operation), ...errorAttributes(error) })
    },
    'multipart.completed'(event) {
      parts.record(event.parts)
    },
    'pool.resized'(event) {
      connections.record(pools.set(event.clientId, event.connections))
    },
    'breaker.changed'(event) {
      breaker.record(breakers(event))
    },
    'request.signed': countHit,
    'url.presigned': countHit,
  }
}
