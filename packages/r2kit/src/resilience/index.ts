export { retryLayer } from './retry-layer.js'
export { type RetryOptions, type RetryPolicy, retryPolicy } from './retry-policy.js'
export { settleLayer } from './settle-layer.js'
