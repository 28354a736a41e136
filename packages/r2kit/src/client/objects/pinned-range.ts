/** Bytes of one version of an object: how a read goes on, and how ranges that are read apart belong together. */
import { isR2Error, R2Error } from '../../errors/index.js'
import type { CallOptions } from '../operation.js'
import type { GetObjectStreamOutput } from './get-object.js'
import type { ReadObjectInput } from './read-object.js'

/** The version that was met first. */
export interface ObjectVersion {
  /** Bare. */
  readonly etag: string
  /** Size of the whole object in bytes. */
  readonly size: number
}

export type GetStream = (input: ReadObjectInput, options: CallOptions) => Promise<GetObjectStreamOutput>

/**
 * Asks for a range of exactly this version: by If-Match (RFC 9110, section 13.1.1), and by looking at the response, since what
 * stands between may not know the condition.
 *
 * @throws R2Error `ObjectChanged` when the object is another one by now, or gone
 */
export const getPinnedRange = async (
  getStream: GetStream,
  input: ReadObjectInput,
  version: ObjectVersion,
  range: { readonly offset: number; readonly length: number },
  options: CallOptions,
): Promise<GetObjectStreamOutput> => {
  // The caller's other conditions were met by the first response; what counts now is that nothing changed since.
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince, partNumber, ...target } = input
  const response = await getStream({ ...target, range, ifMatch: version.etag }, options).catch((error: unknown) => {
    throw isR2Error(error, 'PreconditionFailed', 'ObjectNotFound', 'InvalidRange') ? changed(input, error) : error
  })
  const problem = problemWith(response, version, range, input)
  if (problem === undefined) return response
  await response.body.cancel()
  throw problem
}

const problemWith = (
  { etag, size, contentRange }: GetObjectStreamOutput,
  version: ObjectVersion,
  { offset, length }: { readonly offset: number; readonly length: number },
  input: ReadObjectInput,
): R2Error | undefined => {
  if (etag !== version.etag || size !== version.size) return changed(input)
  if (contentRange?.offset === offset && contentRange.length === length) return undefined
  return new R2Error('InvalidResponse', `the response is not the ${length} bytes from ${offset} that were asked for`)
}

const changed = ({ bucket, key }: ReadObjectInput, cause?: unknown): R2Error =>
  new R2Error('ObjectChanged', 'the object changed while it was being read', {
    operation: 'GetObject',
    bucket,
    key,
    cause,
  })
