/** Ranges of one version of an object, for streams that resume and downloads in parallel ranges. */
import { isR2Error, R2Error } from '../../errors/index.js'
import type { CallOptions } from '../operation.js'
import type { GetObjectStreamOutput } from './get-object.js'
import type { ReadObjectInput } from './read-object.js'

/** The version that the first response had. */
export interface ObjectVersion {
  /** Without quotes. */
  readonly etag: string
  /** Size of the whole object in bytes. */
  readonly size: number
}

/** Reads an object, or a range of it, as a stream. */
export type GetStream = (input: ReadObjectInput, options: CallOptions) => Promise<GetObjectStreamOutput>

/**
 * Requests a range of exactly this version. It sends If-Match (RFC 9110, section 13.1.1) and checks the response as well, because
 * caches on the way may ignore the condition.
 *
 * @throws R2Error `ObjectChanged` where the object was replaced or deleted meanwhile
 */
export const getPinnedRange = async (
  getStream: GetStream,
  input: ReadObjectInput,
  version: ObjectVersion,
  range: { readonly offset: number; readonly length: number },
  options: CallOptions,
): Promise<GetObjectStreamOutput> => {
  // The first response met the caller's other conditions; now the object must be unchanged.
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
  return new R2Error('InvalidResponse', `the response is not the ${length} bytes from ${offset} that were requested`)
}

const changed = ({ bucket, key }: ReadObjectInput, cause?: unknown): R2Error =>
  new R2Error('ObjectChanged', 'the object changed while it was being read', {
    operation: 'GetObject',
    bucket,
    key,
    cause,
  })
