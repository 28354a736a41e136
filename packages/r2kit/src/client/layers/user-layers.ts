/** Fits the user's layers into the rings. A layer that violates its contract causes an error that names the layer. */
import { suppressUnhandledError } from '../../http/body/holding.js'
import { type HeaderFields, type HttpResponse, isSuccess } from '../../http/index.js'
import {
  type AttemptHandler,
  type AttemptLayer,
  type CallLayer,
  type Handler,
  type InternalAttempt,
  type InternalAttemptLayer,
  type InternalCall,
  type InternalCallLayer,
  isOwnLayer,
} from '../../pipeline/index.js'
import { checkHeaderValue, refuseOption } from '../../validation/index.js'

export const userCallLayers = (layers: readonly CallLayer[] = []): InternalCallLayer[] =>
  layers.map((layer, index) => (next) => {
    const name = `layers.call[${index}]`
    const handler = handlerOf(name, layer, (call: InternalCall) => {
      requireCopy(name, 'call', 'callerResolvesOutcome' in call)
      return next(call)
    })
    return async (call) => {
      // The layer may wait before the body is read; a Node stream can fail meanwhile.
      suppressUnhandledError((call.input as { readonly body?: unknown }).body)
      return handler(call)
    }
  })

export const userAttemptLayers = (layers: readonly AttemptLayer[] = []): InternalAttemptLayer[] =>
  layers.map((layer, index) => (next) => {
    // The attempts of the client's own layers are internal ones, and copies keep their fields.
    if (isOwnLayer(layer)) return layer(next as unknown as AttemptHandler) as Handler<InternalAttempt, HttpResponse>
    const name = `layers.attempt[${index}]`
    const handler = handlerOf(name, layer, (attempt: InternalAttempt) => {
      requireCopy(name, 'attempt', 'payloadHash' in attempt)
      checkHeaders(name, attempt.request.headers)
      return next(attempt)
    })
    return async (attempt) => {
      const response: HttpResponse | undefined = await handler(attempt)
      if (response !== undefined && isSuccess(response.status)) return response
      throw refuseOption(name, 'must return a successful response', 'Return await next(attempt), or throw an R2Error.')
    }
  })

/**
 * @param layer a layer of the public type: `next` of the internal one takes the same objects, which copies keep whole
 * @throws R2Error `InvalidConfig` where it makes no handler
 */
const handlerOf = <Subject, Result>(
  name: string,
  layer: (next: never) => unknown,
  next: Handler<Subject, Result>,
): Handler<Subject, Result> => {
  const handler = layer(next as never)
  if (typeof handler === 'function') return handler as Handler<Subject, Result>
  throw refuseOption(name, 'must return a function', 'Write (next) => async (call) => next(call).')
}

const requireCopy = (name: string, subject: string, isCopy: boolean): void => {
  if (!isCopy) throw refuseOption(name, `must pass on its ${subject} or a copy`, `Call next({ ...${subject}, … }).`)
}

/** Signatures cover lower-case names; a line break would begin another header. */
const checkHeaders = (name: string, headers: HeaderFields): void => {
  for (const [header, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(header))
      throw refuseOption(
        name,
        `must pass lower-case header names, not ${JSON.stringify(header)}`,
        'Use a-z, 0-9 and "-".',
      )
    checkHeaderValue(value, `${name}: ${header}`)
  }
}
