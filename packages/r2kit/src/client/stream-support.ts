import type { FromSource, Streams } from '../http/index.js'
import type { StreamGuards } from './fields/stream-guards.js'

/** How a client sends and receives bodies that stream. */
export interface StreamSupport {
  /** Makes the body of a request from anything but text and bytes. */
  readonly fromSource: FromSource
  /** Loads the code for streams. */
  readonly load: () => Promise<Streams & StreamGuards>
}
