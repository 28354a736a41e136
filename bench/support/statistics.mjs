/** Medians: a busy neighbour spoils some rounds, and a mean would carry that on. */

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Ratio of two series that were measured in the same rounds: the median of the rounds' ratios. */
export const pairedRatio = (values, base) => median(values.map((value, round) => value / base[round]))

/** The same list beginning elsewhere in each round, and every other time backwards, so that nobody always follows the same neighbour. */
export const rotated = (list, round) => {
  const step = round % 2 === 0 ? 1 : list.length - 1
  return list.map((_, index) => list[(round + index * step) % list.length])
}
