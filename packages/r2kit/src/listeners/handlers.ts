import type { R2Event, R2EventListener } from '../observability/index.js'

/** What a listener does for the types of events that it handles. */
export type Handlers = {
  readonly [Type in R2Event['type']]?: (event: Extract<R2Event, { type: Type }>) => void
}

/** Makes a listener of a table. */
export const listenerOf =
  (handlers: Handlers): R2EventListener =>
  (event) => {
    const handler = handlers[event.type] as ((event: R2Event) => void) | undefined
    handler?.(event)
  }
