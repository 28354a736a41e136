import { toRequestBody } from '../../http/body/request-body.js'
import type { RequestBody } from '../../http/index.js'
import type { EncodedRequest, OperationContext } from '../operation.js'
import { orAborted } from '../or-aborted.js'
import { type Bodiless, type GuardedInput, type HeaderForm, withCrc32 } from './guarded-body.js'

/** The call whose body is encoded. */
interface BodyScope {
  readonly context: OperationContext
  readonly signal: AbortSignal | undefined
  /** Where the checksum of a body in memory or in a file travels. */
  readonly form: HeaderForm
}

/** Adds the body to a request. Synchronous for bytes in memory with the default check. */
export const encodeBody = (
  input: GuardedInput,
  request: Bodiless,
  scope: BodyScope,
): EncodedRequest | Promise<EncodedRequest> => {
  const { context, signal } = scope
  const body = toRequestBody(input.body, input.contentLength, context.streams?.fromSource)
  // A source that is inspected may stall.
  if (body instanceof Promise) return encodeLater(input, request, orAborted(body, signal, context.disposed), scope)
  const guarded = withCrc32(input, request.headers, body, scope.form, context)
  return guarded === undefined ? encodeLater(input, request, body, scope) : Object.assign(request, guarded)
}

/** The body of a stream may fail while the code is loaded, so it is awaited first. */
const encodeLater = async (
  input: GuardedInput,
  request: Bodiless,
  pending: RequestBody | Promise<RequestBody>,
  { context, signal, form }: BodyScope,
): Promise<EncodedRequest> => {
  const [body, { guardBody }] = await Promise.all([pending, import('./other-checks.js')])
  const streams = body.kind === 'stream' ? await context.streams?.load() : undefined
  const guarded = await guardBody({ input, headers: request.headers, body, form, context, signal, streams })
  return Object.assign(request, guarded)
}
