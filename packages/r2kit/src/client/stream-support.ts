import type { FromSource, Streams } from '../http/index.js'
import type { StreamGuards } from './fields/stream-guards.js'

/** How a client sends and receives bodies that stream. */
export interface StreamSupport {
  /** Makes the body of a request from anything but text and bytes. */
  readonly fromSource: FromSource
  /** The media type of a Blob or File; undefined for other bodies, and where there is none. */
  mediaTypeOf(body: unknown): string | undefined
  /** The same bytes, with `onEnd` called once: when they have ended, have been cancelled, or fail with an error. */
  onBodyEnd(body: ReadableStream<Uint8Array>, onEnd: (error?: unknown) => void): ReadableStream<Uint8Array>
  /** Loads the code for streams. */
  readonly load: () => Promise<Streams & StreamGuards>
}
