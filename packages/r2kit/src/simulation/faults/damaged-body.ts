/** What faults do to bytes on their way: cut them, flip a bit, slow them down. */
import { copyOf } from '../../base/bytes.js'
import { type Clock, sleep } from '../../base/clock.js'

/** A copy of `bytes` with one bit flipped, at the place that `fraction` (0 to 1) of them names. */
export const flippedBit = (bytes: Uint8Array, fraction: number): Uint8Array => {
  const copy = copyOf(bytes)
  if (copy.length > 0) flip(copy, Math.floor(fraction * copy.length))
  return copy
}

/** The chunks of `source` with one bit of byte `position` flipped. */
export async function* withFlippedBit(source: AsyncIterable<Uint8Array>, position: number): AsyncGenerator<Uint8Array> {
  let start = 0
  for await (const chunk of source) {
    const end = start + chunk.length
    if (position < start || position >= end) yield chunk
    else {
      const copy = copyOf(chunk)
      flip(copy, position - start)
      yield copy
    }
    start = end
  }
}

const flip = (bytes: Uint8Array, index: number): void => {
  bytes[index] = (bytes[index] ?? 0) ^ 0x10
}

/** The first `length` bytes of `source`; then its reader is released. */
export async function* firstBytes(source: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let left = length
  if (left <= 0) return
  for await (const chunk of source) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}

/** The chunks of `source`, no faster than `bytesPerSecond`. */
export async function* dripping(
  source: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  clock: Clock,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    // In pieces of a tenth of a second: one large chunk would be one long silence.
    const pieceBytes = Math.max(1, Math.floor(bytesPerSecond / 10))
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      const piece = chunk.subarray(start, start + pieceBytes)
      await sleep(clock, (piece.length / bytesPerSecond) * 1_000, signal)
      yield piece
    }
  }
}

/** A stream of the chunks; an error of the iterator is the stream's. */
export const streamOfChunks = (chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await chunks.return?.()
      },
    },
    // No read-ahead: the source is read only on demand.
    { highWaterMark: 0 },
  )
