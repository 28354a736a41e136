/**
 * `r2kit/resilience`: layers that protect a server that fails or limits requests, and the caller from it. They go into
 * `new R2Client({ layers: { attempt: [...] } })`; a client without them carries none of their code.
 */
export type { CircuitBreakerOptions, CircuitState } from './resilience/circuit-breaker.js'
export { type CircuitBreakerLayerOptions, circuitBreaker } from './resilience/circuit-breaker-layer.js'
export { concurrencyLimit } from './resilience/concurrency-layer.js'
export { keyPacing, type RateLimitOptions, rateLimit } from './resilience/pacing-layers.js'
