import { noop } from '../base/noop.js'
import { orAborted } from './or-aborted.js'

/**
 * Passes all chunks of a source to `visit`, until a signal aborts. The signals are not looked at chunk by chunk: a source that has
 * stalled yields none.
 *
 * @throws R2Error as `orAborted` does; the errors of the source
 */
export const visitChunks = (
  source: AsyncIterable<Uint8Array>,
  visit: (chunk: Uint8Array) => void,
  signal: AbortSignal | undefined,
  disposed?: AbortSignal,
): Promise<void> => {
  const chunks = source[Symbol.asyncIterator]()
  let isOver = false
  const read = async () => {
    for (let step = await chunks.next(); !step.done && !isOver; step = await chunks.next()) visit(step.value)
  }
  return orAborted(read(), signal, disposed).finally(() => {
    isOver = true
    // A source that has ended or failed ignores it.
    chunks.return?.().catch(noop)
  })
}
