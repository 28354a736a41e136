/** A hash or checksum that takes its input in chunks. */
export interface IncrementalHash {
  /** Adds the next bytes. */
  update(chunk: Uint8Array): void
  /** Ends the hash and returns the result, big-endian. No method may be called afterwards. */
  digest(): Uint8Array
}

/** HMAC-SHA-256 for many texts under one key. */
export interface HmacSigner {
  /** The MAC of the UTF-8 bytes of `text`, in lower-case hex. */
  signHex(text: string): string
  /** Overwrites all memory that was derived from the key. MACs are wrong afterwards. */
  destroy(): void
}
