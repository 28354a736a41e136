/** A recorded body as a stream: its chunks, the waits between them, and how it ended. */
import { copyOf } from '../../base/bytes.js'
import { type Clock, sleep } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import type { RecordedResponse } from './recording.js'

/** The clock that waits, and the factor of the recorded times: 0 for no waits. */
export interface ReplayTiming {
  readonly clock: Clock
  readonly scale: number
}

/** @throws R2Error `Aborted`, or the reason of the signal, when it aborts during the wait */
export const wait = async (clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> => {
  if (signal?.aborted) throw abortError(signal)
  if (delayMs <= 0) return
  try {
    await sleep(clock, delayMs, signal)
  } catch {
    throw abortError(signal)
  }
}

/** @param bytes the content of the body */
export const replayedStream = (
  bytes: Uint8Array,
  { chunks = [bytes.byteLength], waitsMs = [], bodyError, isCut }: RecordedResponse,
  { clock, scale }: ReplayTiming,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> => {
  let start = 0
  let index = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await wait(clock, (waitsMs[index] ?? 0) * scale, signal)
        const size = chunks[index++]
        if (size !== undefined) {
          controller.enqueue(copyOf(bytes.subarray(start, start + size)))
          start += size
        } else if (bodyError !== undefined) {
          controller.error(new R2Error(bodyError.code, bodyError.message))
        } else if (isCut === true) {
          controller.error(
            new R2Error('ReplayMismatch', `the recording has only the first ${start} bytes of the body`, {
              hint: 'The recorded reader cancelled the body there. Read no further, or record it again.',
            }),
          )
        } else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}
