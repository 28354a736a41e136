/**
 * A local Cloudflare R2: a server that speaks R2's S3 dialect. How it behaves where R2's behaviour is not known for sure
 * stands in `quirks.md`.
 */
export { defaultCredentials, type LocalCredentials } from './default-credentials.js'
export type { LocalR2Options } from './local-options.js'
export { type LocalR2, startLocalR2 } from './start-local-r2.js'
