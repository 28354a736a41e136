import { abortError, clientError } from '../../errors/calls.js'
import type { InternalCallLayer } from '../../pipeline/index.js'

/** Rejects calls of a disposed client, and calls whose signal has aborted, before anything is encoded or sent. */
export const admissionLayer =
  (disposed: AbortSignal): InternalCallLayer =>
  (next) =>
  (call) => {
    if (disposed.aborted) return Promise.reject(clientError('ClientClosed', 'the client has been disposed'))
    if (call.signal?.aborted) return Promise.reject(abortError(call.signal))
    return next(call)
  }
