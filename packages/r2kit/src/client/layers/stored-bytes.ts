/** Reads an object whose content coding `fetch` undoes. Loaded by the first one. */
import type { HttpResponse } from '../../http/index.js'
import type { EncodedRequest, Operation } from '../operation.js'
import type { FailedRequest } from './failed-request.js'

/**
 * Requests the object again and overrides the `content-encoding` of the response (`response-content-encoding`), so that `fetch`
 * undoes nothing. The response has the object's coding again.
 *
 * @param error of the first request, thrown where this one fails too and `coding` is unknown
 * @param coding of the object; empty where it is unknown
 */
export const readAsStored = async (
  error: unknown,
  { scope, call }: FailedRequest,
  coding: string,
  send: (encoded: EncodedRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> => {
  const operation = call.operation as Operation<unknown, unknown>
  const input = { ...(call.input as object), responseContentEncoding: 'identity' }
  const encoded = operation.encode(input, scope, call.signal)
  const { headers, ...response } = await send(await encoded).catch((second: unknown) => {
    throw coding === '' ? error : second
  })
  const { 'content-encoding': _identity, ...rest } = headers
  return { ...response, headers: coding === '' ? rest : { ...rest, 'content-encoding': coding } }
}
