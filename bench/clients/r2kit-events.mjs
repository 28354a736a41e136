import { metrics, trace } from '@opentelemetry/api'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import pino from 'pino'
import { Registry } from 'prom-client'
import { publishEvents } from 'r2kit/diagnostics'
import { logEvents } from 'r2kit/logging'
import { otelMetrics, otelTraces } from 'r2kit/otel'
import { prometheusMetrics } from 'r2kit/prometheus'
import { connect as connectPlain } from './r2kit.mjs'

/** Discards its input, so that the cost of an exporter does not count. */
const sink = { write: () => undefined }
const processor = {
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
}

/** Name of a contender → its listeners. */
const listeners = {
  none: () => undefined,
  'none again': () => undefined,
  'no-op': () => () => undefined,
  diagnostics: () => publishEvents(),
  prometheus: () => prometheusMetrics({ registry: new Registry() }),
  'logging (pino, info)': () => logEvents(pino(sink)),
  'logging (pino, debug)': () => logEvents(pino({ level: 'debug' }, sink), { level: 'debug' }),
  'otel without an SDK': () => [
    otelTraces({ tracerProvider: trace.getTracerProvider() }),
    otelMetrics({ meterProvider: metrics.getMeterProvider() }),
  ],
  'otel (SDK)': () => [
    otelTraces({ tracerProvider: new BasicTracerProvider({ spanProcessors: [processor] }) }),
    otelMetrics({ meterProvider: new MeterProvider() }),
  ],
}

/** r2kit with the listeners that `options.listener` names. */
export const connect = ({ options, ...rest }) =>
  connectPlain({ ...rest, options: { onEvent: listeners[options.listener]() } })
