import {
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type {
  AttemptEnded,
  AttemptStarted,
  CallEnded,
  CallFields,
  CallStarted,
  R2EventError,
  R2EventListener,
  RetryDecided,
} from '../observability/index.js'
import { objectOf, refuseOption, withMethods } from '../validation/index.js'
import { type Handlers, listenerOf } from './handlers.js'
import {
  errorAttributes,
  instrumentationName,
  objectAttributes,
  rpcAttributes,
  serverAttributes,
} from './otel-attributes.js'

/** Options of `otelTraces`. */
export interface OtelTracesOptions {
  /** Makes the tracer. @defaultValue the global provider of `@opentelemetry/api` */
  readonly tracerProvider?: TracerProvider | undefined
}

const optionsField = objectOf<OtelTracesOptions>(
  'OtelTracesOptions',
  { tracerProvider: withMethods<TracerProvider>('a TracerProvider', 'getTracer') },
  { argument: 'options' },
)

/**
 * Makes a listener that records a span for each call, below the span that is active where the call is made, and in it a span for
 * each attempt. A span of a streamed response ends with its body. Names and attributes follow the semantic conventions for S3
 * and HTTP; `r2.…` attributes have what these do not name.
 *
 * @throws R2Error `InvalidConfig`
 * @example
 * const r2 = new R2Client({ accountId, credentials, onEvent: [otelTraces(), otelMetrics()] })
 */
export const otelTraces = (given: OtelTracesOptions = {}): R2EventListener => {
  const { tracerProvider = trace.getTracerProvider() } = optionsField.read(given, '', refuseOption)
  return listenerOf(new CallSpans(tracerProvider.getTracer(instrumentationName)).handlers)
}

/** The spans of a call that has not ended. */
interface OpenCall {
  readonly span: Span
  readonly within: Context
  attempt: Span | undefined
}

class CallSpans {
  readonly #tracer: Tracer
  readonly #open = new Map<number, OpenCall>()

  constructor(tracer: Tracer) {
    this.#tracer = tracer
  }

  readonly handlers: Handlers = {
    'call.started': (event) => this.#startCall(event, event.atMs),
    'attempt.started': (event) => this.#with(event, (call) => this.#startAttempt(call, event, event.atMs)),
    'attempt.ended': (event) => this.#with(event, (call) => endAttempt(call, event, event.atMs)),
    'retry.decided': (event) => this.#with(event, (call) => noteRetry(call, event, event.atMs)),
    'call.ended': (event) => {
      this.#with(event, (call) => endCall(call, event, event.atMs))
      this.#open.delete(event.callId)
    },
  }

  #with({ callId }: CallFields, action: (call: OpenCall) => void): void {
    const call = this.#open.get(callId)
    if (call !== undefined) action(call)
  }

  #startCall({ callId, operation, bucket, key, endpoint, uploadId, partNumber }: CallStarted, startTime: number): void {
    const active = context.active()
    const attributes = {
      ...rpcAttributes(operation),
      ...serverAttributes(endpoint),
      ...objectAttributes({ bucket, key }, uploadId, partNumber),
    }
    const span = this.#tracer.startSpan(`S3.${operation}`, { kind: SpanKind.CLIENT, startTime, attributes }, active)
    this.#open.set(callId, { span, within: trace.setSpan(active, span), attempt: undefined })
  }

  #startAttempt(call: OpenCall, { method, url, attempt, bytes }: AttemptStarted, startTime: number): void {
    const attributes = {
      'http.request.method': method,
      'url.full': url,
      'http.request.body.size': bytes,
      // The first attempt is no resend.
      'http.request.resend_count': attempt > 1 ? attempt - 1 : undefined,
      ...serverAttributes(url),
    }
    call.attempt = this.#tracer.startSpan(method, { kind: SpanKind.CLIENT, startTime, attributes }, call.within)
  }
}

const endAttempt = (call: OpenCall, { status, requestId, error }: AttemptEnded, endTime: number): void => {
  const span = call.attempt
  if (span === undefined) return
  call.attempt = undefined
  span.setAttributes({
    'http.response.status_code': status,
    'r2.request_id': requestId,
    ...errorAttributes(error),
  })
  fail(span, error, endTime)
  span.end(endTime)
}

const noteRetry = (call: OpenCall, { verdict, delayMs, attempt, error }: RetryDecided, atMs: number): void => {
  const attributes = { 'r2.verdict': verdict, 'r2.attempt': attempt, ...errorAttributes(error) }
  call.span.addEvent('r2.retry', delayMs === undefined ? attributes : { ...attributes, 'r2.delay_ms': delayMs }, atMs)
}

const endCall = ({ span, attempt }: OpenCall, event: CallEnded, endTime: number): void => {
  // An attempt ends before its call; only an application's layer that leaves an attempt behind makes it otherwise.
  attempt?.end(endTime)
  const { attempts, status, requestId, bytesSent, bytesReceived, error } = event
  span.setAttributes({
    'http.response.status_code': status,
    'r2.request_id': requestId,
    'r2.attempts': attempts,
    'r2.bytes_sent': bytesSent,
    'r2.bytes_received': bytesReceived,
    ...errorAttributes(error),
  })
  fail(span, error, endTime)
  span.end(endTime)
}

const fail = (span: Span, error: R2EventError | undefined, atMs: number): void => {
  if (error === undefined) return
  span.recordException({ name: 'R2Error', code: error.code, message: error.message }, atMs)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}
