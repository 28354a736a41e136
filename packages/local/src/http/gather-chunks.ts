/**
 * Joins tiny chunks into blocks. A sender decides how small its chunks are, and a chunk of one byte costs about a hundred in
 * memory: held as they come, they would multiply a request's size.
 */

/** Chunks of this size and above pass as they are, unless they follow a smaller one. */
const smallBytes = 4 * 1024
const blockBytes = 64 * 1024

export class ChunkGatherer {
  #block: Uint8Array | undefined
  #used = 0

  /** The pieces that are complete with this chunk: mostly the chunk itself. */
  add(chunk: Uint8Array): readonly Uint8Array[] {
    if (this.#used === 0 && chunk.byteLength >= smallBytes) return [chunk]
    const complete: Uint8Array[] = []
    for (let at = 0; at < chunk.byteLength; ) {
      this.#block ??= Buffer.allocUnsafeSlow(blockBytes)
      const piece = chunk.subarray(at, at + blockBytes - this.#used)
      this.#block.set(piece, this.#used)
      at += piece.byteLength
      this.#used += piece.byteLength
      if (this.#used === blockBytes) complete.push(this.rest())
    }
    return complete
  }

  /** What is gathered and not complete; empty for nothing. */
  rest(): Uint8Array {
    const rest = this.#block?.subarray(0, this.#used) ?? nothing
    this.#block = undefined
    this.#used = 0
    return rest
  }
}

const nothing = new Uint8Array(0)

export async function* gatherChunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gatherer = new ChunkGatherer()
  for await (const chunk of source) yield* gatherer.add(chunk)
  const rest = gatherer.rest()
  if (rest.byteLength > 0) yield rest
}
