/** Keeps Node streams as they are until they are read, while code or a connection is awaited. */
import { isDisturbed } from '#disturbed'

/**
 * Keeps a Node stream that fails before the transport reads it (a missing file, while a connection is made) from ending the
 * process with an unhandled error. To be called before anything asynchronous. The reader still receives the error.
 */
export const suppressUnhandledError = (source: unknown): void => {
  try {
    if (typeof source === 'object' && source !== null && 'on' in source && typeof source.on === 'function')
      source.on('error', noop)
  } catch {
    // A getter that throws: the error is reported where the source is inspected.
  }
}

/**
 * Keeps a Node stream from losing bytes before its reader begins: when a child process exits, Node discards output that nothing
 * reads, and an empty stream would be over. A listener for `readable` makes the stream keep both.
 *
 * @returns removes the listener
 */
export const holdUntilRead = (source: unknown): (() => void) => {
  try {
    if (!isNodeReadable(source) || source.readable !== true || isDisturbed(source)) return noop
    heldStreams.add(source)
    source.on('readable', noop)
    return () => {
      heldStreams.delete(source)
      source.removeListener('readable', noop)
    }
  } catch {
    // A getter that throws: the error is reported where the source is inspected.
    return noop
  }
}

/** Streams that were unread when a call took them. One that is empty may have ended since. */
const heldStreams = new WeakSet<object>()

/** Whether a call has taken a stream that was unread. */
export const isHeld = (stream: object): boolean => heldStreams.has(stream)

/** Marks a stream as read. */
export const released = (stream: object): void => {
  heldStreams.delete(stream)
}

const noop = (): void => undefined

interface NodeReadable {
  readonly readable?: unknown
  on(event: 'readable', listener: () => void): unknown
  removeListener(event: 'readable', listener: () => void): unknown
}

const isNodeReadable = (source: unknown): source is NodeReadable =>
  typeof source === 'object' &&
  source !== null &&
  'readable' in source &&
  'on' in source &&
  typeof source.on === 'function' &&
  'removeListener' in source &&
  typeof source.removeListener === 'function' &&
  Symbol.asyncIterator in source
