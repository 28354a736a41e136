/**
 * The `aws-chunked` content coding: the body in frames, then a trailer with a checksum that is known only then. The chunks of the
 * source are passed on without a copy; the frames are as long as those of botocore (1 MiB), which R2 is known to accept. Source of
 * the format: docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html.
 */
import { utf8Bytes } from '../../base/bytes.js'
import { wrongLength } from './counted-source.js'

/** Length of every frame but the last, in bytes. */
const frameBytes = 1024 * 1024

/** The trailer after a body. */
export interface Trailer {
  /** Name of the header field. */
  readonly name: string
  /** Length of its value, which must be known before the value is. */
  readonly valueLength: number
  /** Receives the bytes of the body, in order. */
  update(chunk: Uint8Array): void
  /** Its value. Called after the last byte. */
  value(): string
}

const headOf = (length: number): string => `${length.toString(16)}\r\n`
const endOf = (name: string, value: string): string => `\r\n0\r\n${name}:${value}\r\n\r\n`

/** Length of the framed body, in bytes. @param contentLength of the body; not 0 */
export const awsChunkedLength = (
  contentLength: number,
  { name, valueLength }: Pick<Trailer, 'name' | 'valueLength'>,
): number => {
  const whole = Math.floor((contentLength - 1) / frameBytes)
  const rest = contentLength - whole * frameBytes
  const heads = whole * (headOf(frameBytes).length + 2) + headOf(rest).length
  return heads + contentLength + endOf(name, '').length + valueLength
}

/**
 * Frames a body.
 *
 * @param source yields `contentLength` bytes in chunks that are not empty
 * @param contentLength not 0
 * @throws R2Error `SourceFailed` from the iteration, where the source has fewer or more bytes
 */
export const awsChunked = (
  source: AsyncIterable<Uint8Array>,
  contentLength: number,
  trailer: Trailer,
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]() {
    const frames = new Frames(source[Symbol.asyncIterator](), contentLength, trailer)
    return { next: () => frames.next(), return: () => frames.cancel() }
  },
})

const between = /* @__PURE__ */ utf8Bytes(`\r\n${headOf(frameBytes)}`)

/** Not a generator: its `return()` would wait for a pending `next()` of a source that has stalled. */
class Frames {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #contentLength: number
  readonly #trailer: Trailer
  /** Bytes of the source that have been framed. */
  #framed = 0
  /** Bytes that the current frame lacks. */
  #missing = 0
  /** The part of the last chunk that is in no frame yet. */
  #rest: Uint8Array | undefined
  #isOver = false

  constructor(source: AsyncIterator<Uint8Array>, contentLength: number, trailer: Trailer) {
    this.#source = source
    this.#contentLength = contentLength
    this.#trailer = trailer
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isOver) return { done: true, value: undefined }
    if (this.#framed === this.#contentLength) return this.#end()
    if (this.#missing === 0) return { done: false, value: this.#nextHead() }
    const chunk = this.#rest ?? (await this.#read())
    const taken = chunk.byteLength > this.#missing ? chunk.subarray(0, this.#missing) : chunk
    this.#rest = taken === chunk ? undefined : chunk.subarray(taken.byteLength)
    this.#missing -= taken.byteLength
    this.#framed += taken.byteLength
    return { done: false, value: taken }
  }

  async cancel(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isOver = true
    await this.#source.return?.()
    return { done: true, value: undefined }
  }

  #nextHead(): Uint8Array {
    const left = this.#contentLength - this.#framed
    this.#missing = Math.min(left, frameBytes)
    if (this.#framed === 0) return utf8Bytes(headOf(this.#missing))
    return this.#missing === frameBytes ? between : utf8Bytes(`\r\n${headOf(this.#missing)}`)
  }

  async #read(): Promise<Uint8Array> {
    const { done, value } = await this.#source.next()
    const read = this.#framed + (value?.byteLength ?? 0)
    if (done || read > this.#contentLength) throw wrongLength(read, this.#contentLength)
    this.#trailer.update(value)
    return value
  }

  /** The trailer is sent only when the source has ended: a longer one must not be stored as if it were whole. */
  async #end(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { done, value } = await this.#source.next()
    if (!done) throw wrongLength(this.#framed + value.byteLength, this.#contentLength)
    this.#isOver = true
    return { done: false, value: utf8Bytes(endOf(this.#trailer.name, this.#trailer.value())) }
  }
}
