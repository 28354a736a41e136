import { whenAborted } from '#abort'
import { abortError, clientError } from '../errors/calls.js'

/**
 * Waits for work that no signal ends, such as a source of the caller's or the credentials that several calls wait for: an abort ends
 * the wait of its own call only.
 *
 * @param disposed aborts when the client is disposed. @defaultValue the work itself ends then
 * @throws R2Error `Aborted`, `Timeout`, `ClientClosed`
 */
export const orAborted = <T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  disposed?: AbortSignal | undefined,
): Promise<T> => {
  if (signal === undefined && disposed === undefined) return work
  return new Promise((resolve, reject) => {
    const stops = [
      signal && whenAborted(signal, () => reject(abortError(signal))),
      disposed &&
        whenAborted(disposed, () => reject(clientError('ClientClosed', 'the client was disposed during the call'))),
    ]
    work.then(resolve, reject).finally(() => {
      for (const stop of stops) stop?.()
    })
  })
}
