/** What a write stores beside the bytes of an object, and the conditions of the write. */
import mime from 'mime'
import type { WriteConditions } from 'r2kit'

/** Headers, storage class and metadata from the options of `cp` and `mv`, the same for every object of the command. */
export interface ObjectFields {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly storageClass?: 'STANDARD' | 'STANDARD_IA'
  readonly metadata?: Readonly<Record<string, string>>
}

/** Options of every kind of transfer. */
export interface WriteOptions {
  readonly fields: ObjectFields
  /** Skips existing targets. Uses a conditional write, so that no concurrent writer can create the target in between. */
  readonly noClobber: boolean
  readonly signal: AbortSignal
}

/**
 * The condition that makes an upload fail if the target exists. If the outcome of the upload is unknown, an object with equal
 * bytes and description counts as this upload, whichever client wrote it: the content is stored, and nothing was replaced.
 */
export const onlyIfAbsent = (noClobber: boolean): Pick<WriteConditions, 'ifNoneMatch' | 'unknownOutcome'> =>
  noClobber ? { ifNoneMatch: '*', unknownOutcome: 'equal' } : {}

/** The content type for a file extension. Browsers download objects without a content type instead of displaying them. */
export const contentTypeOf = (name: string): string | undefined => mime.getType(name) ?? undefined
