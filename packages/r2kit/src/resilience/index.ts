export { backoffMs } from './backoff.js'
export { outcomeLayer } from './outcome-layer.js'
export { retryLayer } from './retry-layer.js'
export { type RetryOptions, type RetryPolicy, retryPolicy } from './retry-policy.js'
