/** Reads aws-chunked bodies for tests, independently of the client's framing and of the local server's decoder. */

export interface Unframed {
  readonly bytes: Buffer
  /** The trailer's fields by lower-case name. */
  readonly trailers: Readonly<Record<string, string>>
  /** Length of each frame, without the last, which is empty. */
  readonly frames: readonly number[]
}

/** Takes a framed body apart. Throws for anything that the format does not permit, such as bytes after the trailer. */
export const unframe = (framed: Buffer): Unframed => {
  const pieces: Buffer[] = []
  let at = 0
  const line = (): string => {
    const end = framed.indexOf('\r\n', at)
    if (end < 0) throw new Error(`a line without an end at ${at}`)
    const text = framed.toString('latin1', at, end)
    at = end + 2
    return text
  }
  for (;;) {
    const head = line()
    if (!/^[0-9a-f]+$/.test(head)) throw new Error(`'${head}' is no length of a frame`)
    const length = Number.parseInt(head, 16)
    if (length === 0) break
    if (at + length > framed.length) throw new Error(`a frame of ${length} bytes ends early`)
    pieces.push(framed.subarray(at, at + length))
    at += length
    if (line() !== '') throw new Error('a frame is longer than its length')
  }
  const trailers: Record<string, string> = {}
  for (let field = line(); field !== ''; field = line()) {
    const colon = field.indexOf(':')
    trailers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim()
  }
  if (at !== framed.length) throw new Error(`${framed.length - at} bytes follow the trailer`)
  return { bytes: Buffer.concat(pieces), trailers, frames: pieces.map(({ length }) => length) }
}
