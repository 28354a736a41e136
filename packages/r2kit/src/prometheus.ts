/** `r2kit/prometheus`: metrics of a client for Prometheus. Needs the peer dependency `prom-client`. */
export { type PrometheusMetricsOptions, prometheusMetrics } from './listeners/prometheus-metrics.js'
