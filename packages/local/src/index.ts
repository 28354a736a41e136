/**
 * A local Cloudflare R2: a server that speaks R2's S3 dialect, for tests and development. `quirks.md` lists the documented
 * assumptions where R2's behaviour is unverified.
 */
export { defaultCredentials, type LocalCredentials, type LocalKeyPair } from './authentication/credentials.js'
export { type FaultControl, type FaultControlled, openFaultControl } from './control/fault-control.js'
export type { InjectedFaults } from './faults/fault-switch.js'
export type { LocalR2Options } from './local-options.js'
export { type R2Proxy, type R2ProxyOptions, startR2Proxy, type TransportWrapper } from './proxy/start-r2-proxy.js'
export { type LocalR2, startLocalR2 } from './start-local-r2.js'
