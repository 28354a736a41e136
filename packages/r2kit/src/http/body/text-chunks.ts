/** Streams of text, encoded as UTF-8. */
import { isWellFormed, utf8Bytes } from '../../base/bytes.js'
import { bytesOf } from './byte-views.js'

/** The chunks of one stream. A pair of surrogates may be split between two of them. */
export class TextChunks {
  #highSurrogate = ''

  /** The bytes of a chunk, which may be text or bytes; undefined where it is neither, and for text that UTF-8 cannot encode. */
  encode(chunk: unknown): Uint8Array | undefined {
    if (typeof chunk !== 'string') return this.isComplete ? bytesOf(chunk) : undefined
    const text = this.#highSurrogate + chunk
    const isSplit = /[\uD800-\uDBFF]$/.test(text)
    this.#highSurrogate = isSplit ? text.slice(-1) : ''
    const whole = isSplit ? text.slice(0, -1) : text
    return isWellFormed(whole) ? utf8Bytes(whole) : undefined
  }

  /** False while half of a pair is missing. */
  get isComplete(): boolean {
    return this.#highSurrogate === ''
  }
}
