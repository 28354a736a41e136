/** How what is missing is cut into requests. */
import type { Range } from './job.js'

/**
 * Ranges of about `rangeSizeBytes`. Where the object was made of parts of `partSizeBytes`, no range ends inside a part unless
 * it begins in the same one: each part's hash then needs its bytes in the order in which they arrive anyway.
 */
export function* planRanges(
  missing: Iterable<Range>,
  rangeSizeBytes: number,
  partSizeBytes?: number,
): Generator<Range, void> {
  for (const { offset, length } of missing) {
    const end = offset + length
    for (let at = offset; at < end; ) {
      const next = Math.min(end, boundaryAfter(at, rangeSizeBytes, partSizeBytes))
      yield { offset: at, length: next - at }
      at = next
    }
  }
}

export const countRanges = (ranges: Iterable<Range>): number => {
  let count = 0
  for (const _ of ranges) count++
  return count
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
