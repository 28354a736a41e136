/** `r2kit/otel`: OpenTelemetry traces and metrics of a client. Needs the peer dependency `@opentelemetry/api`. */
export { type OtelMetricsOptions, otelMetrics } from './listeners/otel-metrics.js'
export { type OtelTracesOptions, otelTraces } from './listeners/otel-traces.js'
