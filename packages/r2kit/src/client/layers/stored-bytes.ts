/** Reads an object whose content coding `fetch` undoes. Loaded by the first one. */
import type { HttpResponse } from '../../http/index.js'
import type { EncodedRequest, Operation } from '../operation.js'

/**
 * Requests the object again and overrides the `content-encoding` of the response (`response-content-encoding`), so that `fetch`
 * undoes nothing. The response has the object's coding again.
 *
 * @param coding of the object; empty where it is unknown
 */
export const readAsStored = async (
  operation: Operation<unknown, unknown>,
  input: unknown,
  coding: string,
  send: (encoded: EncodedRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> => {
  const encoded = operation.encode({ ...(input as object), responseContentEncoding: 'identity' })
  const { headers, ...response } = await send(await encoded)
  const { 'content-encoding': _identity, ...rest } = headers
  return { ...response, headers: coding === '' ? rest : { ...rest, 'content-encoding': coding } }
}
