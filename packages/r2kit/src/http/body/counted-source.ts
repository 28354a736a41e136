/** The source of a streamed request body: counted against its declared length, with a note of whose turn it is. */
import { isR2Error, R2Error } from '../../errors/index.js'

/** Called when the turn changes while a request body streams. A peer is late in its own turn only. */
export interface Turns {
  /** A read of the source is pending. */
  sourceTurn(): void
  /** The peer has bytes to take. */
  peerTurn(): void
}

/**
 * Passes chunks on unchanged, and fails when there are fewer or more bytes than declared. An error of the source becomes
 * `SourceFailed` with that error as its cause, because a part of the body may have been sent.
 */
export const countedSource = (
  iterator: AsyncIterator<Uint8Array>,
  contentLength: number,
  turns: Turns,
): AsyncIterator<Uint8Array> => {
  let sent = 0
  return {
    next: async () => {
      turns.sourceTurn()
      const result = await iterator.next().catch(sourceFailed)
      if (result.done) {
        if (sent < contentLength) throw wrongLength(sent, contentLength)
        return { done: true, value: undefined }
      }
      sent += result.value.byteLength
      if (sent > contentLength) throw wrongLength(sent, contentLength)
      turns.peerTurn()
      return { done: false, value: result.value }
    },
    return: async () => {
      await iterator.return?.()
      return { done: true, value: undefined }
    },
  }
}

/** Rethrows an error of a source, as `SourceFailed` unless it is an `R2Error`. */
export const sourceFailed = (cause: unknown): never => {
  if (isR2Error(cause)) throw cause
  throw new R2Error('SourceFailed', `the body could not be read: ${cause instanceof Error ? cause.message : cause}`, {
    field: 'body',
    cause,
  })
}

/** The error for a stream of another length than declared, which shows only while it is sent. */
export const wrongLength = (sent: number, contentLength: number): R2Error =>
  new R2Error(
    'SourceFailed',
    `the body has ${sent < contentLength ? `only ${sent} of` : 'more than'} its ${contentLength} declared bytes`,
    {
      field: 'contentLength',
      hint: 'Pass the exact length of the stream, or use r2.transfers.upload.',
    },
  )
