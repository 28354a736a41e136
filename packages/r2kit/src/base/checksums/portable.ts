/** Checksums in plain JavaScript, for browsers and Workers. Names and results are those of `node.ts`. SHA-1 follows FIPS 180-4. */
import { BlockHash } from '../hash/block-hash.js'
import { type Algorithm, addInto, at, rotateLeft } from '../hash/blocks.js'
import { sha256Algorithm } from '../hash/sha256-algorithm.js'

export { updateCrc32 } from './crc32-table.js'
export { updateCrc32c } from './crc32c-table.js'
export { createCrc64Nvme } from './crc64nvme.js'

const sha1Constants = /* @__PURE__ */ Int32Array.of(0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6)

const sha1Algorithm: Algorithm = {
  initial: () => [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0],
  compress: (state, words, block, offset) => {
    for (let index = 0; index < 16; index++) words[index] = block.getInt32(offset + index * 4)
    for (let index = 16; index < 80; index++) {
      const mixed = at(words, index - 3) ^ at(words, index - 8) ^ at(words, index - 14) ^ at(words, index - 16)
      words[index] = rotateLeft(mixed, 1)
    }
    let a = at(state, 0)
    let b = at(state, 1)
    let c = at(state, 2)
    let d = at(state, 3)
    let e = at(state, 4)
    for (let index = 0; index < 80; index++) {
      const choice = index < 20 ? d ^ (b & (c ^ d)) : index < 40 || index >= 60 ? b ^ c ^ d : (b & c) | (d & (b | c))
      const next = (rotateLeft(a, 5) + choice + e + at(sha1Constants, (index / 20) | 0) + at(words, index)) | 0
      e = d
      d = c
      c = rotateLeft(b, 30)
      b = a
      a = next
    }
    addInto(state, [a, b, c, d, e])
  },
}

/** An incremental SHA-1, for `x-amz-checksum-sha1`. */
export const createSha1 = (): BlockHash => new BlockHash(sha1Algorithm)

/** An incremental SHA-256, for `x-amz-checksum-sha256`. */
export const createSha256 = (): BlockHash => new BlockHash(sha256Algorithm)
