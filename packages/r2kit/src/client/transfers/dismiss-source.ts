import { chunksOf, isStream } from '../../http/index.js'

/** Tells a stream or iterable that nobody will read it, where an upload ends before the engine has taken possession of it. */
export const dismissSource = (source: unknown): void => {
  if (typeof source !== 'object' || source === null || !isStream(source)) return
  try {
    chunksOf(source)[Symbol.asyncIterator]().return?.().catch(ignore)
  } catch {
    // Somebody else reads it, and is the one to dismiss it.
  }
}

/** The upload has its outcome; how the source takes its dismissal changes nothing. */
const ignore = (): void => undefined
