export type {
  CredentialContext,
  CredentialProvider,
  CredentialSource,
} from './credential-source.js'
export { Credentials, type CredentialsInput } from './credentials.js'
export type { RequestDescription as DescribedRequest } from './describe-request.js'
export { redactText } from './redact-text.js'
export { resolveCredentials } from './resolve-credentials.js'
export { isSecret, mask, revealSecret, Secret } from './secret.js'
