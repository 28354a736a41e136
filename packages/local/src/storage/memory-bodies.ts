/** Bodies in memory, copied into blocks of a fixed size: a received chunk may be a small slice of a large buffer. */
import { randomBytes } from 'node:crypto'
import type { BodyStore } from './bodies.js'
import { ContentGone } from './errors.js'

const blockSizeBytes = 256 * 1024

/** Copies chunks into blocks. `end` returns the blocks, the last one truncated to its content. */
const blockBuilder = () => {
  const full: Uint8Array[] = []
  let block = new Uint8Array(0)
  let used = 0
  return {
    add: (chunk: Uint8Array) => {
      for (let at = 0; at < chunk.length; ) {
        if (used === block.length) {
          if (used > 0) full.push(block)
          block = new Uint8Array(blockSizeBytes)
          used = 0
        }
        const piece = chunk.subarray(at, at + block.length - used)
        block.set(piece, used)
        used += piece.length
        at += piece.length
      }
    },
    end: (): readonly Uint8Array[] => (used === 0 ? full : [...full, block.slice(0, used)]),
  }
}

export const createMemoryBodies = (): BodyStore => {
  const bodies = new Map<string, readonly Uint8Array[]>()
  return {
    create: () => {
      const id = randomBytes(16).toString('hex')
      const blocks = blockBuilder()
      return {
        id,
        write: (chunk) => {
          blocks.add(chunk)
          return undefined
        },
        finish: async () => {
          bodies.set(id, blocks.end())
        },
        abandon: async () => undefined,
      }
    },
    promote: async () => undefined,
    remove: async (id) => {
      bodies.delete(id)
    },
    async *read(id, offset, length) {
      const blocks = bodies.get(id)
      if (blocks === undefined) throw new ContentGone()
      const end = offset + length
      for (let at = offset; at < end; ) {
        const start = at % blockSizeBytes
        const chunk = blocks[Math.floor(at / blockSizeBytes)]?.subarray(start, start + end - at)
        if (chunk === undefined) throw new RangeError(`blob ${id} ends before byte ${end}`)
        yield chunk
        at += chunk.length
      }
    },
  }
}
