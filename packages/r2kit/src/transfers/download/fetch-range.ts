/** Reads one range until all of it has arrived: each attempt begins with the first byte that is missing. */
import { getPinnedRange } from '../../client/objects/pinned-range.js'
import { R2Error } from '../../errors/index.js'
import type { Permit } from '../adaptive-limit.js'
import { isCongestion, retryPart } from '../retry-part.js'
import type { DownloadJob, OpenObject, Range } from './job.js'

/** Takes the chunks in order; what it returns is waited for, and the socket meanwhile. */
export type TakeChunk = (chunk: Uint8Array) => Promise<void> | undefined

/**
 * @param started the permit that the first attempt runs under, and its answer where there is one already
 */
export const fetchRange = async (
  job: DownloadJob,
  object: OpenObject,
  range: Range,
  started: { readonly permit: Permit; readonly body?: ReadableStream<Uint8Array> },
  take: TakeChunk,
): Promise<void> => {
  const { context, control, watch } = job
  let first: typeof started | undefined = started
  let received = 0
  let isSpoilt = false
  await retryPart(context, { watch, signal: control.signal, isFinal: () => isSpoilt }, async () => {
    const before = received
    const { permit, body } = first ?? { permit: await nextPermit(job) }
    first = undefined
    let congested = false
    try {
      const rest = { offset: range.offset + received, length: range.length - received }
      if (rest.length === 0) return
      const reader = (body ?? (await ask(job, object, rest))).getReader()
      try {
        await readAll(reader, rest.length, (chunk) => {
          if (received + chunk.byteLength > range.length) {
            // What came before it is handed on already, and no more to be believed.
            isSpoilt = true
            throw new R2Error('InvalidResponse', `the answer is longer than the ${range.length} bytes of its range`)
          }
          const taken = take(chunk)
          received += chunk.byteLength
          permit.moved(chunk.byteLength)
          control.meter.moved(chunk.byteLength)
          watch.mark()
          return taken
        })
      } finally {
        // A body that was read to its end takes this as nothing; any other would hold its connection.
        await reader.cancel().catch(ignore)
      }
    } catch (error) {
      congested = isCongestion(error)
      throw error
    } finally {
      permit.done({ bytes: received - before, congested })
    }
  }).finally(() => started.permit.done({ bytes: 0 })) // Where the end of the transfer came before the first attempt.
}

const nextPermit = async ({ context, control }: DownloadJob): Promise<Permit> => {
  await control.whenRunning()
  return context.limit.acquire(control.signal)
}

const ask = async ({ context, control, input }: DownloadJob, { version }: OpenObject, range: Range) => {
  const options = { signal: control.signal, maxAttempts: 1 }
  const answer = await getPinnedRange((...call) => context.objects.getStream(...call), input, version, range, options)
  return answer.body
}

const readAll = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  length: number,
  take: TakeChunk,
): Promise<void> => {
  let left = length
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    left -= value.byteLength
    const taken = take(value)
    if (taken !== undefined) await taken
  }
  if (left > 0) throw new R2Error('StreamInterrupted', `the answer ended ${left} of ${length} bytes too early`)
}

const ignore = (): void => undefined
