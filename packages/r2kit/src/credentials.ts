/**
 * `r2kit/credentials`: providers of credentials for `new R2Client({ credentials })`. The client caches their
 * credentials, calls them again before these expire, and never uses them afterwards. Nothing in the core loads this module.
 */
export * from './credentials/index.js'
export { type CredentialContext, type CredentialProvider, type CredentialsInput, Secret } from './security/index.js'
