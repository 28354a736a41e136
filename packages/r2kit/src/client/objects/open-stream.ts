import { detached } from '../detached.js'
import type { Runtime } from '../runtime.js'
import type { GetObjectStreamOutput } from './get-object.js'
import { type GetStreamOptions, getStream } from './get-stream.js'
import type { GetObjectStreamInput } from './read-object.js'

/** Opens a stream with the caller's own input and options, which are copied: a stream that resumes requests the object again. */
export const openStream = async (
  runtime: Runtime,
  given: GetObjectStreamInput,
  givenOptions: GetStreamOptions,
): Promise<GetObjectStreamOutput> => {
  const startedMs = runtime.clock.monotonicMs()
  return getStream(runtime, detached(given), detached(givenOptions), startedMs)
}
