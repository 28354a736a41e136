/**
 * Where bytes of blobs lie: in memory or in files. A body is written once, under a random id, and never changes.
 */

export interface BodyWriter {
  readonly id: string
  /** Takes a chunk, which must not change afterwards. A promise means: wait for it before giving more. */
  write(chunk: Uint8Array): Promise<void> | undefined
  /** Resolves when all bytes are as durable as the store is asked to be. */
  finish(): Promise<void>
  /** Stops writing and removes what there is. */
  abandon(): Promise<void>
}

export interface BodyStore {
  create(): BodyWriter
  /** The record that refers to the body has been committed: it is no longer one to be removed at the next start. */
  settle(id: string): Promise<void>
  /** Removing what is not there is fine. */
  remove(id: string): Promise<void>
  read(id: string, offset: number, length: number): AsyncIterable<Uint8Array>
}
