export { type CredentialProvider, type CredentialSource, resolveCredentials } from './credential-source.js'
export { Credentials, type CredentialsInput } from './credentials.js'
export { describeRequest, redactUrl } from './describe-request.js'
export { revealSecret, Secret } from './secret.js'
