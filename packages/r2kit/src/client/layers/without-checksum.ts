/** Sends a write again whose checksum the server may have refused. Loaded by the first error of such a write. */
import { mayHaveActed, type R2Error, storedOtherBytes } from '../../errors/calls.js'
import type { HttpResponse } from '../../http/index.js'
import type { Reduction } from '../client-integrity.js'
import { refusalOf, refusalReason } from '../fields/checksum-refusal.js'
import type { Operation } from '../operation.js'
import type { FailedRequest, SendAgain } from './failed-request.js'

/**
 * Sends the write with its MD5 in place of the checksum. If that succeeds, the client sends no such checksum again.
 *
 * @throws the first error where it has another cause, where the server is known to support the checksum, or where the body
 *   cannot be sent again
 */
export const sendWithoutChecksum = async (
  error: R2Error,
  { scope, call, encoded }: FailedRequest,
  send: SendAgain,
): Promise<HttpResponse> => {
  const { integrity } = scope
  const { form, algorithm } = encoded.proof?.mayBeRefused ?? { form: 'header', algorithm: 'CRC32' }
  const refusal = refusalOf(error, { integrity, form, algorithm }, error.attempts ?? 1)
  if (refusal === 'no') throw error
  const refute = (fallback: Reduction['fallback']) => {
    integrity.refute(form, algorithm)
    integrity.report({ form, algorithm, fallback, reason: refusalReason(error, { form, algorithm }) })
  }
  // Wrong bytes that a condition has let pass are stored, and an attempt that ended in an internal error may still be: the condition
  // does not hold any more then.
  const isSpent = encoded.repeatable === false && (storedOtherBytes(error) || mayHaveActed(error))
  if (isSpent || (encoded.body?.kind === 'stream' && !encoded.body.canOpen())) {
    // The next stream is sent without a trailer.
    if (refusal === 'stated') refute('etag')
    throw error
  }
  const operation = call.operation as Operation<unknown, unknown>
  // An empty stream has been read, to see that it is empty.
  const empty = encoded.body?.kind === 'empty' ? { body: '' } : {}
  const input = { ...(call.input as object), ...empty, integrity: 'md5' }
  // In an outage, the attempts of the call have been used up.
  const renewed = error.retryable ? { ...call, maxAttempts: 1 } : call
  const again = await operation.encode(input, scope, call.signal)
  const response = await send(again, renewed).catch((second: R2Error) => {
    throw second.code === error.code ? error : second
  })
  const isShown = again.proof?.verifiedBy(response.headers) === 'etag'
  refute(isShown ? 'etag' : 'content-md5' in again.headers ? 'content-md5' : 'none')
  return response
}
