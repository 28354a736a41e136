/** The input of authentication. */
import type { SignatureVerifier } from 'r2kit/protocol'
import type { QueryParameters } from '../routing/query.js'
import type { LocalCredentials } from './credentials.js'

/** The parts of a request that a signature can cover. The body is covered by its hash. */
export interface SignedRequest {
  readonly method: string
  /** As sent, percent-encoded. */
  readonly rawPath: string
  /** As sent, without `?`. */
  readonly rawQuery: string
  readonly query: QueryParameters
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface Authenticator {
  /** The only key pair that the server accepts. */
  readonly credentials: LocalCredentials
  /** Caches the signing keys that it derives. */
  readonly verifier: SignatureVerifier
}
