/** How what is missing is cut into requests. */
import type { Range } from '../job.js'

/** Ranges are cut no smaller than this, or their requests would cost more than they bring. */
const smallestBytes = 512 * 1024
/** Pieces that are checked each by itself; more of them would take memory and save nothing. */
const smallestLaneBytes = 1024 * 1024

/**
 * Ranges of about `rangeSizeBytes`, and smaller ones towards the end: `sharers` connections that do not end together would
 * leave the line to fewer and fewer of them, for as long as a range takes. Where the object was made of parts, no range ends
 * inside a part unless it begins in the same one: each part's hash then needs its bytes in the order in which they arrive
 * anyway. Those that are asked for before `partSizeBytes` is known may end anywhere.
 */
export function* planRanges(
  missing: Iterable<Range>,
  rangeSizeBytes: number,
  partSizeBytes: () => number | undefined = () => undefined,
  sharers = 1,
): Generator<Range, void> {
  const stretches = [...missing]
  let left = stretches.reduce((sum, { length }) => sum + length, 0)
  for (const { offset, length } of stretches) {
    const end = offset + length
    for (let at = offset; at < end; ) {
      const share = Math.max(smallestBytes, Math.floor(left / sharers))
      const next = Math.min(end, boundaryAfter(at, Math.min(rangeSizeBytes, share), partSizeBytes()))
      yield { offset: at, length: next - at }
      left -= next - at
      at = next
    }
  }
}

/** CRCs of pieces combine, so the pieces may be small enough for any range to begin and end with one, unless they were too many. */
export const checksumSegmentBytes = (size: number, rangeSizeBytes: number): number =>
  size <= 10_000 * smallestLaneBytes ? Math.min(rangeSizeBytes, smallestLaneBytes) : rangeSizeBytes

export const countRanges = (ranges: Iterable<Range>): number => {
  let count = 0
  for (const _ of ranges) count++
  return count
}

/** The length of the longest, or 0 of none. */
export const longestOf = (ranges: Iterable<Range>): number => {
  let longest = 0
  for (const { length } of ranges) longest = Math.max(longest, length)
  return longest
}

const boundaryAfter = (at: number, rangeSize: number, partSize: number | undefined): number => {
  if (partSize === undefined) return at + rangeSize
  const pieces = Math.round(partSize / rangeSize)
  if (pieces <= 1) {
    const step = partSize * Math.max(1, Math.floor(rangeSize / partSize))
    return (Math.floor(at / step) + 1) * step
  }
  const partStart = Math.floor(at / partSize) * partSize
  const step = Math.ceil(partSize / pieces)
  return Math.min(partStart + partSize, partStart + (Math.floor((at - partStart) / step) + 1) * step)
}

/** What of `wanted` is in none of `done`, which may overlap and come in any order. */
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
