/** A body whose bytes can be had without a stream in between, for readers that put them where they belong at once. */

/**
 * Takes bytes that are lent: their memory serves again as soon as this returns, so what is to be kept is copied. Where it
 * returns a promise, the next bytes come when that has resolved, and the peer waits meanwhile.
 */
export type TakeBytes = (lent: Uint8Array) => Promise<void> | undefined

/** Lends all bytes in order; resolves after the last. The stream must not be read as well. */
export type Lend = (take: TakeBytes) => Promise<void>

/** What makes the chunks, one when it is asked for one. */
interface Source {
  start(controller: ReadableStreamDefaultController<Uint8Array>): void
  pull(): void
  cancel(reason: unknown): void
}

/** A stream like any other, and a way around it: a fresh buffer for every read of a socket is what most of a download's CPU time and memory goes to. */
export class LendingBody extends ReadableStream<Uint8Array> {
  readonly lend: Lend

  constructor(source: Source, lend: Lend) {
    // No buffer of its own: who lends has one.
    super(source, { highWaterMark: 0 })
    this.lend = lend
  }
}

/**
 * Reads a body to its end, by the shortest way it has. When `take` throws or rejects, the body is dismissed and so is its
 * connection.
 */
export const drain = async (body: ReadableStream<Uint8Array>, take: TakeBytes): Promise<void> => {
  if (body instanceof LendingBody) return body.lend(take)
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      const taken = take(value)
      if (taken !== undefined) await taken
    }
  } finally {
    // A body that was read to its end takes this as nothing; any other would hold its connection.
    await reader.cancel().catch(ignore)
  }
}

const ignore = (): void => undefined
