/** Reads the responses on one connection, as their bytes arrive (RFC 9112). Every length that a server controls is bounded. */
import type { HttpMethod } from '../transport.js'
import { HttpParserError } from './protocol-error.js'
import { isControl, type ResponseHead, readHead } from './response-head.js'

/** What the parser reports, in the order of a response. */
export interface ResponseListener {
  /** The head of the response. Interim responses (1xx) are left out. */
  head(head: ResponseHead): void
  /** Bytes of the body: a view of the pushed bytes. */
  data(bytes: Buffer): void
  /** The response is whole. @param isReusable whether the connection can take another request */
  complete(isReusable: boolean): void
}

/** Most bytes of one line that begins a chunk, extensions included. */
const chunkLineBytesMax = 4096
/** Most interim responses to one request. */
const interimMax = 16

/** The name of a field and its colon (RFC 9112, section 5). */
const fieldLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:/

const headEnd = Buffer.from('\r\n\r\n')
const lineEnd = Buffer.from('\r\n')
const start = Buffer.from('HTTP/1.')
const nothing = Buffer.alloc(0)
const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/**
 * The states:
 *
 *     idle ── expect ──▶ head ──▶ body, chunk-line, until-close ──▶ idle
 *     chunk-line ──▶ chunk ──▶ chunk-end ──▶ chunk-line ── last chunk ──▶ trailers ──▶ idle
 */
export class ResponseParser {
  readonly #listener: ResponseListener
  readonly #maxHeadBytes: number
  #state: 'idle' | 'head' | 'body' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' = 'idle'
  #method: HttpMethod = 'GET'
  #keepsAlive = false
  /** Bytes of the body or chunk that are still to come. */
  #left = 0
  /** Received bytes that are not a whole head or line yet. */
  #held: Buffer = nothing
  #interim = 0
  #trailerBytes = 0

  /** @param maxHeadBytes most bytes of a head, and of the trailers */
  constructor(listener: ResponseListener, maxHeadBytes: number) {
    this.#listener = listener
    this.#maxHeadBytes = maxHeadBytes
  }

  /** A request has been sent, and its response comes next. */
  expect(method: HttpMethod): void {
    this.#state = 'head'
    this.#method = method
    this.#interim = 0
  }

  /**
   * Reads the next bytes, and keeps no view of them.
   *
   * @throws HttpParserError for bytes that are not a response, or that no request asked for; the connection must be closed
   */
  push(received: Buffer): void {
    let bytes = this.#held.byteLength === 0 ? received : Buffer.concat([this.#held, received])
    this.#held = nothing
    while (bytes.byteLength > 0) {
      const rest = this.#read(bytes)
      if (rest === undefined) {
        // The memory of the bytes may be reused.
        this.#held = Buffer.from(bytes)
        return
      }
      bytes = rest
    }
  }

  /**
   * The server has closed its side.
   *
   * @returns whether that was the end of a body or between responses; otherwise a response is incomplete
   */
  end(): boolean {
    if (this.#state !== 'until-close') return this.#state === 'idle'
    this.#state = 'idle'
    this.#listener.complete(false)
    return true
  }

  /** Reads one element, and returns the bytes after it; undefined where more bytes are needed. */
  #read(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes)
      case 'body':
      case 'chunk':
        return this.#readBody(bytes)
      case 'until-close':
        this.#listener.data(bytes)
        return nothing
      case 'chunk-line':
        return this.#readChunkLine(bytes)
      case 'chunk-end':
        return this.#readChunkEnd(bytes)
      case 'trailers':
        return this.#readTrailer(bytes)
      case 'idle':
        throw new HttpParserError('bytes without a request', bytes)
    }
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(headEnd)
    if ((end < 0 ? bytes.byteLength : end) > this.#maxHeadBytes)
      throw new HttpParserError(`the head is longer than ${this.#maxHeadBytes} bytes`)
    if (end < 0) {
      // A server of another protocol may wait for more and never send the end of a head.
      const compared = Math.min(bytes.byteLength, start.byteLength)
      if (bytes.compare(start, 0, compared, 0, compared) !== 0) throw new HttpParserError('invalid status line', bytes)
      const lineFeedAt = bytes.indexOf(lineFeed)
      if (lineFeedAt >= 0 && bytes[lineFeedAt - 1] !== carriageReturn)
        throw new HttpParserError('a line ends without a carriage return', bytes)
      return undefined
    }
    const head = parsed(bytes, end, this.#method)
    const headBytes = end + headEnd.byteLength
    const rest = headBytes === bytes.byteLength ? nothing : bytes.subarray(headBytes)
    if (head.status < 200) {
      // No request asks for another protocol.
      if (head.status === 101 || ++this.#interim > interimMax) throw new HttpParserError(`unexpected ${head.status}`)
      return rest
    }
    this.#begin(head, rest.byteLength)
    return rest
  }

  #begin(head: ResponseHead, bytesAfter: number): void {
    const { framing } = head
    this.#keepsAlive = head.keepsAlive
    this.#state = framing === 'chunked' ? 'chunk-line' : framing === 'close' ? 'until-close' : 'body'
    this.#left = typeof framing === 'number' ? framing : 0
    this.#trailerBytes = 0
    this.#listener.head(head)
    if (framing === 0) this.#complete(bytesAfter)
  }

  #readBody(bytes: Buffer): Buffer {
    const taken = Math.min(this.#left, bytes.byteLength)
    // Most reads end with the body. A view takes as long as a copy of a small body.
    const isAll = taken === bytes.byteLength
    const rest = isAll ? nothing : bytes.subarray(taken)
    this.#left -= taken
    this.#listener.data(isAll ? bytes : bytes.subarray(0, taken))
    if (this.#left > 0) return rest
    if (this.#state === 'chunk') this.#state = 'chunk-end'
    else this.#complete(rest.byteLength)
    return rest
  }

  #readChunkLine(bytes: Buffer): Buffer | undefined {
    const line = lineOf(bytes, chunkLineBytesMax)
    if (line === undefined) return undefined
    // 13 digits: below the largest integer that a number represents exactly.
    const digits = /^([0-9A-Fa-f]{1,13})(?:[ \t]*;|$)/.exec(line)?.[1]
    if (digits === undefined) throw new HttpParserError('invalid chunk size')
    this.#left = Number.parseInt(digits, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
    return bytes.subarray(line.length + lineEnd.byteLength)
  }

  #readChunkEnd(bytes: Buffer): Buffer | undefined {
    if (bytes.byteLength < lineEnd.byteLength) return undefined
    if (lineOf(bytes.subarray(0, lineEnd.byteLength), 0) !== '') throw new HttpParserError('invalid end of a chunk')
    this.#state = 'chunk-line'
    return bytes.subarray(lineEnd.byteLength)
  }

  /** Trailers are read and left out: nothing that the client trusts comes in them. */
  #readTrailer(bytes: Buffer): Buffer | undefined {
    const line = lineOf(bytes, this.#maxHeadBytes - this.#trailerBytes)
    if (line === undefined) return undefined
    // Such as the head of a response that follows where the empty line is missing.
    if (line !== '' && !fieldLine.test(line)) throw new HttpParserError('invalid trailer', bytes)
    const rest = bytes.subarray(line.length + lineEnd.byteLength)
    this.#trailerBytes += line.length + lineEnd.byteLength
    if (line === '') this.#complete(rest.byteLength)
    return rest
  }

  /** Bytes after the response belong to nothing: the connection is of no more use, and `push` rejects them. */
  #complete(bytesAfter: number): void {
    this.#state = 'idle'
    this.#listener.complete(this.#keepsAlive && bytesAfter === 0)
  }
}

const parsed = (bytes: Buffer, end: number, method: HttpMethod): ResponseHead => {
  try {
    return readHead(bytes.toString('latin1', 0, end), method)
  } catch (error) {
    throw error instanceof HttpParserError ? new HttpParserError(error.message, bytes) : error
  }
}

/** A line as Latin-1 without its end; undefined while its end is missing. A bare line feed ends no line. */
const lineOf = (bytes: Buffer, maxBytes: number): string | undefined => {
  const end = bytes.indexOf(lineEnd)
  if ((end < 0 ? bytes.byteLength - 1 : end) > maxBytes) throw new HttpParserError('a line is too long')
  // Now: the server may send nothing more.
  if (end < 0 && bytes.includes(lineFeed)) throw new HttpParserError('a line ends without a carriage return')
  if (end < 0) return undefined
  const line = bytes.toString('latin1', 0, end)
  for (let index = 0; index < line.length; index++)
    if (isControl(line.charCodeAt(index))) throw new HttpParserError('a line has a control character')
  return line
}
