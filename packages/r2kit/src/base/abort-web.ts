/**
 * Actions on the abort of a signal, on platforms whose signals may have any number of listeners: browsers and Workers. Names are
 * those of `abort-node.ts`. The import condition `#abort` selects the file.
 */

/**
 * Calls `action` once, when the signal is aborted. The signal must not be aborted already.
 *
 * @returns a function that removes the action
 */
export const onAbort = (signal: AbortSignal, action: () => void): (() => void) => {
  // An action that is added twice is called twice.
  const listener = () => action()
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

/** `onAbort`, also for a signal that has aborted already. */
export const whenAborted = (signal: AbortSignal, action: () => void): (() => void) | undefined => {
  if (!signal.aborted) return onAbort(signal, action)
  action()
  return undefined
}
