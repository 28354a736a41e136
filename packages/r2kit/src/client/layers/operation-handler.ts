import { sha256Hex } from '#hash'
import { canonicalQuery } from '../../base/encode.js'
import { asFinal, clientError, isR2Error } from '../../errors/calls.js'
import { codingOf } from '../../http/content-coding.js'
import {
  cancelBody,
  type HeaderFields,
  type HttpRequest,
  type HttpResponse,
  headerOf,
  type RequestBody,
} from '../../http/index.js'
import type { Handler, InternalAttempt, InternalCall } from '../../pipeline/index.js'
import { unsignedPayload } from '../../signing/index.js'
import { type Endpoint, locate } from '../endpoint.js'
import { addKeyDigests } from '../fields/ssec.js'
import type { CallOptions, EncodedRequest, Operation, OperationContext } from '../operation.js'
import { attemptTimeoutMs, largeObjectBytes, type ResolvedTimeouts, replaceTimeouts } from '../timeouts.js'
import type { FailedRequest, SendAgain } from './failed-request.js'

let emptyPayloadHash: string | undefined
const maxResponseBytesDefault = 16 * 1024 * 1024
const emptyBody: RequestBody = { kind: 'empty' }

/** What operations of one client need beside their input. */
export interface OperationScope extends OperationContext {
  readonly endpoint: Endpoint
  readonly timeouts: ResolvedTimeouts
  /** Makes another call within a call, such as the HEAD that resolves an unknown outcome. */
  execute<Input, Output>(operation: Operation<Input, Output>, input: Input, options: CallOptions): Promise<Output>
}

/** The innermost handler of a call: validates its input, encodes the request, sends it, and decodes the response. */
export const operationHandler =
  (scope: OperationScope, send: Handler<InternalAttempt, HttpResponse>): Handler<InternalCall, unknown> =>
  async (call) => {
    // Every call is made by `Runtime`, of an operation with all its functions.
    const operation = call.operation as Operation<unknown, unknown>
    const { input } = call
    operation.validate(input, scope)
    const pending = operation.encode(input, scope, call.signal)
    let encoded = pending instanceof Promise ? await pending : pending
    let response: HttpResponse | undefined
    const sendEncoded: SendAgain = (request, renewed = call) => {
      encoded = request
      const pendingDigests = addKeyDigests(request.headers)
      const sendFirst = () => send(firstAttempt(scope, renewed, request))
      return pendingDigests === undefined ? sendFirst() : pendingDigests.then(sendFirst)
    }
    try {
      const sent = await sendEncoded(encoded).catch((error: unknown) =>
        sendOtherwise(error, { scope, call, encoded }, sendEncoded),
      )
      response = withBodyEnd(sent, call.onBodyEnd, scope)
      if (response.hidesHeaders && operation.returnsObject === true) requireEtag(response.headers)
      const output = operation.decode(response, input, encoded)
      return output instanceof Promise ? await output : output
    } catch (error) {
      if (response !== undefined) cancelBody(response)
      if (response?.hidesHeaders && isR2Error(error, 'InvalidResponse'))
        throw (await import('./after-failure.js')).hiddenBy(error)
      const { body } = encoded
      // The same call again would find its source at the end, and store fewer bytes than it was passed.
      throw isR2Error(error) && body?.kind === 'stream' && !body.canOpen() ? asFinal(error) : error
    }
  }

/**
 * Sends a request in another form where the first one may be the cause of the error: a write with a checksum that the server does
 * not support, or a read of an object whose content coding `fetch` undoes. Throws the error of any other request.
 */
const sendOtherwise = async (error: unknown, failed: FailedRequest, send: SendAgain): Promise<HttpResponse> => {
  const { method, proof } = failed.encoded
  if (proof?.mayBeRefused && isR2Error(error) && (error.status ?? error.code === 'IntegrityMismatch'))
    return (await import('./after-failure.js')).sendWithoutChecksum(error, failed, send)
  const coding = failed.call.operation.returnsObject && method === 'GET' ? codingOf(error) : undefined
  if (coding === undefined) throw error
  return (await import('./after-failure.js')).readAsStored(error, failed, coding, send)
}

/** R2 sends an ETag with every object. An empty one in its place would make later conditions match nothing. */
const requireEtag = (headers: HeaderFields): void => {
  if (headerOf(headers, 'etag') === undefined) throw clientError('InvalidResponse', 'the response has no ETag')
}

const withBodyEnd = (
  response: HttpResponse,
  onEnd: InternalCall['onBodyEnd'],
  { streams }: OperationScope,
): HttpResponse => {
  if (onEnd === undefined) return response
  const { body } = response
  if (!(body instanceof Uint8Array) && streams !== undefined)
    return { ...response, body: streams.onBodyEnd(body, onEnd) }
  onEnd()
  return response
}

const firstAttempt = (scope: OperationScope, call: InternalCall, encoded: EncodedRequest): InternalAttempt => {
  const { operation, clock, signal, deadlineMs, maxAttempts } = call
  const { bucket, key, body = emptyBody } = encoded
  return {
    operation,
    bucket,
    key,
    clock,
    signal,
    disposed: scope.disposed,
    deadlineMs,
    number: 1,
    maxAttempts,
    repeatable: operation.idempotent && encoded.repeatable !== false,
    resolveOutcome: call.callerResolvesOutcome
      ? undefined
      : encoded.outcome?.({
          clock,
          signal,
          execute: (another, input) => scope.execute(another, input, { signal, timeouts: call.timeouts }),
        }),
    request: requestOf(scope, call, encoded, body),
    payloadHash: encoded.payloadHash ?? payloadHashOf(body),
    verifier: encoded.proof ?? encoded.verifier,
    events: call.events,
  }
}

const requestOf = (
  { endpoint, timeouts: clientTimeouts }: OperationScope,
  { operation: { timeoutClass }, signal, timeouts: callTimeouts }: InternalCall,
  { method, bucket, key, query, headers, responseBody = 'bytes', maxResponseBytes }: EncodedRequest,
  body: RequestBody,
): HttpRequest => {
  const { origin, host, path } = locate(endpoint, bucket, key)
  const timeouts = replaceTimeouts(clientTimeouts, callTimeouts)
  headers.host = host
  // Reads of objects have asked for `identity`; the responses to all other GETs and POSTs are XML.
  if (method === 'GET' || method === 'POST') headers['accept-encoding'] ??= 'gzip'
  return {
    method,
    origin,
    path,
    query: query === undefined || query.length === 0 ? '' : canonicalQuery(query),
    headers,
    body,
    responseBody,
    bounds: {
      maxResponseBytes: maxResponseBytes ?? maxResponseBytesDefault,
      timeoutMs: attemptTimeoutMs(timeouts, timeoutClass, body),
      timeoutCovers: timeoutClass === 'list' ? 'response' : 'head',
      // A read counts as small until its size is known.
      largeResponse:
        timeoutClass === 'small' ? { bytes: largeObjectBytes, timeoutMs: timeouts.largeObjectMs } : undefined,
      stallTimeoutMs: timeouts.stallTimeoutMs,
      connectTimeoutMs: timeouts.connectMs,
    },
    signal,
  }
}

const payloadHashOf = (body: RequestBody): string => {
  if (body.kind !== 'empty') return body.kind === 'bytes' ? sha256Hex(body.bytes) : unsignedPayload
  emptyPayloadHash ??= sha256Hex('')
  return emptyPayloadHash
}
