import { mediaTypeOf } from '../http/body/blob.js'
import { sourceReader } from '../http/body/source-reader.js'
import { onBodyEnd } from '../pipeline/index.js'
import type { StreamSupport } from './stream-support.js'

const load = () => import('./stream-code.js')

/** Streams in both directions. The first of them loads the code. */
export const streamSupport: StreamSupport = {
  fromSource: /* @__PURE__ */ sourceReader(load),
  mediaTypeOf,
  onBodyEnd,
  load,
}
