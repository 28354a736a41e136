/**
 * The `aws-chunked` content coding: chunks with their sizes, then trailer fields, inside of the HTTP body. SDKs use it to
 * send a checksum after a body that they could not hash beforehand (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`).
 * Form: AWS, "Signature calculations for the Authorization header: transferring payload in multiple chunks".
 */
import { S3Error } from '../errors/s3-error.js'

/** A size line or a trailer line is short; more is no aws-chunked body. */
const maxLineBytes = 16 * 1024

type Expecting = 'size' | 'data' | 'data-end' | 'trailer' | 'nothing'

export class AwsChunkedDecoder {
  /** Trailer fields by lower-case name, complete once the stream has ended. */
  readonly trailers: Record<string, string> = {}
  #expecting: Expecting = 'size'
  #line = ''
  #remaining = 0

  async *decode(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) yield* this.#take(chunk)
    // Some writers leave the last empty line out; what counts is that the zero chunk has come.
    const ended = this.#expecting === 'nothing' || (this.#expecting === 'trailer' && this.#line === '')
    if (!ended) throw new S3Error('IncompleteBody')
  }

  *#take(chunk: Uint8Array): Generator<Uint8Array> {
    let offset = 0
    while (offset < chunk.byteLength) {
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
      this.#line += Buffer.from(chunk.buffer, chunk.byteOffset + offset, stop - offset).toString('latin1')
      if (this.#line.length > maxLineBytes) throw malformed()
      if (lineEnd < 0) return
      offset = lineEnd + 1
      const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
      this.#line = ''
      this.#takeLine(line)
    }
  }

  #takeLine(line: string): void {
    switch (this.#expecting) {
      case 'size': {
        // Extensions such as `;chunk-signature=…` follow the size.
        const size = /^([0-9a-f]{1,13})(?:;.*)?$/i.exec(line)?.[1]
        if (size === undefined) throw malformed()
        this.#remaining = Number.parseInt(size, 16)
        this.#expecting = this.#remaining === 0 ? 'trailer' : 'data'
        return
      }
      case 'data-end':
        if (line !== '') throw malformed()
        this.#expecting = 'size'
        return
      case 'trailer': {
        if (line === '') {
          this.#expecting = 'nothing'
          return
        }
        const colon = line.indexOf(':')
        if (colon < 1) throw malformed()
        this.trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
        return
      }
      default:
        if (line !== '') throw malformed()
    }
  }
}

const malformed = (): S3Error => new S3Error('InvalidRequest', 'The aws-chunked body is malformed.')
