import { clientError } from '../../errors/calls.js'
import type { Transport } from '../../http/index.js'
import type { InternalAttemptLayer } from '../../pipeline/index.js'

/** Rejects keys that the transport cannot send unchanged: it would address another object. */
export const keyCheckLayer =
  (transport: Transport): InternalAttemptLayer =>
  (next) =>
  (attempt) => {
    const reason = transport.cannotSend?.(attempt.request.path)
    if (reason === undefined) return next(attempt)
    return Promise.reject(clientError('KeyNotSendable', `the key cannot be sent: ${reason}`, { field: 'key' }))
  }
