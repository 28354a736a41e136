import { isR2Error, R2Error } from '../../errors/index.js'
import { checkBucketName, checkObjectKey, type ValidationRules } from '../../validation/index.js'
import { xmlCanCarry } from '../../xml/documents.js'
import { errorCodeOf } from '../../xml/index.js'
import type { CallOptions } from '../operation.js'
import type { DeleteBatchInput } from './delete-objects.js'

export interface DeleteObjectsInput {
  readonly bucket: string
  /** Any number; read as they are needed. */
  readonly keys: Iterable<string> | AsyncIterable<string>
}

export interface DeleteObjectsOutput {
  /** Keys that are gone, whether there was an object or not. */
  readonly deleted: readonly string[]
  /** Keys that may still be there, each with the reason. No key that was given is missing from both lists. */
  readonly failed: readonly { readonly key: string; readonly error: R2Error }[]
}

/** What the splitting needs of the client. */
export interface Deleter {
  readonly rules: ValidationRules
  batch(
    input: DeleteBatchInput,
    options: CallOptions,
  ): Promise<{
    deleted: readonly string[]
    errors: readonly { key: string; code: string; message?: string | undefined }[]
  }>
  one(input: { bucket: string; key: string }, options: CallOptions): Promise<unknown>
}

/** R2's limit of one request. */
const batchKeys = 1000

/**
 * Deletes any number of keys, a thousand per request. Keys that XML cannot carry (control characters) are deleted one by one.
 * A request that fails as a whole fails its keys, and the rest goes on; only an abort ends it.
 */
export const deleteMany = async (
  deleter: Deleter,
  { bucket, keys }: DeleteObjectsInput,
  options: CallOptions,
): Promise<DeleteObjectsOutput> => {
  const deleted: string[] = []
  const failed: { key: string; error: R2Error }[] = []
  const fail = (key: string, error: unknown) => {
    if (!isR2Error(error) || error.kind === 'Aborted') throw error
    failed.push({ key, error })
  }
  const sendBatch = async (batch: readonly string[]) => {
    try {
      const result = await deleter.batch({ bucket, keys: batch }, options)
      const unheard = new Set(batch)
      for (const key of result.deleted) if (unheard.delete(key)) deleted.push(key)
      for (const { key, code, message } of result.errors)
        if (unheard.delete(key)) failed.push({ key, error: keyError(bucket, key, code, message) })
      for (const key of unheard) failed.push({ key, error: notHeardOf(bucket, key) })
    } catch (error) {
      for (const key of batch) fail(key, error)
    }
  }
  const isSendable = (key: string): boolean => {
    try {
      checkObjectKey(key, deleter.rules)
      return true
    } catch (error) {
      fail(key, error)
      return false
    }
  }
  checkBucketName(bucket, deleter.rules)
  let batch: string[] = []
  for await (const key of keys) {
    // A key that breaks a rule is one failed key: the ones before it are gone already and have to be told of.
    if (!isSendable(key)) continue
    if (!xmlCanCarry(key)) {
      await deleter.one({ bucket, key }, options).then(
        () => deleted.push(key),
        (error: unknown) => fail(key, error),
      )
      continue
    }
    batch.push(key)
    if (batch.length < batchKeys) continue
    await sendBatch(batch)
    batch = []
  }
  if (batch.length > 0) await sendBatch(batch)
  return { deleted, failed }
}

const keyError = (bucket: string, key: string, s3Code: string, message: string | undefined): R2Error =>
  new R2Error(errorCodeOf(s3Code) ?? 'UnknownError', message ?? s3Code, {
    operation: 'DeleteObjects',
    bucket,
    key,
    s3Code,
  })

const notHeardOf = (bucket: string, key: string): R2Error =>
  new R2Error('InvalidResponse', 'the answer says nothing of this key', { operation: 'DeleteObjects', bucket, key })
