/** Reports calls and attempts to the listeners of the client. In the rings only where there are listeners. */
import { holdUntilRead, suppressUnhandledError } from '../../http/body/holding.js'
import type { EventStream } from '../../observability/index.js'
import type { InternalAttemptLayer, InternalCallLayer } from '../../pipeline/index.js'

/** Loads its code with the first call, so that clients without listeners carry none of it. */
export const callEventsLayer =
  (events: EventStream, endpoint: string): InternalCallLayer =>
  (next) => {
    let loaded: typeof import('../../observability/observed-call.js') | undefined
    return async (call) => {
      if (loaded === undefined) {
        const { body } = call.input as { readonly body?: unknown }
        // The body may be a Node stream that fails, or flows, while the code is loaded.
        suppressUnhandledError(body)
        const release = holdUntilRead(body)
        loaded = await import('../../observability/observed-call.js').finally(release)
      }
      return loaded.observeCall(events, endpoint, call, next)
    }
  }

export const attemptEventsLayer: InternalAttemptLayer = (next) => (attempt) =>
  attempt.events?.attempt(attempt, next) ?? next(attempt)
