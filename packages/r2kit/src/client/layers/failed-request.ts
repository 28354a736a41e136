import type { HttpResponse } from '../../http/index.js'
import type { InternalCall } from '../../pipeline/index.js'
import type { EncodedRequest, OperationContext } from '../operation.js'

/** A request that has failed, and may be sent in another form. */
export interface FailedRequest {
  readonly scope: OperationContext
  readonly call: InternalCall
  readonly encoded: EncodedRequest
}

/**
 * Sends a failed request in another form.
 *
 * @param renewed the call with other limits. @defaultValue those of the call that has failed
 */
export type SendAgain = (encoded: EncodedRequest, renewed?: InternalCall) => Promise<HttpResponse>
