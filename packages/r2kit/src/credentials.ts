/**
 * `r2kit/credentials`: providers of credentials for `new R2Client({ credentials })`. The client caches what they return, calls
 * them again before it expires, and never uses it afterwards. Nothing in the core loads this module.
 */
export * from './credentials/index.js'
export { type CredentialContext, type CredentialProvider, type CredentialsInput, Secret } from './security/index.js'
