/** The bodies of all benchmarks: deterministic and incompressible bytes. */

export const patternBytes = 256 * 1024

/** 256 KiB of an xorshift generator with a fixed seed. */
export const pattern = (() => {
  const bytes = Buffer.alloc(patternBytes)
  let state = 0x9e3779b9
  for (let index = 0; index < bytes.length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state
  }
  return bytes
})()

/** A small object of 1,000 bytes. */
export const smallBody = Buffer.from(pattern.subarray(0, 1000))

/** A body of this many bytes, in chunks of 64 KiB, the size in which files and sockets deliver them. */
export async function* streamedBody(bytes) {
  const chunkBytes = 64 * 1024
  let offset = 0
  for (let left = bytes; left > 0; left -= chunkBytes) {
    yield pattern.subarray(offset, offset + Math.min(left, chunkBytes))
    offset = (offset + chunkBytes) % patternBytes
  }
}

export const credentials = {
  accessKeyId: '0123456789abcdef0123456789abcdef',
  secretAccessKey: '0123456789abcdef'.repeat(4),
}
