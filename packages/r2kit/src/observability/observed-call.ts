/** Reports one call to the listeners of its client. Loaded by the first call of a client that has listeners. */
import { isR2Error, type R2Error } from '../errors/index.js'
import type { HeaderFields, HttpRequest, HttpResponse } from '../http/index.js'
import type {
  BreakerState,
  CallEvents,
  DelayReason,
  Handler,
  InternalCall,
  ReportedAttempt,
} from '../pipeline/index.js'
import { describeRequest } from '../security/describe-request.js'
import { eventErrorOf } from './event-error.js'
import { type EventStream, nextEventId } from './event-stream.js'
import type { CallFields } from './events.js'
import { observedBody } from './observed-body.js'

/** Runs the rest of a call, and reports it. */
export const observeCall = async (
  stream: EventStream,
  endpoint: string,
  call: InternalCall,
  next: Handler<InternalCall, unknown>,
): Promise<unknown> => {
  const events = new ObservedCall(stream, call, endpoint)
  try {
    const output = await next({ ...call, events })
    events.succeeded(output, call)
    return output
  } catch (error) {
    events.failed(error)
    throw error
  }
}

/** Reports a call whose input was refused before any layer ran. */
export const observeRefusal = (stream: EventStream, endpoint: string, operation: string, error: unknown): void => {
  const { bucket, key } = isR2Error(error) ? error : {}
  new ObservedCall(
    stream,
    { operation: { name: operation }, bucket, key, input: {}, callerResolvesOutcome: false },
    endpoint,
  ).failed(error)
}

/** The fields of a call that its events have. */
interface CallSubject {
  readonly operation: { readonly name: string }
  readonly bucket: string | undefined
  readonly key: string | undefined
  readonly input: unknown
  readonly callerResolvesOutcome: boolean
}

/**
 * The caller has its result when `next` resolves; the call has ended when the body of the response has ended, too.
 *
 *     running ──▶ streaming ──▶ ended      a success with a streamed body
 *     running ────────────────▶ ended      any other success, and every failure
 */
type Phase = 'running' | 'streaming' | 'ended'

class ObservedCall implements CallEvents {
  readonly #stream: EventStream
  readonly #fields: CallFields
  readonly #startedMs: number
  readonly #isOfTransfer: boolean
  #phase: Phase = 'running'
  /** Response bodies that are not at their end. */
  #openBodies = 0
  #bodyError: { readonly error: unknown } | undefined
  #attempts = 0
  #status: number | undefined
  #requestId: string | undefined
  #bytesSent = 0
  #bytesReceived = 0

  constructor(stream: EventStream, subject: CallSubject, endpoint: string) {
    const { operation, bucket, key, input, callerResolvesOutcome } = subject
    this.#stream = stream
    this.#isOfTransfer = callerResolvesOutcome
    this.#fields = { callId: nextEventId(), operation: operation.name, bucket, key }
    this.#startedMs = stream.clock.monotonicMs()
    const { uploadId, partNumber } = input as { readonly uploadId?: unknown; readonly partNumber?: unknown }
    stream.emit({
      type: 'call.started',
      ...this.#fields,
      endpoint,
      uploadId: typeof uploadId === 'string' ? uploadId : undefined,
      partNumber: typeof partNumber === 'number' ? partNumber : undefined,
    })
  }

  async attempt<Sent extends ReportedAttempt>(attempt: Sent, next: Handler<Sent, HttpResponse>): Promise<HttpResponse> {
    const startedMs = this.#stream.clock.monotonicMs()
    const { number, request } = attempt
    const fields = { ...this.#fields, attempt: number }
    const bytes = lengthOf(request)
    this.#attempts++
    this.#stream.emit({ type: 'attempt.started', ...fields, method: request.method, url: urlOf(request), bytes })
    if (this.#stream.describesRequests) {
      const { bucket, key } = attempt
      const described = describeRequest({ ...request, bucket, key, contentLength: bytes })
      this.#stream.emit({ type: 'request.described', ...fields, request: described })
    }
    const ended = (response: Pick<HttpResponse, 'status' | 'headers' | 'body'> | undefined, error?: unknown) => {
      const failure = error === undefined ? undefined : eventErrorOf(error)
      this.#status = response?.status ?? failure?.status
      this.#requestId = response === undefined ? failure?.requestId : requestIdOf(response.headers)
      this.#stream.emit({
        type: 'attempt.ended',
        ...fields,
        outcome: failure === undefined ? 'success' : 'failure',
        durationMs: this.#stream.clock.monotonicMs() - startedMs,
        status: this.#status,
        requestId: this.#requestId,
        isStreaming: response !== undefined && !(response.body instanceof Uint8Array),
        error: failure,
      })
      if (failure !== undefined && (failure.status === 429 || failure.code === 'SlowDown'))
        this.#stream.emit({ type: 'rate.limited', ...fields, by: 'server', delayMs: failure.retryAfterMs })
    }
    let response: HttpResponse
    try {
      response = await next(attempt)
    } catch (error) {
      ended(undefined, error)
      throw error
    }
    ended(response)
    this.#bytesSent = bytes
    const { body } = response
    if (body instanceof Uint8Array) {
      this.#bytesReceived += body.byteLength
      return response
    }
    this.#openBodies++
    return { ...response, body: observedBody(body, (received, error) => this.#bodyEnded(received, error)) }
  }

  retryDecided(attempt: number, error: R2Error, delayMs: number | undefined): void {
    const verdict = delayMs !== undefined ? 'retry-after' : error.retryable ? 'no-more-retries' : 'do-not-retry'
    this.#stream.emit({
      type: 'retry.decided',
      ...this.#fields,
      attempt,
      verdict,
      delayMs,
      error: eventErrorOf(error),
    })
  }

  signed(attempt: number, headers: HeaderFields, isKeyCached: boolean): void {
    // `AWS4-HMAC-SHA256 Credential=<ID>/<scope>, SignedHeaders=<names>, Signature=<hex>`: the ID and the signature stay out.
    const [, scope = '', signedHeaders = ''] =
      /Credential=[^/]*\/([^,]*), ?SignedHeaders=([^,]*)/.exec(headers.authorization ?? '') ?? []
    this.#stream.emit({
      type: 'request.signed',
      ...this.#fields,
      attempt,
      isKeyCached,
      date: headers['x-amz-date'] ?? '',
      scope,
      signedHeaders,
      isBodySigned: headers['x-amz-content-sha256'] !== 'UNSIGNED-PAYLOAD',
      isTemporary: headers['x-amz-security-token'] !== undefined,
    })
  }

  clockSkewed(attempt: number, skewMs: number): void {
    this.#stream.emit({ type: 'clock.skewed', ...this.#fields, attempt, skewMs })
  }

  tokenExpired(attempt: number): void {
    this.#stream.emit({ type: 'credentials.expired', ...this.#fields, attempt })
  }

  delayed(attempt: number, by: DelayReason, delayMs: number | undefined): void {
    this.#stream.emit({ type: 'rate.limited', ...this.#fields, attempt, by, delayMs })
  }

  breakerChanged(state: BreakerState, ofBucket: string | undefined): void {
    this.#stream.emit({ type: 'breaker.changed', ...this.#fields, clientId: this.#stream.id, state, ofBucket })
  }

  outcomeResolved(attempt: number, error: R2Error): void {
    this.#stream.emit({ type: 'outcome.resolved', ...this.#fields, attempt, error: eventErrorOf(error) })
  }

  /** The caller receives the output. */
  succeeded(output: unknown, call: InternalCall): void {
    this.#emitMultipart(output, call)
    if (this.#openBodies > 0) this.#phase = 'streaming'
    else this.#end(this.#bodyError)
  }

  /** The caller receives the error. */
  failed(error: unknown): void {
    this.#end({ error })
  }

  #bodyEnded(bytes: number, error?: unknown): void {
    this.#openBodies--
    this.#bytesReceived += bytes
    if (error !== undefined) this.#bodyError ??= { error }
    if (this.#phase === 'streaming' && this.#openBodies === 0) this.#end(this.#bodyError)
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    const error = failure && eventErrorOf(failure.error)
    this.#stream.emit({
      type: 'call.ended',
      ...this.#fields,
      outcome: error === undefined ? 'success' : 'failure',
      isOfTransfer: this.#isOfTransfer,
      durationMs: this.#stream.clock.monotonicMs() - this.#startedMs,
      attempts: this.#attempts,
      status: this.#status ?? error?.status,
      requestId: this.#requestId ?? error?.requestId,
      bytesSent: error === undefined ? this.#bytesSent : 0,
      bytesReceived: this.#bytesReceived,
      error,
    })
  }

  /** The engine reports the completions of its own uploads, because it also resolves those whose response was lost. */
  #emitMultipart(
    output: unknown,
    { operation, bucket = '', key = '', input, callerResolvesOutcome }: InternalCall,
  ): void {
    const { uploadId, parts } = input as { readonly uploadId: string; readonly parts: readonly unknown[] }
    const upload = { bucket, key, uploadId }
    if (operation.name === 'CreateMultipartUpload') {
      const created = output as { readonly uploadId: string }
      this.#stream.emit({ type: 'multipart.created', ...upload, uploadId: created.uploadId })
    } else if (operation.name === 'AbortMultipartUpload') this.#stream.emit({ type: 'multipart.aborted', ...upload })
    else if (operation.name === 'CompleteMultipartUpload' && !callerResolvesOutcome)
      this.#stream.emit({ type: 'multipart.completed', ...upload, parts: parts.length, bytes: undefined })
  }
}

const lengthOf = ({ body }: HttpRequest): number => {
  if (body.kind === 'empty') return 0
  return body.kind === 'bytes' ? body.bytes.byteLength : body.contentLength
}

const urlOf = ({ origin, path, query }: HttpRequest): string =>
  query === '' ? origin + path : `${origin}${path}?${query}`

/** As text of a log or a label: without the control characters that a server could send. */
const requestIdOf = (headers: HeaderFields): string | undefined => headers['cf-ray']?.slice(0, 100)
