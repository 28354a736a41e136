import { hexFromBytes } from '../../base/bytes.js'
import type { IncrementalHash } from '../../base/hash/types.js'

/** The hash of a stream that is computed while the stream is sent, once for each attempt. */
export class PassingHash {
  /** In hex; empty until an attempt has sent all bytes. */
  hex = ''
  readonly #contentLength: number
  readonly #create: () => IncrementalHash

  constructor(contentLength: number, create: () => IncrementalHash) {
    this.#contentLength = contentLength
    this.#create = create
  }

  /** Begins an attempt. Returns the function that receives its chunks. The transport rejects a source with more bytes. */
  start(): (chunk: Uint8Array) => void {
    const hash = this.#create()
    let left = this.#contentLength
    return (chunk) => {
      if (chunk.byteLength === 0 || chunk.byteLength > left) return
      left -= chunk.byteLength
      hash.update(chunk)
      if (left === 0) this.hex = hexFromBytes(hash.digest())
    }
  }
}
