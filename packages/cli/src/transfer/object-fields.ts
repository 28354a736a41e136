/** What describes an object beside its bytes: options of `cp` and `mv`, the same for every object of the command. */
import mime from 'mime'
import type { WriteConditions } from 'r2kit'

export interface ObjectFields {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly storageClass?: 'STANDARD' | 'STANDARD_IA'
  readonly metadata?: Readonly<Record<string, string>>
}

/** Options of every way to move an object. */
export interface WriteOptions {
  readonly fields: ObjectFields
  /** Leaves what exists alone: a conditional write, so that no other writer can slip in between. */
  readonly noClobber: boolean
  readonly signal: AbortSignal
}

/**
 * The condition that makes an upload fail where something exists. Where the outcome is unknown, an object with the same bytes
 * and description passes for this upload, whoever made it: it is there, and nothing was replaced.
 */
export const onlyIfAbsent = (noClobber: boolean): Pick<WriteConditions, 'ifNoneMatch' | 'unknownOutcome'> =>
  noClobber ? { ifNoneMatch: '*', unknownOutcome: 'equal' } : {}

/** A browser that is given no type shows nothing, so the type is guessed from the name's extension where it is not given. */
export const guessedType = (name: string): string | undefined => mime.getType(name) ?? undefined
