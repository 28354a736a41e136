/** The `aws-chunked` form of a body that is in memory: chunks with their sizes, then trailer fields. */
import { concatBytes } from '../../base/bytes.js'
import { Refusal } from './refusal.js'

/** A body without its framing. */
export interface UnframedBody {
  readonly bytes: Uint8Array
  /** By lower-case name. */
  readonly trailers: ReadonlyMap<string, string>
}

const lineFeed = 10
/** A size in hex, and an extension such as a signature. */
const sizeLine = /^([0-9a-f]{1,13})(?:;.*)?$/i
const text = new TextDecoder()

/** @throws Refusal `InvalidRequest` for malformed framing, `IncompleteBody` for a body that ends early */
export const unframed = (framed: Uint8Array): UnframedBody => {
  let at = 0
  const line = (): string => {
    const end = framed.indexOf(lineFeed, at)
    if (end < 0) throw new Refusal(400, 'IncompleteBody')
    if (framed[end - 1] !== 13) throw malformed()
    const content = text.decode(framed.subarray(at, end - 1))
    at = end + 1
    return content
  }
  const chunks: Uint8Array[] = []
  for (;;) {
    const size = Number.parseInt(sizeLine.exec(line())?.[1] ?? 'none', 16)
    if (Number.isNaN(size)) throw malformed()
    if (size === 0) break
    if (at + size > framed.length) throw new Refusal(400, 'IncompleteBody')
    chunks.push(framed.subarray(at, at + size))
    at += size
    if (line() !== '') throw malformed()
  }
  const trailers = new Map<string, string>()
  // Some clients omit the final empty line.
  while (at < framed.length) {
    const field = line()
    if (field === '' && at === framed.length) break
    const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(field) ?? []
    if (name === undefined || value === undefined || trailers.has(name.toLowerCase())) throw malformed()
    trailers.set(name.toLowerCase(), value)
  }
  return { bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatBytes(chunks), trailers }
}

const malformed = (): Refusal => new Refusal(400, 'InvalidRequest')
