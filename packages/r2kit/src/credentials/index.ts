export { chain } from './chain.js'
export { type FromEnvironmentOptions, fromEnvironment } from './from-environment.js'
export type { Environment } from './provider.js'
export {
  type FromSharedCredentialsFileOptions,
  fromSharedCredentialsFile,
} from './shared-file/from-shared-credentials-file.js'
export {
  type FromTemporaryCredentialsApiOptions,
  fromTemporaryCredentialsApi,
} from './temporary/from-temporary-credentials-api.js'
export {
  type FromParentKeyOptions,
  fromParentKey,
  type TemporaryCredentials,
  type TemporaryCredentialsOptions,
  temporaryCredentials,
} from './temporary/mint.js'
export type { TemporaryAction, TemporaryPermissions, TemporaryScope } from './temporary/scope.js'
export { fromVault } from './vault/from-vault.js'
export type {
  FromVaultOptions,
  VaultAppRoleAuth,
  VaultAuth,
  VaultFieldNames,
  VaultTokenAuth,
  VaultTokenFileAuth,
} from './vault/vault-options.js'
