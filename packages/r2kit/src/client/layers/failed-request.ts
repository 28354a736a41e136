import type { InternalCall } from '../../pipeline/index.js'
import type { EncodedRequest, OperationContext } from '../operation.js'

/** A request that has failed, and may be sent in another form. */
export interface FailedRequest {
  readonly scope: OperationContext
  readonly call: InternalCall
  readonly encoded: EncodedRequest
}
