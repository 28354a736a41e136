/**
 * The byte range of a read: from `Range`, or from `partNumber` for multipart objects. R2 rejects unsupported ranges, which
 * RFC 9110 lets a server ignore.
 */
import { invalidArgument, S3Error } from '../errors/s3-error.js'

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

const rangeForm = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/

/**
 * @param size The object's size in bytes.
 * @throws S3Error `InvalidArgument` for several ranges, other units and inverted ranges, `InvalidRange` for an empty range.
 */
export const parseRange = (header: string, size: number): ByteRange => {
  const match = rangeForm.exec(header)
  if (match === null) {
    // R2's message ends in a stray apostrophe.
    throw invalidArgument("range must be in format 'bytes=start-end', 'bytes=start-' or 'bytes=-suffix'.'")
  }
  const [, first, last, suffix] = match
  if (first === undefined) {
    const length = Math.min(Number(suffix), size)
    if (length === 0) throw unsatisfiable(size)
    return { offset: size - length, length }
  }
  const offset = Number(first)
  const end = last ? Number(last) : Number.POSITIVE_INFINITY
  if (end < offset) throw invalidArgument('range must be positive.')
  if (offset >= size) throw unsatisfiable(size)
  return { offset, length: Math.min(end, size - 1) - offset + 1 }
}

const unsatisfiable = (size: number): S3Error =>
  new S3Error('InvalidRange', undefined, { headers: { 'content-range': `bytes */${size}` } })

export const contentRange = (range: ByteRange, size: number): string =>
  `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`

/**
 * Reads `partNumber`: an integer from 1 to 10,000. Padding and a sign are accepted.
 * @throws S3Error `InvalidArgument`
 */
export const parsePartNumber = (text: string): number => {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive.')
  }
  return number
}

/**
 * The byte range of a part. An object without parts counts as its own part 1.
 * @throws S3Error `InvalidPartNumber`
 */
export const partRange = (partNumber: number, size: number, partSizes: readonly number[] | undefined): ByteRange => {
  const sizes = partSizes ?? [size]
  const length = sizes[partNumber - 1]
  if (length === undefined) throw new S3Error('InvalidPartNumber')
  const offset = sizes.slice(0, partNumber - 1).reduce((sum, partSize) => sum + partSize, 0)
  return { offset, length }
}
