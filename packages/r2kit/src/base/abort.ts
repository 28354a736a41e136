/**
 * Actions on the abort of a signal that many calls share. Node warns of a leak at the eleventh listener, although a client may
 * send forty requests under one signal. So all actions of a signal share one listener.
 */

const actionsBySignal = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `action` once, when the signal is aborted. The signal must not be aborted already.
 *
 * @returns a function that removes the action, and with the last action the listener
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

/** `onAbort`, also for a signal that has aborted already. */
export const whenAborted = (signal: AbortSignal, action: () => void): (() => void) | undefined => {
  if (!signal.aborted) return onAbort(signal, action)
  action()
  return undefined
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
