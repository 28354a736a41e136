import { chunksOf, isStream } from '../../http/index.js'

/** Cancels a stream or iterable, where an upload ends before the engine has taken possession of it. */
export const cancelSource = (source: unknown): void => {
  if (typeof source !== 'object' || source === null) return
  try {
    if (isStream(source)) chunksOf(source)[Symbol.asyncIterator]().return?.().catch(ignore)
  } catch {
    // Locked by another reader, which owns it; or not to be looked at, which its upload reports.
  }
}

/** The upload has its outcome; a source that fails to close does not change it. */
const ignore = (): void => undefined
