/** The input of operations: the request, and the parts of the server that they use. */
import type { Clock } from 'r2kit/protocol'
import type { LocalKeyPair } from '../authentication/credentials.js'
import type { BodyRequest } from '../http/payload.js'
import type { LifecycleSweeper } from '../lifecycle/sweeper.js'
import type { WriteRate } from '../objects/write-rate.js'
import type { QueryParameters } from '../routing/query.js'
import type { Storage } from '../storage/index.js'

export interface OperationContext {
  readonly storage: Storage
  readonly clock: Clock
  readonly lifecycle: LifecycleSweeper
  /** Undefined unless the option `strictWriteRate` is set. */
  readonly writeRate: WriteRate | undefined
  /** The account ID of owners in responses: 32 hex digits. */
  readonly accountId: string
  /** The server's address, `http://127.0.0.1:49152`. */
  readonly endpoint: string
}

export interface Call extends BodyRequest {
  readonly server: OperationContext
  readonly method: string
  readonly query: QueryParameters
  /** The pair that signed the request. */
  readonly keyPair: LocalKeyPair
}

export interface BucketCall extends Call {
  readonly bucket: string
}

export interface ObjectCall extends BucketCall {
  /** The NFC form, under which storage has the object. */
  readonly key: string
  readonly keyAsSent: string
}
