/** A hash or checksum that is fed in pieces. */
export interface IncrementalHash {
  update(chunk: Uint8Array): void
  /** The result, big-endian; ends the hash: neither method may be called after it. */
  digest(): Uint8Array
}

/** HMAC-SHA-256 under one key that is used many times. */
export interface HmacSigner {
  /** The MAC of `text` (its UTF-8 bytes) in lower-case hex. */
  signHex(text: string): string
  /** Overwrites what was derived from the key with zeros; the object is of no use afterwards. */
  destroy(): void
}
