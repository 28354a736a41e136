/** Deletes all objects below a prefix. Loaded by the first call. */
import type { R2Error } from '../../errors/index.js'
import { anyText, callback, flag, objectOf, refuseInput, required, text } from '../../validation/index.js'
import { type CallOptions, callOptionFields } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { withSharedDeadline } from '../shared-deadline.js'
import { deleteObjects } from './delete-objects.js'
import { objectList } from './list-all.js'

/** Input of `objects.deletePrefix`. */
export interface DeletePrefixInput {
  /** Name of the bucket. */
  readonly bucket: string
  /** Deletes the objects whose keys start with this text. `logs` also deletes `logs-old/…`: end the name of a folder with `/`. */
  readonly prefix: string
  /** Must be true where the prefix is empty: all objects of the bucket are deleted. @defaultValue false */
  readonly wholeBucket?: boolean | undefined
}

/** Options of `objects.deletePrefix`. `timeoutMs` covers the whole call; `maxAttempts` applies to each request. */
export interface DeletePrefixOptions extends CallOptions {
  /** Whether to report the keys that would be deleted, and delete none. @defaultValue false */
  readonly dryRun?: boolean | undefined
  /**
   * Called after each batch of at most 700 keys. Awaited, so a slow callback applies backpressure. An exception in it rejects the
   * call, and earlier batches stay deleted. @defaultValue none
   */
  readonly onProgress?: ((progress: DeletePrefixProgress) => void | Promise<void>) | undefined
}

/** One batch, and the sums so far. */
export interface DeletePrefixProgress {
  /** Keys of this batch that are deleted; in a dry run those that would be. */
  readonly deleted: readonly string[]
  /** Keys of this batch whose objects may still exist, each with the error. */
  readonly failed: readonly { readonly key: string; readonly error: R2Error }[]
  /** Number of deleted keys, this batch included. */
  readonly deletedCount: number
  /** Number of failed keys, this batch included. */
  readonly failedCount: number
}

/** Output of `objects.deletePrefix`. */
export interface DeletePrefixOutput {
  /** Number of deleted keys; in a dry run of those that would be. */
  readonly deletedCount: number
  /** Number of keys whose objects may still exist. */
  readonly failedCount: number
  /** The first 1,000 of these keys, each with its error. `onProgress` reports all of them. */
  readonly failed: readonly { readonly key: string; readonly error: R2Error }[]
}

/** One request of DeleteObjects deletes a page. */
const pageSize = 700
const reportedFailuresMax = 1000

/** The fields of the input. */
export const deletePrefixField = objectOf<DeletePrefixInput>('deletePrefix', {
  bucket: required(anyText),
  prefix: required(text),
  wholeBucket: flag,
})

const optionsField = objectOf<DeletePrefixOptions>(
  "a deletion's options",
  { ...callOptionFields, dryRun: flag, onProgress: callback<NonNullable<DeletePrefixOptions['onProgress']>>() },
  { argument: 'options' },
)

/**
 * Lists and deletes page by page, so memory use does not depend on the number of objects.
 *
 * @param given a copy of the input, whose fields are still of any type; so is the copy of the options
 */
export const deletePrefix = async (
  runtime: Runtime,
  given: DeletePrefixInput,
  givenOptions: DeletePrefixOptions,
): Promise<DeletePrefixOutput> => {
  const { bucket, prefix, wholeBucket = false } = deletePrefixField.read(given, '', refuseInput)
  if (prefix === '' && !wholeBucket) {
    const hint = 'Pass the start of the keys. To delete all objects of the bucket, add wholeBucket: true.'
    throw refuseInput('prefix', 'must not be empty', hint)
  }
  const { dryRun = false, onProgress, ...callOptions } = optionsField.read(givenOptions, '', refuseInput)
  return withSharedDeadline(runtime.clock, callOptions, async (options) => {
    const failed: { key: string; error: R2Error }[] = []
    let deletedCount = 0
    let failedCount = 0
    const list = objectList(runtime, { bucket, prefix, pageSize }, options)
    for await (const { objects } of list.pages(new AbortController())) {
      const keys = objects.map(({ key }) => key)
      if (keys.length === 0) continue
      const batch = dryRun ? { deleted: keys, failed: [] } : await deleteObjects(runtime, { bucket, keys }, options)
      deletedCount += batch.deleted.length
      failedCount += batch.failed.length
      failed.push(...batch.failed.slice(0, reportedFailuresMax - failed.length))
      await onProgress?.({ ...batch, deletedCount, failedCount })
    }
    return { deletedCount, failedCount, failed }
  })
}
