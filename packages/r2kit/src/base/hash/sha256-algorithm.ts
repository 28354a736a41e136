/** SHA-256 (FIPS 180-4) in plain JavaScript. */
import { type Algorithm, addInto, at, rotateLeft } from './blocks.js'

/**
 * The constants of SHA-256: the first 32 bits of the fractions of the roots of the first primes. Computing them takes a tenth of
 * the bytes of a table in a bundle. A precision of 2^-32 is needed, far above the rounding error.
 */
const primeRoots = (count: number, exponent: number): Int32Array => {
  const roots = new Int32Array(count)
  let found = 0
  for (let candidate = 2; found < count; candidate++) {
    let divisor = 2
    while (candidate % divisor !== 0) divisor++
    if (divisor === candidate) roots[found++] = (candidate ** exponent % 1) * 2 ** 32
  }
  return roots
}

let sha256Constants: Int32Array | undefined
let sha256Initial: Int32Array | undefined

export const sha256Algorithm: Algorithm = {
  initial: () => {
    sha256Initial ??= primeRoots(8, 1 / 2)
    return sha256Initial
  },
  compress: (state, words, block, offset) => {
    sha256Constants ??= primeRoots(64, 1 / 3)
    const constants = sha256Constants
    let a = at(state, 0)
    let b = at(state, 1)
    let c = at(state, 2)
    let d = at(state, 3)
    let e = at(state, 4)
    let f = at(state, 5)
    let g = at(state, 6)
    let h = at(state, 7)
    for (let index = 0; index < 64; index++) {
      let word = 0
      if (index < 16) word = block.getInt32(offset + index * 4)
      else {
        const early = at(words, index - 15)
        const late = at(words, index - 2)
        const sigma0 = rotateLeft(early, 25) ^ rotateLeft(early, 14) ^ (early >>> 3)
        const sigma1 = rotateLeft(late, 15) ^ rotateLeft(late, 13) ^ (late >>> 10)
        word = (at(words, index - 16) + sigma0 + at(words, index - 7) + sigma1) | 0
      }
      words[index] = word
      const sum1 = rotateLeft(e, 26) ^ rotateLeft(e, 21) ^ rotateLeft(e, 7)
      const one = (h + sum1 + (g ^ (e & (f ^ g))) + at(constants, index) + word) | 0
      const sum0 = rotateLeft(a, 30) ^ rotateLeft(a, 19) ^ rotateLeft(a, 10)
      const two = (sum0 + ((a & b) | (c & (a | b)))) | 0
      h = g
      g = f
      f = e
      e = (d + one) | 0
      d = c
      c = b
      b = a
      a = (one + two) | 0
    }
    addInto(state, [a, b, c, d, e, f, g, h])
  },
}
