/**
 * The body of a request, read once: as bytes where an operation needs a whole document, as a stream into storage where it
 * is an object. What an operation leaves unread, the listener drains.
 */
import type { IncomingMessage } from 'node:http'
import { S3Error } from '../errors/s3-error.js'
import { ChunkGatherer } from './gather-chunks.js'

/** Bodies up to this size are taken as one piece: a stream per small object costs more than the object. */
export const smallBodyBytes = 64 * 1024

export class IncomingBody {
  readonly #incoming: IncomingMessage
  /** From Content-Length; undefined for chunked transfer. */
  readonly declaredLength: number | undefined

  constructor(incoming: IncomingMessage) {
    this.#incoming = incoming
    const { headers } = incoming
    const length = headers['content-length']
    // A message with neither field has no body (RFC 9112, 6.3).
    this.declaredLength =
      length === undefined ? (headers['transfer-encoding'] === undefined ? 0 : undefined) : Number(length)
  }

  /** Whether the request said that it has no body, or said nothing. */
  get isEmpty(): boolean {
    return this.declaredLength === 0
  }

  /** Node has checked that the request had a Content-Length or was chunked; PUT without either is a missing length on R2. */
  get hasLength(): boolean {
    return this.#incoming.headers['content-length'] !== undefined
  }

  /** @throws S3Error MaxMessageLengthExceeded when there are more than `maxBytes`, IncompleteBody when the client went away. */
  bytes(maxBytes: number): Promise<Uint8Array> {
    const incoming = this.#incoming
    if (this.isEmpty) return Promise.resolve(noBytes)
    return new Promise((resolve, reject) => {
      const gatherer = new ChunkGatherer()
      let pieces: Uint8Array[] = []
      let first: Uint8Array | undefined
      let received = 0
      const add = (chunk: Uint8Array): void => {
        received += chunk.byteLength
        if (received > maxBytes) {
          // The rest is drained so that the connection stays usable, and not kept.
          pieces = []
          first = undefined
          reject(new S3Error('MaxMessageLengthExceeded'))
        } else if (received === chunk.byteLength) {
          // Most bodies are one chunk, which needs no copy.
          first = chunk
        } else {
          if (first !== undefined) pieces.push(...gatherer.add(first))
          first = undefined
          pieces.push(...gatherer.add(chunk))
        }
      }
      incoming.on('data', add)
      incoming.on('end', () => resolve(first ?? Buffer.concat([...pieces, gatherer.rest()])))
      incoming.on('error', () => reject(new S3Error('IncompleteBody')))
      incoming.on('close', () => {
        if (!incoming.complete) reject(new S3Error('IncompleteBody'))
      })
    })
  }

  /** The chunks as they arrive; reading slowly slows the client down. */
  async *stream(): AsyncGenerator<Uint8Array> {
    if (this.isEmpty) return
    try {
      // Leaving early must not destroy the socket: the response still has to go out on it.
      for await (const chunk of this.#incoming.iterator({ destroyOnReturn: false })) yield chunk
    } catch (cause) {
      throw Object.assign(new S3Error('IncompleteBody'), { cause })
    }
  }
}

const noBytes = new Uint8Array(0)
