/** What is said about an object beside its bytes: options of `cp` and `mv`, the same for every object of the command. */
import mime from 'mime'

export interface ObjectFields {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly storageClass?: 'STANDARD' | 'STANDARD_IA'
  readonly metadata?: Readonly<Record<string, string>>
}

/** What all ways of moving an object are told. */
export interface WriteOptions {
  readonly fields: ObjectFields
  /** Leaves what exists alone: a conditional write, so that no other writer can slip in between. */
  readonly noClobber: boolean
  readonly signal: AbortSignal
}

/** The condition that makes a write fail where something exists. */
export const onlyIfAbsent = (noClobber: boolean): { ifNoneMatch?: '*' } => (noClobber ? { ifNoneMatch: '*' } : {})

/** A browser that is given no type shows nothing, so the type is guessed from the name's extension where it is not given. */
export const guessedType = (name: string): string | undefined => mime.getType(name) ?? undefined
