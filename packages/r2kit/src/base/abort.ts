/**
 * Listening to a signal that many calls share. Node warns of a leak at the eleventh listener, and a client that sends forty
 * requests under one signal is no leak: so all actions of one signal share one listener.
 */

const actionsBySignal = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `action` once, when the signal aborts. The signal must not be aborted already.
 *
 * @returns the function that takes the action back; nothing stays on the signal then
 */
export const onAbort = (signal: AbortSignal, action: () => void): (() => void) => {
  const actions = actionsBySignal.get(signal) ?? listenTo(signal)
  actions.add(action)
  return () => {
    actions.delete(action)
    if (actions.size > 0) return
    signal.removeEventListener('abort', runActions)
    actionsBySignal.delete(signal)
  }
}

const listenTo = (signal: AbortSignal): Set<() => void> => {
  const actions = new Set<() => void>()
  actionsBySignal.set(signal, actions)
  signal.addEventListener('abort', runActions, { once: true })
  return actions
}

function runActions(this: AbortSignal): void {
  const actions = actionsBySignal.get(this) ?? []
  actionsBySignal.delete(this)
  for (const action of actions) action()
}
