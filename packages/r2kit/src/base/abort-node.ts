/**
 * Actions on the abort of a signal that many calls share. Node warns of a leak at the eleventh listener, although a client may
 * send forty requests under one signal. So all actions of a signal share one listener.
 */
import { noop } from './noop.js'

/**
 * The actions of a signal, in the order in which they were added: a ring of entries around this one. Not a Set: V8 links each table
 * of a Set that was replaced to the next one, and a replaced table keeps its values. With thousands of requests under one signal,
 * every request was then kept until the next collection of the whole heap.
 */
interface Entry {
  readonly action: () => void
  previous: Entry | undefined
  next: Entry | undefined
}

const ringBySignal = new WeakMap<AbortSignal, Entry>()

/**
 * Calls `action` once, when the signal is aborted. The signal must not be aborted already.
 *
 * @returns a function that removes the action, and with the last action the listener
 */
export const onAbort = (signal: AbortSignal, action: () => void): (() => void) => {
  const ring = ringBySignal.get(signal) ?? listenTo(signal)
  const entry: Entry = { action, previous: ring.previous, next: ring }
  if (ring.previous !== undefined) ring.previous.next = entry
  ring.previous = entry
  return () => {
    remove(entry)
    // A later ring of the signal has the same listener.
    const current = ringBySignal.get(signal) ?? ring
    if (ring.next !== ring || current !== ring) return
    signal.removeEventListener('abort', runActions)
    ringBySignal.delete(signal)
  }
}

/** `onAbort`, also for a signal that has aborted already. */
export const whenAborted = (signal: AbortSignal, action: () => void): (() => void) | undefined => {
  if (!signal.aborted) return onAbort(signal, action)
  action()
  return undefined
}

const listenTo = (signal: AbortSignal): Entry => {
  const ring: Entry = { action: noop, previous: undefined, next: undefined }
  ring.previous = ring
  ring.next = ring
  ringBySignal.set(signal, ring)
  signal.addEventListener('abort', runActions, { once: true })
  return ring
}

/** Does nothing to an entry that was removed before. */
const remove = (entry: Entry): void => {
  const { previous, next } = entry
  if (previous === undefined || next === undefined) return
  previous.next = next
  next.previous = previous
  // An entry that still led to others would keep them as long as itself.
  entry.previous = undefined
  entry.next = undefined
}

/** An action may remove itself, and others, which are then not called. */
function runActions(this: AbortSignal): void {
  const ring = ringBySignal.get(this)
  ringBySignal.delete(this)
  if (ring === undefined) return
  for (let entry = ring.next; entry !== undefined && entry !== ring; entry = ring.next) {
    entry.action()
    remove(entry)
  }
}
