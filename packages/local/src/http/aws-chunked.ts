/**
 * The `aws-chunked` content coding: chunks with their sizes, then trailer fields, inside of the HTTP body. SDKs use it to
 * send a checksum after a body that they could not hash beforehand (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`).
 * Form: AWS, "Signature calculations for the Authorization header: transferring payload in multiple chunks".
 */
import { S3Error } from '../errors/s3-error.js'
import { ChunkGatherer } from './gather-chunks.js'

/** A size with its extensions; `;chunk-signature=` and 64 digits, the longest in use, have 90. */
const sizeLineBytesMax = 1024
/** All trailer lines together, and how many they may be; SDKs send one or two. */
const trailerBytesMax = 8 * 1024
const trailersMax = 16

type Expecting = 'size' | 'data' | 'data-end' | 'trailer' | 'nothing'

const size = /^([0-9a-f]{1,13})(?:$|;)/i

export class AwsChunkedDecoder {
  /** Trailer fields by lower-case name, complete once the stream has ended. */
  readonly trailers = new Map<string, string>()
  readonly #gatherer = new ChunkGatherer()
  #expecting: Expecting = 'size'
  #line = ''
  #remaining = 0
  #trailerBytes = 0
  #trailerCount = 0

  /** @throws S3Error InvalidRequest for what is no such body, IncompleteBody for one that ends early. */
  async *decode(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      for (const piece of this.#take(chunk)) yield* this.#gatherer.add(piece)
    }
    // Some writers leave the last empty line out; what counts is that the zero chunk has come.
    const ended = this.#expecting === 'nothing' || (this.#expecting === 'trailer' && this.#line === '')
    if (!ended) throw new S3Error('IncompleteBody')
    const rest = this.#gatherer.rest()
    if (rest.byteLength > 0) yield rest
  }

  *#take(chunk: Uint8Array): Generator<Uint8Array> {
    let offset = 0
    while (offset < chunk.byteLength) {
      if (this.#expecting === 'nothing') throw malformed()
      if (this.#expecting === 'data') {
        const piece = chunk.subarray(offset, offset + this.#remaining)
        offset += piece.byteLength
        this.#remaining -= piece.byteLength
        if (this.#remaining === 0) this.#expecting = 'data-end'
        yield piece
        continue
      }
      const lineEnd = chunk.indexOf(10, offset)
      const stop = lineEnd < 0 ? chunk.byteLength : lineEnd
      this.#addToLine(chunk.subarray(offset, stop))
      if (lineEnd < 0) return
      offset = lineEnd + 1
      const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
      this.#line = ''
      this.#takeLine(line)
    }
  }

  #addToLine(bytes: Uint8Array): void {
    if (this.#expecting === 'trailer') this.#trailerBytes += bytes.byteLength
    if (this.#trailerBytes > trailerBytesMax) throw malformed()
    if (this.#expecting !== 'trailer' && this.#line.length + bytes.byteLength > sizeLineBytesMax) throw malformed()
    this.#line += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  }

  #takeLine(line: string): void {
    if (this.#expecting === 'trailer') {
      if (line === '') this.#expecting = 'nothing'
      else this.#takeTrailer(line)
    } else if (this.#expecting === 'data-end') {
      if (line !== '') throw malformed()
      this.#expecting = 'size'
    } else {
      const digits = size.exec(line)?.[1]
      if (digits === undefined) throw malformed()
      this.#remaining = Number.parseInt(digits, 16)
      this.#expecting = this.#remaining === 0 ? 'trailer' : 'data'
    }
  }

  #takeTrailer(line: string): void {
    const colon = line.indexOf(':')
    if (colon < 1 || ++this.#trailerCount > trailersMax) throw malformed()
    this.trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
}

const malformed = (): S3Error => new S3Error('InvalidRequest', 'The aws-chunked body is malformed.')

/**
 * The length that the decoded body must have, from `x-amz-decoded-content-length`.
 * @throws S3Error MissingContentLength
 */
export const decodedLength = (headers: Readonly<Record<string, string | undefined>>): number => {
  const length = headers['x-amz-decoded-content-length']
  if (length === undefined || !/^\d+$/.test(length)) throw new S3Error('MissingContentLength')
  return Number(length)
}
