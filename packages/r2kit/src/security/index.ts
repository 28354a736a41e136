export { type CredentialProvider, type CredentialSource, resolveCredentials } from './credential-source.js'
export { Credentials, type CredentialsInput } from './credentials.js'
export {
  type DescribableRequest,
  describeRequest,
  type RequestDescription,
  redactHeaders,
  redactQuery,
  redactUrl,
} from './describe-request.js'
export { mask, revealSecret, Secret } from './secret.js'
