/** The input of authentication. */
import type { SignatureVerifier } from 'r2kit/protocol'
import type { Payload } from '../http/payload.js'
import type { QueryParameters } from '../routing/query.js'
import type { LocalKeyPair } from './credentials.js'

/** The result of authentication. */
export interface Authenticated {
  /** The pair that signed the request. */
  readonly keyPair: LocalKeyPair
  /** How the request declares its body. */
  readonly payload: Payload
}

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
  /** The key pairs that the server accepts, by access key ID. */
  readonly keyPairs: ReadonlyMap<string, LocalKeyPair>
  /** Caches the signing keys that it derives. */
  readonly verifier: SignatureVerifier
}
