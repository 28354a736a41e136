/** MD5 (RFC 1321) in plain JavaScript, for browsers and Workers: Web Crypto has none. Names and results are those of `md5-node.ts`. */
import { utf8Bytes } from '../bytes.js'
import { BlockHash } from './block-hash.js'
import { type Algorithm, addInto, at, digestOf, rotateLeft } from './blocks.js'

const md5Initial = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
let md5Constants: Int32Array | undefined
/** Four shifts for each of the four rounds. */
const md5Shifts = /* @__PURE__ */ Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21)

const md5Algorithm: Algorithm = {
  littleEndian: true,
  initial: () => md5Initial,
  compress: (state, words, block, offset) => {
    md5Constants ??= Int32Array.from({ length: 64 }, (_, index) => Math.abs(Math.sin(index + 1)) * 2 ** 32)
    const constants = md5Constants
    for (let index = 0; index < 16; index++) words[index] = block.getInt32(offset + index * 4, true)
    let a = at(state, 0)
    let b = at(state, 1)
    let c = at(state, 2)
    let d = at(state, 3)
    for (let index = 0; index < 64; index++) {
      const round = index >> 4
      let choice: number
      let word: number
      if (round === 0) {
        choice = d ^ (b & (c ^ d))
        word = index
      } else if (round === 1) {
        choice = c ^ (d & (b ^ c))
        word = 5 * index + 1
      } else if (round === 2) {
        choice = b ^ c ^ d
        word = 3 * index + 5
      } else {
        choice = c ^ (b | ~d)
        word = 7 * index
      }
      const sum = (a + choice + at(constants, index) + at(words, word & 15)) | 0
      a = d
      d = c
      c = b
      b = (b + rotateLeft(sum, at(md5Shifts, round * 4 + (index & 3)))) | 0
    }
    addInto(state, [a, b, c, d])
  },
}

/** MD5, 16 bytes, for ETags and `Content-MD5`. Not for security. */
export const md5 = (data: string | Uint8Array): Uint8Array =>
  digestOf(md5Algorithm, typeof data === 'string' ? utf8Bytes(data) : data)

/** An incremental MD5. */
export const createMd5 = (): BlockHash => new BlockHash(md5Algorithm)
