/**
 * Joins small chunks into blocks. The sender decides how small its chunks are, and a chunk of one byte occupies about a
 * hundred bytes of memory: kept as received, such chunks would multiply the size of a request.
 */

/** Chunks of at least this size pass unchanged, unless a smaller one precedes them. */
const smallBytes = 4 * 1024
const blockBytes = 64 * 1024

export class ChunkCoalescer {
  #block: Uint8Array | undefined
  #used = 0

  /** Adds a chunk and returns the blocks that are complete: usually the chunk itself. */
  add(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.#used === 0 && chunk.byteLength >= smallBytes) return [chunk]
    const complete: Uint8Array[] = []
    for (let at = 0; at < chunk.byteLength; ) {
      this.#block ??= Buffer.allocUnsafeSlow(blockBytes)
      const piece = chunk.subarray(at, at + blockBytes - this.#used)
      this.#block.set(piece, this.#used)
      at += piece.byteLength
      this.#used += piece.byteLength
      if (this.#used === blockBytes) complete.push(this.flush())
    }
    return complete
  }

  /** Returns the incomplete block, which may be empty, and starts a new one. */
  flush(): Uint8Array {
    const rest = this.#block?.subarray(0, this.#used) ?? noBytes
    this.#block = undefined
    this.#used = 0
    return rest
  }
}

const noBytes = new Uint8Array(0)

export async function* coalesceChunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const coalescer = new ChunkCoalescer()
  for await (const chunk of source) yield* coalescer.add(chunk)
  const rest = coalescer.flush()
  if (rest.byteLength > 0) yield rest
}
