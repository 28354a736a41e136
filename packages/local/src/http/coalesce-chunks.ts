/**
 * Joins small chunks into blocks. The sender decides how small its chunks are, and a chunk of one byte occupies about a
 * hundred bytes of memory: kept as received, such chunks would multiply the size of a request.
 */

/** Chunks of at least this size pass unchanged. */
const smallBytes = 4 * 1024
const blockBytes = 64 * 1024

export class ChunkCoalescer {
  #block: Uint8Array | undefined
  /** Of the block: up to here it has been returned, and from here on it is free. */
  #returned = 0
  #used = 0

  /** Adds a chunk and returns the pieces that are complete: usually the chunk itself. */
  add(chunk: Uint8Array): readonly Uint8Array[] {
    if (chunk.byteLength >= smallBytes) return this.#used === this.#returned ? [chunk] : [this.#take(), chunk]
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
    const rest = this.#take()
    this.#block = undefined
    this.#returned = 0
    this.#used = 0
    return rest
  }

  /** Returns the new bytes of the block. Later chunks fill the rest of it. */
  #take(): Uint8Array {
    const piece = this.#block?.subarray(this.#returned, this.#used) ?? noBytes
    this.#returned = this.#used
    return piece
  }
}

const noBytes = new Uint8Array(0)

export async function* coalesceChunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const coalescer = new ChunkCoalescer()
  for await (const chunk of source) yield* coalescer.add(chunk)
  const rest = coalescer.flush()
  if (rest.byteLength > 0) yield rest
}
