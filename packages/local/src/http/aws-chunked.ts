/**
 * The `aws-chunked` content coding: chunks with their sizes, then trailer fields, within the HTTP body. SDKs use it to send
 * a checksum after a body that they cannot hash beforehand (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`).
 * Format: AWS, "Signature calculations for the Authorization header: transferring payload in multiple chunks".
 */
import { S3Error } from '../errors/s3-error.js'
import { ChunkCoalescer } from './coalesce-chunks.js'
import type { RequestHeaders } from './header-values.js'

/** Of a size with its extensions. The longest in use, `;chunk-signature=` and 64 digits, makes about 90 bytes. */
const sizeLineBytesMax = 1024
/** Of all trailer lines together. */
const trailerBytesMax = 8 * 1024
/** SDKs send one or two. */
const trailersMax = 16

/**
 * The states of the parser: size → data → data-end → size → …, and after the size 0: trailer → … → nothing.
 */
type Expecting = 'size' | 'data' | 'data-end' | 'trailer' | 'nothing'

const sizeLine = /^([0-9a-f]{1,13})(?:$|;)/i

export class AwsChunkedDecoder {
  /** Trailer fields by lower-case name; complete when the stream has ended. */
  readonly trailers = new Map<string, string>()
  readonly #coalescer = new ChunkCoalescer()
  #expecting: Expecting = 'size'
  #line = ''
  #remaining = 0
  #trailerBytes = 0
  #trailerCount = 0

  /**
   * Decodes a stream.
   * @throws S3Error `InvalidRequest` for a malformed body, `IncompleteBody` for one that ends early.
   */
  async *decode(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      for (const piece of this.#parse(chunk)) yield* this.#coalescer.add(piece)
    }
    yield* this.#end()
  }

  /** Decodes a body that is in memory. @throws S3Error as `decode` does */
  decodeBytes(body: Uint8Array): Uint8Array {
    const pieces = this.#parse(body).flatMap((piece) => this.#coalescer.add(piece))
    pieces.push(...this.#end())
    const [only] = pieces
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
  }

  /** The rest of the data. */
  #end(): readonly Uint8Array[] {
    // Some clients omit the final empty line, so a body is complete once the zero-size chunk has arrived.
    const isComplete = this.#expecting === 'nothing' || (this.#expecting === 'trailer' && this.#line === '')
    if (!isComplete) throw new S3Error('IncompleteBody')
    const rest = this.#coalescer.flush()
    return rest.byteLength > 0 ? [rest] : []
  }

  /** Returns the data in `chunk` and updates the parser's state. */
  #parse(chunk: Uint8Array): Uint8Array[] {
    const data: Uint8Array[] = []
    let offset = 0
    while (offset < chunk.byteLength) {
      if (this.#expecting === 'nothing') throw malformed()
      if (this.#expecting === 'data') {
        const piece = chunk.subarray(offset, offset + this.#remaining)
        offset += piece.byteLength
        this.#remaining -= piece.byteLength
        if (this.#remaining === 0) this.#expecting = 'data-end'
        data.push(piece)
        continue
      }
      const lineEnd = chunk.indexOf(10, offset)
      const stop = lineEnd < 0 ? chunk.byteLength : lineEnd
      this.#addToLine(chunk.subarray(offset, stop))
      if (lineEnd < 0) break
      offset = lineEnd + 1
      const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
      this.#line = ''
      this.#parseLine(line)
    }
    return data
  }

  #addToLine(bytes: Uint8Array): void {
    if (this.#expecting === 'trailer') this.#trailerBytes += bytes.byteLength
    if (this.#trailerBytes > trailerBytesMax) throw malformed()
    if (this.#expecting !== 'trailer' && this.#line.length + bytes.byteLength > sizeLineBytesMax) throw malformed()
    this.#line += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  }

  #parseLine(line: string): void {
    if (this.#expecting === 'trailer') {
      if (line === '') this.#expecting = 'nothing'
      else this.#parseTrailer(line)
    } else if (this.#expecting === 'data-end') {
      if (line !== '') throw malformed()
      this.#expecting = 'size'
    } else {
      const digits = sizeLine.exec(line)?.[1]
      if (digits === undefined) throw malformed()
      this.#remaining = Number.parseInt(digits, 16)
      this.#expecting = this.#remaining === 0 ? 'trailer' : 'data'
    }
  }

  #parseTrailer(line: string): void {
    const colon = line.indexOf(':')
    if (colon < 1 || ++this.#trailerCount > trailersMax) throw malformed()
    const name = line.slice(0, colon).trim().toLowerCase()
    // Of two values, one would be ignored.
    if (this.trailers.has(name)) throw malformed()
    this.trailers.set(name, line.slice(colon + 1).trim())
  }
}

const malformed = (): S3Error => new S3Error('InvalidRequest', 'The aws-chunked body is malformed.')

/**
 * Reads `x-amz-decoded-content-length`: the length of the decoded body in bytes.
 * @throws S3Error `MissingContentLength`
 */
export const decodedLength = (headers: RequestHeaders): number => {
  const length = headers['x-amz-decoded-content-length']
  if (length === undefined || !/^\d+$/.test(length)) throw new S3Error('MissingContentLength')
  return Number(length)
}
