/** What is said about an object beside its bytes: options of `cp` and `mv`, the same for every object of the command. */
export interface ObjectFields {
  readonly contentType?: string
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly storageClass?: 'STANDARD' | 'STANDARD_IA'
  readonly metadata?: Readonly<Record<string, string>>
}

export interface WriteOptions {
  readonly fields: ObjectFields
  /** Leaves what exists alone: a conditional write, so that no other writer can slip in between. */
  readonly noClobber: boolean
  readonly signal: AbortSignal
  /** Called with the number of bytes that have been sent; negative when some have to be sent again. */
  readonly onBytes: (bytes: number) => void
}

/** The condition that makes a write fail where something exists. */
export const onlyIfAbsent = (noClobber: boolean): { ifNoneMatch?: '*' } => (noClobber ? { ifNoneMatch: '*' } : {})

/**
 * The fields of an object that is made from a file: a browser that is given no type shows nothing, so the type is guessed
 * from the name's extension where it is not given.
 */
export const fieldsForFile = async (fields: ObjectFields, name: string): Promise<ObjectFields> => {
  if (fields.contentType !== undefined) return fields
  const { default: mime } = await import('mime')
  const contentType = mime.getType(name)
  return contentType === null ? fields : { ...fields, contentType }
}
