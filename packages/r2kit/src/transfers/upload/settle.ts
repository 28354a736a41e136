/**
 * Writes whose answer was lost: whether they happened is looked up, not guessed. The object is ours when its size and ETag
 * are what we sent, and the ETag is known beforehand because it follows from the bytes.
 */
import type { ObjectMetadata } from '../../client/index.js'
import { isR2Error } from '../../errors/index.js'
import type { UploadJob } from './job.js'

/** The object as it is stored, if it is the one that was to be written. Asks once: those who call it repeat what they do. */
export const findWritten = async (
  { context, control, input }: Pick<UploadJob, 'context' | 'control' | 'input'>,
  expected: { readonly size: number; readonly etag: string },
): Promise<ObjectMetadata | undefined> => {
  const { bucket, key, ssec } = input
  try {
    const found = await context.objects.head(
      { bucket, key, ...(ssec === undefined ? {} : { ssec }) },
      { signal: control.signal, maxAttempts: 1 },
    )
    return found.size === expected.size && found.etag === expected.etag ? found : undefined
  } catch (error) {
    if (isR2Error(error, 'ObjectNotFound')) return undefined
    throw error
  }
}

/** Whether the server may have acted although the answer says, or is, nothing. */
export const isAmbiguous = (error: unknown): boolean =>
  isR2Error(error) && error.retryable && error.code !== 'SlowDown' && error.code !== 'ConnectionFailed'
