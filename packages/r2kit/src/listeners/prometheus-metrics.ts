import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { R2EventListener } from '../observability/index.js'
import { integer, objectOf, refuseOption, required, withMethods } from '../validation/index.js'
import { boundedLabel } from './bounded-label.js'
import { breakerGauge } from './breaker-gauge.js'
import { type Handlers, listenerOf } from './handlers.js'
import { SumOfClients } from './sum-of-clients.js'

/** Options of `prometheusMetrics`. */
export interface PrometheusMetricsOptions {
  /** Where the metrics are registered: a registry of your own, or `register` of `prom-client`. */
  readonly registry: Registry
  /** Most buckets with a label of their own; further ones share the label `other`. @defaultValue 100 */
  readonly maxBuckets?: number | undefined
}

const optionsField = objectOf<PrometheusMetricsOptions>(
  'PrometheusMetricsOptions',
  {
    registry: required(withMethods<Registry>('a Registry of prom-client', 'registerMetric', 'metrics')),
    maxBuckets: integer(0),
  },
  { argument: 'options' },
)

/** Transfers repeat a part as long as anything moves, so attempts beyond this number share one label. */
const attemptMax = 10

/**
 * Makes a listener that keeps the nine metrics of requirement 8.3. Make one per registry, and pass it to all clients: their
 * connections are added up.
 *
 * @throws R2Error `InvalidConfig`; an error of `prom-client` where the registry has the metrics already
 * @example
 * import { register } from 'prom-client'
 * const r2 = new R2Client({ accountId, credentials, onEvent: prometheusMetrics({ registry: register }) })
 */
export const prometheusMetrics = (given: PrometheusMetricsOptions): R2EventListener => {
  const { registry, maxBuckets = 100 } = optionsField.read(given, '', refuseOption)
  return listenerOf(handlersOf(createMetrics(registry), maxBuckets))
}

const createMetrics = (registry: Registry) => {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'r2_requests_total',
      help: 'Calls that have ended, by HTTP status; none where no response arrived',
      labelNames: ['operation', 'bucket', 'status'],
      registers,
    }),
    durations: new Histogram({
      name: 'r2_request_duration_seconds',
      help: 'Duration of calls, with retries and a streamed response',
      labelNames: ['operation', 'bucket'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60],
      registers,
    }),
    bytes: new Counter({
      name: 'r2_bytes_transferred_total',
      help: 'Bytes of bodies; uploads count once, when R2 has accepted them',
      labelNames: ['operation', 'bucket', 'direction'],
      registers,
    }),
    errors: new Counter({
      name: 'r2_errors_total',
      help: 'Calls that have failed, by the code of their error',
      labelNames: ['operation', 'error_type', 'retryable'],
      registers,
    }),
    retries: new Counter({
      name: 'r2_retries_total',
      help: 'Requests that are sent again, by the number of the attempt, from 2',
      labelNames: ['operation', 'attempt'],
      registers,
    }),
    breaker: new Gauge({
      name: 'r2_circuit_breaker_state',
      help: '0 closed, 1 open, 2 half-open; 1 while any breaker is open',
      registers,
    }),
    parts: new Histogram({
      name: 'r2_multipart_parts_per_upload',
      help: 'Parts of completed multipart uploads',
      labelNames: ['bucket'],
      buckets: [1, 5, 10, 50, 100, 500, 1000],
      registers,
    }),
    connections: new Gauge({
      name: 'r2_connection_pool_size',
      help: 'Open connections, busy or idle',
      registers,
    }),
    keyCacheHits: new Counter({
      name: 'r2_signing_key_cache_hits_total',
      help: 'Signatures whose signing key was cached',
      registers,
    }),
  }
}

const handlersOf = (metrics: ReturnType<typeof createMetrics>, maxBuckets: number): Handlers => {
  const { requests, durations, bytes, errors, retries, breaker, parts, connections, keyCacheHits } = metrics
  const bucketLabel = boundedLabel(maxBuckets)
  const pools = new SumOfClients()
  const breakers = breakerGauge()
  const countHit = ({ isKeyCached }: { readonly isKeyCached: boolean }) => {
    if (isKeyCached) keyCacheHits.inc()
  }
  return {
    'call.ended'({ operation, bucket: name, status = 'none', attempts, durationMs, bytesSent, bytesReceived, error }) {
      const bucket = bucketLabel(name, attempts > 0)
      requests.inc({ operation, bucket, status })
      durations.observe({ operation, bucket }, durationMs / 1000)
      if (bytesSent > 0) bytes.inc({ operation, bucket, direction: 'upload' }, bytesSent)
      if (bytesReceived > 0) bytes.inc({ operation, bucket, direction: 'download' }, bytesReceived)
      if (error !== undefined) errors.inc({ operation, error_type: error.code, retryable: String(error.retryable) })
    },
    'retry.decided'({ verdict, operation, attempt }) {
      if (verdict === 'retry-after') retries.inc(retryLabels(operation, attempt))
    },
    'transfer.retried'({ operation = 'none', attempt }) {
      retries.inc(retryLabels(operation, attempt))
    },
    'multipart.completed'(event) {
      parts.observe({ bucket: bucketLabel(event.bucket, true) }, event.parts)
    },
    'breaker.changed'(event) {
      breaker.set(breakers(event))
    },
    'pool.resized'(event) {
      connections.set(pools.set(event.clientId, event.connections))
    },
    'request.signed': countHit,
    'url.presigned': countHit,
  }
}

const retryLabels = (operation: string, failedAttempt: number) => ({
  operation,
  attempt: failedAttempt < attemptMax ? String(failedAttempt + 1) : 'more',
})
