/** Sends a write again whose checksum the server may have refused. Loaded by the first error of such a write. */
import { type R2Error, storedOtherBytes } from '../../errors/calls.js'
import type { HttpResponse } from '../../http/index.js'
import type { IntegrityForm } from '../client-integrity.js'
import { checksumHeaders } from '../fields/checksum.js'
import type { EncodedRequest, Operation } from '../operation.js'
import type { FailedRequest } from './failed-request.js'

/** Codes with which servers refuse the payload form of trailers. R2 sent `InternalError` for a form that it could not decode. */
const payloadCodes = new Set(['InternalError', 'SignatureDoesNotMatch', 'XAmzContentSHA256Mismatch', 'InvalidRequest'])
/**
 * Servers that refuse the header itself name it: AWS for a part whose upload was created without a checksum ("Checksum Type
 * mismatch"), Backblaze B2 ("Unsupported header 'x-amz-checksum-crc32'").
 */
const namesChecksum = /checksum|trailer|aws-chunked|unsupported header/i

const isRefusal = (error: R2Error, form: IntegrityForm): boolean => {
  const { status, s3Code, message } = error
  // The server stored the frames of the trailer with the bytes.
  if (storedOtherBytes(error)) return form === 'trailer' && !error.retryable
  if (status === 501) return true
  if (s3Code === undefined) return status === 400
  if (form === 'trailer' && payloadCodes.has(s3Code)) return true
  // A body that arrived with another checksum is refused for its bytes.
  return status === 400 && s3Code !== 'BadDigest' && namesChecksum.test(message)
}

/**
 * Sends the write with its MD5 in place of the checksum. If that succeeds, the client sends no such checksum again.
 *
 * @throws the first error where it has another cause, where the server is known to support the checksum, or where the body
 *   cannot be sent again
 */
export const sendWithoutChecksum = async (
  error: R2Error,
  { scope, call, encoded }: FailedRequest,
  send: (encoded: EncodedRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> => {
  const { integrity } = scope
  const { form, algorithm } = encoded.proof?.mayBeRefused ?? { form: 'header', algorithm: 'CRC32' }
  const support = integrity.support(form, algorithm)
  if (support === 'supported' || support === 'unsupported' || !isRefusal(error, form)) throw error
  const refute = () => {
    integrity.refute(form, algorithm)
    const sent = form === 'trailer' ? 'the trailer' : checksumHeaders[algorithm]
    const reason =
      error.status === undefined
        ? 'it stores the frames of the trailer with the bytes'
        : `it refused ${sent} with ${error.s3Code ?? error.status}`
    integrity.report({ form, algorithm, fallback: 'etag', reason })
  }
  // Wrong bytes that a condition has let pass are stored: the condition does not hold any more.
  const isSpent = storedOtherBytes(error) && encoded.repeatable === false
  if (isSpent || (encoded.body?.kind === 'stream' && !encoded.body.canOpen())) {
    // The next stream is sent without a trailer. Other statuses have other causes, too: a wrong secret, an outage.
    if (error.status === 501 || error.status === 400 || error.status === undefined) refute()
    throw error
  }
  const operation = call.operation as Operation<unknown, unknown>
  // An empty stream has been read, to see that it is empty.
  const empty = encoded.body?.kind === 'empty' ? { body: '' } : {}
  const input = { ...(call.input as object), ...empty, integrity: 'md5' }
  const response = await send(await operation.encode(input, scope, call.signal)).catch((second: R2Error) => {
    throw second.code === error.code ? error : second
  })
  refute()
  return response
}
