/** Medians, because load on the machine distorts some rounds and would distort a mean. */

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The ratio of two series measured in the same rounds: the median of the ratios of the rounds that both have. */
export const pairedRatio = (values, base) =>
  median(values.slice(0, base.length).map((value, round) => value / base[round]))

/** The list with another start in each round, and reversed in every other round, so that no contender always follows the same one. */
export const rotated = (list, round) => {
  const step = round % 2 === 0 ? 1 : list.length - 1
  return list.map((_, index) => list[(round + index * step) % list.length])
}
