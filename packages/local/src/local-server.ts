/** What all requests of one server share. */
import type { Clock } from 'r2kit/protocol'
import type { Authenticator } from './authentication/authenticate.js'
import type { InternalErrorReporter } from './errors/internal-errors.js'
import type { LifecycleSweeper } from './lifecycle/sweeper.js'
import type { WriteRate } from './objects/write-rate.js'
import type { Storage } from './storage/index.js'

export interface LocalServer {
  readonly storage: Storage
  readonly clock: Clock
  readonly authenticator: Authenticator
  readonly lifecycle: LifecycleSweeper
  /** Present when the server holds clients to R2's one write per second and key. */
  readonly writeRate: WriteRate | undefined
  /** The account id that owners in answers carry: 32 hex digits. */
  readonly accountId: string
  /** `http://127.0.0.1:port`, for the Location of a completed upload. */
  readonly endpoint: string
  readonly reportInternalError: InternalErrorReporter
  /** Finds the bucket that a Host field names. */
  bucketOfHost(host: string | undefined): string | undefined
}
