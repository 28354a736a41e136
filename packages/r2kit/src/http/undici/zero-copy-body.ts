import type { ChunkConsumer, ZeroCopy } from '../body/drain.js'

/** Makes the chunks of the stream, one each time it is asked. */
interface Source {
  start(controller: ReadableStreamDefaultController<Uint8Array>): void
  pull(): void
  cancel(reason: unknown): void
}

/**
 * A stream like any other, and a way around it: most of a download's CPU time and memory goes to a fresh buffer for every
 * chunk of a stream.
 */
export class ZeroCopyBody extends ReadableStream<Uint8Array> implements ZeroCopy {
  readonly consume: (consumer: ChunkConsumer) => Promise<void>

  constructor(source: Source, consume: (consumer: ChunkConsumer) => Promise<void>) {
    // The source has a buffer of its own.
    super(source, { highWaterMark: 0 })
    this.consume = consume
  }
}
