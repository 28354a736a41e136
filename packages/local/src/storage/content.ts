/** Functions over contents: ranges, concatenation. */
import type { Content, Piece } from './storage.js'

/**
 * The pieces of a range, as new objects that share the bytes.
 * @throws RangeError if the range exceeds the content.
 */
export const piecesOf = (content: Content, range = { offset: 0, length: content.size }): readonly Piece[] => {
  const pieces: Piece[] = []
  const end = range.offset + range.length
  if (range.offset < 0 || end > content.size) {
    throw new RangeError(`the range ends at byte ${end}, but the content has ${content.size} bytes`)
  }
  let at = 0
  for (const piece of content.pieces) {
    const size = sizeOf(piece)
    const from = Math.max(range.offset - at, 0)
    const to = Math.min(end - at, size)
    at += size
    if (to > from) pieces.push(cut(piece, from, to))
  }
  return pieces
}

const cut = (piece: Piece, from: number, to: number): Piece =>
  piece.kind === 'inline'
    ? { kind: 'inline', bytes: piece.bytes.subarray(from, to) }
    : { kind: 'blob', id: piece.id, offset: piece.offset + from, length: to - from }

export const sizeOf = (piece: Piece): number => (piece.kind === 'inline' ? piece.bytes.length : piece.length)

/** Concatenates contents. */
export const joinContent = (contents: readonly Content[]): Content => ({
  size: contents.reduce((sum, content) => sum + content.size, 0),
  pieces: contents.flatMap((content) => content.pieces),
})

/** Copies chunks into one array. A received chunk is a slice of a larger buffer, which it would keep in memory. */
export const joinBytes = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
