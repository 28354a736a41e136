/** Random numbers that depend on nothing but a seed and a label: the same whatever the order in which they are drawn. */

/**
 * A number from 0 (inclusive) to 1 (exclusive) for `label` under `seed`.
 *
 * Drawing by label, not in sequence, makes a decision independent of the concurrency of a run: part 3 of a key meets the same
 * fate whether it is sent first or last.
 */
export const seededFraction = (seed: number, label: string): number => {
  // 53 bits of two 32-bit multiplicative hashes (the construction is known as cyrb53).
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ seed
  for (let index = 0; index < label.length; index++) {
    const unit = label.charCodeAt(index)
    high = Math.imul(high ^ unit, 2_654_435_761)
    low = Math.imul(low ^ unit, 1_597_334_677)
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909)
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909)
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)) / 2 ** 53
}

/** A sequence of random numbers from 0 to 1, repeated exactly by the same seed. Fits the client's option `random`. */
export const seededRandom = (seed: number): (() => number) => {
  let drawn = 0
  return () => seededFraction(seed, `#${drawn++}`)
}
