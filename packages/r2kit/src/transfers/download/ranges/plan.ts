/** Cuts the missing bytes of a download into requests. */
import type { DownloadJob, OpenObject, Range } from '../job.js'

/** Smaller ranges would cost more in requests than they gain. */
const smallestBytes = 512 * 1024
/** Smaller segments of a checksum would take memory and save nothing. */
const smallestSegmentBytes = 1024 * 1024

/**
 * The ranges to request, besides the first response that is open already. A function, so that they can be counted before they are
 * used.
 *
 * @param stored ranges of an earlier run
 * @param segments the segments that ranges should follow, once they are known
 */
export const rangesOf =
  (
    { context, rangeSizeBytes }: DownloadJob,
    { wanted, first }: OpenObject,
    stored: readonly Range[] = [],
    segments?: { readonly segmentBytes: number | undefined },
  ): (() => Generator<Range, void>) =>
  () =>
    planRanges(
      missingRanges(wanted, first === undefined ? stored : [first, ...stored]),
      rangeSizeBytes,
      () => segments?.segmentBytes,
      context.limit.max,
    )

/**
 * Yields ranges of about `rangeSizeBytes`, and smaller ones towards the end: `connections` that do not finish together would leave
 * the network to fewer and fewer of them. No range ends inside a segment unless it begins in the same one, because the hash of a
 * segment needs its bytes in order. Ranges that are requested before `segmentBytes` is known may end anywhere.
 */
export function* planRanges(
  missing: Iterable<Range>,
  rangeSizeBytes: number,
  segmentBytes: () => number | undefined = () => undefined,
  connections = 1,
): Generator<Range, void> {
  const stretches = [...missing]
  let left = stretches.reduce((sum, { length }) => sum + length, 0)
  for (const { offset, length } of stretches) {
    const end = offset + length
    for (let at = offset; at < end; ) {
      const share = Math.max(smallestBytes, Math.floor(left / connections))
      const next = Math.min(end, boundaryAfter(at, Math.min(rangeSizeBytes, share), segmentBytes()))
      yield { offset: at, length: next - at }
      left -= next - at
      at = next
    }
  }
}

/**
 * The segment size for a CRC. CRCs of pieces combine, so segments may be small enough for any range to begin and end with one,
 * unless that made too many of them.
 */
export const checksumSegmentBytes = (size: number, rangeSizeBytes: number): number =>
  size <= 10_000 * smallestSegmentBytes ? Math.min(rangeSizeBytes, smallestSegmentBytes) : rangeSizeBytes

/**
 * The segment size for the CRC of a part: the largest piece of at most 1 MiB that divides the part. A part without such a piece of a
 * reasonable size is one segment.
 */
export const partSegmentBytes = (partBytes: number): number => {
  const least = Math.ceil(partBytes / smallestSegmentBytes)
  for (let pieces = least; pieces <= 2 * least; pieces++) if (partBytes % pieces === 0) return partBytes / pieces
  return partBytes
}

export const countRanges = (ranges: Iterable<Range>): number => {
  let count = 0
  for (const _ of ranges) count++
  return count
}

/** Length of the longest range; 0 without ranges. */
export const longestOf = (ranges: Iterable<Range>): number => {
  let longest = 0
  for (const { length } of ranges) longest = Math.max(longest, length)
  return longest
}

const boundaryAfter = (at: number, rangeSize: number, segmentSize: number | undefined): number => {
  if (segmentSize === undefined) return at + rangeSize
  const pieces = Math.round(segmentSize / rangeSize)
  if (pieces <= 1) {
    const step = segmentSize * Math.max(1, Math.floor(rangeSize / segmentSize))
    return (Math.floor(at / step) + 1) * step
  }
  const segmentStart = Math.floor(at / segmentSize) * segmentSize
  const step = Math.ceil(segmentSize / pieces)
  return Math.min(segmentStart + segmentSize, segmentStart + (Math.floor((at - segmentStart) / step) + 1) * step)
}

/** The bytes of `wanted` that are in none of `done`, whose ranges may overlap and come in any order. */
export const missingRanges = (wanted: Range, done: readonly Range[]): Range[] => {
  const missing: Range[] = []
  let at = wanted.offset
  for (const { offset, length } of [...done].sort((a, b) => a.offset - b.offset)) {
    if (offset > at) missing.push({ offset: at, length: offset - at })
    at = Math.max(at, offset + length)
  }
  const end = wanted.offset + wanted.length
  if (at < end) missing.push({ offset: at, length: end - at })
  return missing
}
