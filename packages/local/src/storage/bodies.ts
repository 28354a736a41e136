/** The store for the bytes of blobs, in memory or in files. A body is written once, under a random ID, and never changes. */

export interface BodyWriter {
  readonly id: string
  /** Takes a chunk, which the caller must not change afterwards. A returned promise must be awaited before the next call. */
  write(chunk: Uint8Array): Promise<void> | undefined
  /** Resolves when all bytes are as durable as the store's options require. */
  finish(): Promise<void>
  /** Stops writing and removes the bytes. */
  abandon(): Promise<void>
}

export interface BodyStore {
  create(): BodyWriter
  /** Marks a body as permanent, once a committed record refers to it: the next start must not remove it. */
  promote(id: string): Promise<void>
  /** Removes a body. Succeeds if there is none. */
  remove(id: string): Promise<void>
  read(id: string, offset: number, length: number): AsyncIterable<Uint8Array>
}
