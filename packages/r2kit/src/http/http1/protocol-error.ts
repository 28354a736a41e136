/**
 * A response that violates HTTP/1.1. `networkError` makes `InvalidResponse` of it by its name, and by the first bytes it recognizes
 * a server that speaks TLS.
 */
export class HttpParserError extends Error {
  override readonly name = 'HTTPParserError'
  /** The first bytes that were rejected, as Latin-1. */
  readonly data: string

  constructor(message: string, bytes: Uint8Array = new Uint8Array(0)) {
    super(message)
    this.data = String.fromCharCode(...bytes.subarray(0, 16))
  }
}
