/** The marked secrets, and clients that have them. */
import { type Mark, markOf } from './leaks.js'

// With `+`, `/` and `=`, which change when they are encoded.
const accessKeyId = '0123456789abcdef0123456789abcdef'
export const secretAccessKey = 'Mk1+secret/access=key+with/64+characters=that/occurs+nowhere/else0'
export const sessionToken = 'Mk2+session/token=that/occurs+nowhere/else+in/this=process/at+all=='
export const customerKey = Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 201) % 256)
export const sourceCustomerKey = Uint8Array.from({ length: 32 }, (_, index) => (index * 53 + 99) % 256)
export const vaultToken = 'hvs.Mk3-vault-token-that-occurs-nowhere-else'
export const secretId = 'Mk4-secret-id-of-app-role-that-occurs-nowhere'
export const parentSecret = 'Mk5+parent/secret=of+temporary/credentials'
export const apiToken = 'Mk6-api-token-of-cloudflare-that-occurs-nowhere'
export const proxyPassword = 'Mk7-password-of-a-proxy'

export const marks: readonly Mark[] = [
  markOf('secret access key', secretAccessKey),
  markOf('session token', sessionToken),
  markOf('customer key', customerKey),
  markOf('customer key of the source', sourceCustomerKey),
  markOf('Vault token', vaultToken),
  markOf('secret ID', secretId),
  markOf('parent secret', parentSecret),
  markOf('API token', apiToken),
  markOf('proxy password', proxyPassword),
]

export const credentials = { accessKeyId, secretAccessKey, sessionToken }
