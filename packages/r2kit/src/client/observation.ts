import { noop } from '../base/noop.js'
import { EventStream, type R2EventListener } from '../observability/event-stream.js'
import { observeProvider } from '../observability/observe-provider.js'
import type { Extensions } from './extensions.js'
import { attemptEventsLayer, callEventsLayer } from './layers/events-layer.js'

/** The extension that delivers the events of a client. Undefined without listeners. */
export const observation = (onEvent: R2EventListener | readonly R2EventListener[] = []): Extensions['observe'] => {
  const listeners = typeof onEvent === 'function' ? [onEvent] : onEvent
  if (listeners.length === 0) return undefined
  return (clock) => {
    const events = new EventStream(listeners, clock)
    return {
      events,
      callLayer: (origin) => callEventsLayer(events, origin),
      attemptLayer: attemptEventsLayer,
      observed: (credentials) =>
        typeof credentials === 'function' ? (context) => observeProvider(credentials, events, context) : credentials,
      refused: (origin, operation, error) => {
        import('../observability/observed-call.js').then(
          ({ observeRefusal }) => observeRefusal(events, origin, operation, error),
          noop, // The caller has the error; a chunk that cannot be loaded costs its report only.
        )
      },
    }
  }
}
