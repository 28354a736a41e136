/**
 * Decodes UTF-8 that arrives in chunks. Node takes three times as long for a chunk of a stream as for bytes as a whole, so a stream
 * begins only with a chunk that may end inside a character.
 */
export class ChunkDecoder {
  #stream: InstanceType<typeof TextDecoder> | undefined
  #isFirst = true

  /** @throws TypeError for bytes that are not UTF-8 */
  decode(chunk: Uint8Array): string {
    const last = chunk[chunk.length - 1]
    if (last === undefined) return ''
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (this.#stream === undefined && last < 0x80) return (isFirst ? first : later).decode(chunk)
    this.#stream ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: !isFirst })
    return this.#stream.decode(chunk, { stream: true })
  }

  /** Returns the remaining text. @throws TypeError for bytes that end inside a character */
  end(): string {
    return this.#stream?.decode() ?? ''
  }
}

// Without `stream`, a decoder keeps nothing between two calls. A byte order mark counts at the start of the document only.
const first = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true })
const later = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
