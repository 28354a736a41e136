import type { ObjectAddress } from '../client/fields/object-address.js'
import { eventErrorOf } from '../observability/event-error.js'
import { nextEventId } from '../observability/event-stream.js'
import type { TransferContext } from './context.js'
import type { TransferControl } from './handle/transfer.js'

/**
 * Runs the transfer of one object, and reports its start and its end to the client's listeners.
 *
 * @param work receives the ID of the transfer; undefined without listeners
 */
export const observeTransfer = async <T>(
  { events, clock }: TransferContext,
  { meter }: TransferControl,
  direction: 'upload' | 'download',
  { bucket, key }: ObjectAddress,
  work: (transferId: number | undefined) => Promise<T>,
): Promise<T> => {
  if (events === undefined) return work(undefined)
  const transferId = nextEventId()
  const startedMs = clock.monotonicMs()
  const fields = { transferId, bucket, key, direction } as const
  events.emit({ type: 'transfer.started', ...fields })
  const ended = (error?: unknown) => {
    const { bytes, resumedBytes, parts } = meter.snapshot
    const durationMs = clock.monotonicMs() - startedMs
    const result = error === undefined ? 'success' : 'failure'
    const problem = error === undefined ? undefined : eventErrorOf(error)
    events.emit({
      type: 'transfer.ended',
      ...fields,
      outcome: result,
      durationMs,
      bytes,
      resumedBytes,
      parts,
      error: problem,
    })
  }
  try {
    const result = await work(transferId)
    ended()
    return result
  } catch (error) {
    ended(error)
    throw error
  }
}
