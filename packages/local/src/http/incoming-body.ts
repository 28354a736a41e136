/**
 * The body of a request. An operation reads it once, as bytes (XML documents, small objects) or as a stream (large objects).
 * The server drains a body that the operation does not read to its last byte.
 */
import type { IncomingMessage } from 'node:http'
import { S3Error } from '../errors/s3-error.js'
import { ChunkCoalescer } from './coalesce-chunks.js'

/** Objects up to this size are read as bytes: a stream per small object costs more than the object. */
export const smallBodyBytes = 64 * 1024

/** Changes the chunks of a body before they are read. */
type ChunkFilter = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

export class IncomingBody {
  readonly #incoming: IncomingMessage
  readonly #filter: ChunkFilter | undefined
  /** In bytes, from Content-Length; 0 without a body, undefined for chunked transfer coding. */
  readonly declaredLength: number | undefined

  /** @param filter - changes the bytes but not their number, as a fault does. @defaultValue none */
  constructor(incoming: IncomingMessage, filter?: ChunkFilter) {
    this.#incoming = incoming
    this.#filter = filter
    const { headers } = incoming
    const length = headers['content-length']
    // A message with neither field has no body (RFC 9112, 6.3).
    this.declaredLength =
      length === undefined ? (headers['transfer-encoding'] === undefined ? 0 : undefined) : Number(length)
  }

  get isEmpty(): boolean {
    return this.declaredLength === 0
  }

  /** Whether the request has a Content-Length. R2 requires one for uploads, even if they are empty. */
  get hasLength(): boolean {
    return this.#incoming.headers['content-length'] !== undefined
  }

  /** @throws S3Error `MaxMessageLengthExceeded` over `maxBytes`, `IncompleteBody` if the client disconnects. */
  bytes(maxBytes: number): Promise<Uint8Array> {
    const incoming = this.#incoming
    if (this.isEmpty) return Promise.resolve(noBytes)
    if (this.#filter !== undefined) return collect(this.stream(), maxBytes)
    return new Promise((resolve, reject) => {
      const coalescer = new ChunkCoalescer()
      let pieces: Uint8Array[] = []
      let first: Uint8Array | undefined
      let received = 0
      const add = (chunk: Uint8Array): void => {
        received += chunk.byteLength
        if (received > maxBytes) {
          // The remaining chunks are read, which keeps the connection usable, but discarded.
          pieces = []
          first = undefined
          reject(new S3Error('MaxMessageLengthExceeded'))
        } else if (received === chunk.byteLength) {
          // Most bodies are a single chunk, which needs no copy.
          first = chunk
        } else {
          if (first !== undefined) pieces.push(...coalescer.add(first))
          first = undefined
          pieces.push(...coalescer.add(chunk))
        }
      }
      incoming.on('data', add)
      incoming.on('end', () => resolve(first ?? Buffer.concat([...pieces, coalescer.flush()])))
      incoming.on('error', () => reject(new S3Error('IncompleteBody')))
      incoming.on('close', () => {
        if (!incoming.complete) reject(new S3Error('IncompleteBody'))
      })
    })
  }

  /** The chunks as they arrive, with backpressure on the client. */
  async *stream(): AsyncGenerator<Uint8Array> {
    if (this.isEmpty) return
    try {
      // Ending the iteration early must not destroy the socket, on which the response is still to be sent.
      const chunks = this.#incoming.iterator({ destroyOnReturn: false })
      for await (const chunk of this.#filter?.(chunks) ?? chunks) yield chunk
    } catch (cause) {
      throw Object.assign(new S3Error('IncompleteBody'), { cause })
    }
  }
}

const noBytes = new Uint8Array(0)

const collect = async (chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = []
  let received = 0
  for await (const chunk of chunks) {
    received += chunk.byteLength
    if (received > maxBytes) throw new S3Error('MaxMessageLengthExceeded')
    pieces.push(chunk)
  }
  return Buffer.concat(pieces)
}
