/** A move: a copy that is proved, then the deletion of its source. Loaded by the first call. */
import { isR2Error, mayHaveActed, R2Error } from '../../errors/index.js'
import { objectOf, refuseInput, required, type ValidationRules } from '../../validation/index.js'
import { etagField, type WriteConditions, writeConditionFields } from '../fields/conditions.js'
import { isMd5 } from '../fields/etag.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import type { ObjectMetadata } from '../fields/object-metadata.js'
import { sourceField } from '../fields/object-source.js'
import { type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { type CallOptions, callOptionsField } from '../operation.js'
import type { Runtime } from '../runtime.js'
import { withSharedDeadline } from '../shared-deadline.js'
import { type CopyLimits, copyInParts, copyLimits, isSameVersion } from './copy-in-parts.js'
import { copyObject } from './copy-object.js'
import { deleteObject } from './delete-object.js'
import { headObject } from './head-object.js'
import { versionEtag } from './version-etag.js'

/**
 * Input of `objects.move`. The conditions are conditions on the target, as in `objects.copy`: `ifNoneMatch: '*'` replaces no
 * object.
 */
export interface MoveObjectInput extends ObjectAddress, WriteConditions {
  /** Address of the object to move. */
  readonly source: ObjectAddress
  /** Moves the source only if it has this ETag. @defaultValue the version that is stored when the call begins */
  readonly sourceIfMatch?: string | undefined
  /** Key that encrypts the target; R2 does not store it. @defaultValue none; R2 encrypts with its own keys */
  readonly ssec?: CustomerKey | undefined
  /** Key that the source is encrypted with. @defaultValue none */
  readonly sourceSsec?: CustomerKey | undefined
}

/** Output of `objects.move`. */
export interface MoveObjectOutput {
  /** ETag of the target, without quotes. */
  readonly etag: string
  /** Size in bytes. */
  readonly size: number
  /** ID of the version; R2 has one version of an object. */
  readonly versionId: string | undefined
  /** CF-Ray of the response to the copy. */
  readonly requestId: string | undefined
}

/** The fields of a move. */
export const moveObjectField = objectOf<MoveObjectInput>('a move', {
  ...objectAddressFields,
  ...writeConditionFields,
  source: required(sourceField),
  sourceIfMatch: etagField,
  ssec: customerKeyField,
  sourceSsec: customerKeyField,
})

/**
 * Copies an object, and deletes the source once the copy is proved and the source is still the version that was copied.
 *
 * @param given a copy of the input, whose fields are still of any type; so is the copy of the options
 * @param limits of copies, for tests. @defaultValue those of R2
 */
export const moveObject = async (
  runtime: Runtime,
  given: MoveObjectInput,
  givenOptions: CallOptions,
  limits: CopyLimits = copyLimits,
): Promise<MoveObjectOutput> => {
  const input = moveObjectField.read(given, '', refuseInput)
  checkMove(input, runtime.rules)
  return withSharedDeadline(runtime.clock, callOptionsField.read(givenOptions, '', refuseInput), async (options) => {
    const { sourceIfMatch: ifMatch } = input
    const found = await runtime.execute(headObject, { ...sourceOf(input), ifMatch }, options)
    versionEtag(found, 'a copy of the source cannot be proved')
    const isLarge = found.size > limits.singleCopyBytesMax
    const copied = isLarge
      ? await copyInParts(runtime, input, found, limits, options)
      : await copyOnce(runtime, input, found, options)
    await deleteSource(runtime, input, found, options)
    return { etag: copied.etag, size: found.size, versionId: copied.versionId, requestId: copied.requestId }
  })
}

const checkMove = (input: MoveObjectInput, rules: ValidationRules): void => {
  const { bucket, key, source } = input
  checkObject(input, rules)
  checkObject(source, rules, 'source.')
  if (bucket === source.bucket && key === source.key) {
    const hint = 'Pass another key or bucket. To change the metadata of an object, copy it onto itself.'
    throw refuseInput('key', 'must differ from that of the source: the move would delete the object', hint)
  }
}

const sourceOf = ({ source, sourceSsec: ssec }: MoveObjectInput) => ({ ...source, ssec })

const copyOnce = async (runtime: Runtime, input: MoveObjectInput, found: ObjectMetadata, options: CallOptions) => {
  const isComparable = input.ssec === undefined && input.sourceSsec === undefined && isMd5(found.etag)
  // R2 may give the copy the class of its bucket.
  const storageClass = found.storageClass === 'STANDARD_IA' ? found.storageClass : undefined
  const copied = await runtime.execute(copyObject, { ...input, storageClass, sourceIfMatch: found.etag }, options)
  if (!isComparable || copied.etag === found.etag) return copied
  throw new R2Error('IntegrityMismatch', `the copy has the ETag ${copied.etag}, but its source has ${found.etag}`, {
    operation: 'CopyObject',
    bucket: input.bucket,
    key: input.key,
    hint: 'The source was kept. Compare both objects before you delete one of them.',
  })
}

/** R2 has no conditional delete, so the source is read once more: the copy may have taken minutes. */
const deleteSource = async (
  runtime: Runtime,
  input: MoveObjectInput,
  found: ObjectMetadata,
  options: CallOptions,
): Promise<void> => {
  const { bucket, key } = input.source
  const stored = await headOrAbsent(runtime, input, options)
  if (stored === undefined) return
  if (!isSameVersion(stored, found)) {
    throw new R2Error('ObjectChanged', 'the source was replaced while it was copied', {
      operation: 'HeadObject',
      bucket,
      key,
      hint: 'The copy is stored, and the new source was kept. Move it again.',
    })
  }
  try {
    await runtime.execute(deleteObject, { bucket, key }, options)
  } catch (error) {
    if (!isR2Error(error)) throw error
    const isDeleted = mayHaveActed(error) && (await isAbsent(runtime, input, options))
    if (!isDeleted) throw notDeleted(error, input.source)
  }
}

const notDeleted = (cause: R2Error, { bucket, key }: ObjectAddress): R2Error =>
  new R2Error(cause.code, `the copy is stored, but its source may not be deleted: ${cause.message}`, {
    operation: 'DeleteObject',
    bucket,
    key,
    status: cause.status,
    s3Code: cause.s3Code,
    attempts: cause.attempts,
    requestId: cause.requestId,
    retryAfterMs: cause.retryAfterMs,
    hint: 'Delete the source, or move it again.',
    cause,
  })

const headOrAbsent = async (runtime: Runtime, input: MoveObjectInput, options: CallOptions) => {
  try {
    return await runtime.execute(headObject, sourceOf(input), options)
  } catch (error) {
    if (isR2Error(error, 'ObjectNotFound')) return undefined
    throw error
  }
}

/** False too where the question stays open: the error of the deletion matters more. */
const isAbsent = (runtime: Runtime, input: MoveObjectInput, options: CallOptions): Promise<boolean> =>
  headOrAbsent(runtime, input, options).then(
    (found) => found === undefined,
    () => false,
  )
