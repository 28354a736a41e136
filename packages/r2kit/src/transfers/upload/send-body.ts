/** One request with a body that is hashed, counted and watched as it flows, repeated until it has arrived. */
import type { Permit } from '../adaptive-limit.js'
import { isCongestion, retryPart } from '../transfer-retries.js'
import type { UploadJob } from './job.js'

export interface CountedBody {
  readonly size: number
  open(): AsyncIterable<Uint8Array>
}

export interface BodyToSend {
  readonly size: number
  /** Called for each attempt. */
  open(): AsyncIterable<Uint8Array>
  /** Permit of the first attempt, if it has been acquired; later attempts acquire a new one, behind those that wait. */
  readonly permit?: Permit
}

/**
 * @param send makes the request with the body it is given, and verifies the response before it counts
 */
export const sendBody = <T>(
  { context, control, watch }: UploadJob,
  body: BodyToSend,
  send: (counted: CountedBody, attempt: number) => Promise<T>,
): Promise<T> => {
  const { signal, meter } = control
  return retryPart(context, { watch, signal }, async (attempt) => {
    const permit = (attempt === 1 ? body.permit : undefined) ?? (await context.limit.acquire(signal))
    let moved = 0
    const counted: CountedBody = {
      size: body.size,
      async *open() {
        for await (const chunk of body.open()) {
          moved += chunk.byteLength
          permit.moved(chunk.byteLength)
          meter.moved(chunk.byteLength)
          yield chunk
        }
      },
    }
    try {
      const response = await send(counted, attempt)
      permit.done({ bytes: moved })
      watch.mark()
      return response
    } catch (error) {
      permit.done({ bytes: moved, congested: isCongestion(error) })
      meter.moved(-moved)
      throw error
    }
  }).finally(() => body.permit?.done({ bytes: 0 })) // Where the end of the transfer came before the first attempt.
}
