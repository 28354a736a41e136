import { sha256Hex } from '#hash'
import { createDefaultTransport } from '#transport'
import { onAbort } from '../base/abort.js'
import { type Clock, systemClock } from '../base/clock.js'
import { canonicalQuery, encodeKeyPath } from '../base/encode.js'
import { abortError, asFinal, isR2Error, R2Error, withContext } from '../errors/index.js'
import {
  type HttpRequest,
  type HttpResponse,
  type RequestBody,
  suppressUnhandledError,
  type Transport,
} from '../http/index.js'
import { type Call, compose, type Handler, type OperationTraits } from '../pipeline/index.js'
import { type RetryPolicy, retryPolicy } from '../resilience/index.js'
import { type CredentialSource, resolveCredentials } from '../security/index.js'
import { RequestSigner, unsignedPayload } from '../signing/index.js'
import { refuseInput, type ValidationRules } from '../validation/index.js'
import { ClockOffset } from './clock-offset.js'
import { attemptLayers } from './default-layers.js'
import { detached } from './detached.js'
import { endingWith } from './ending-with.js'
import { checkRegion, type Endpoint, resolveEndpoint } from './endpoint.js'
import {
  type CallOptions,
  callerResolvesOutcome,
  callOptionsField,
  type EncodedRequest,
  type EngineCallOptions,
  type Operation,
  readEngineOptions,
} from './operation.js'
import type { RuntimeOptions } from './runtime-options.js'
import { attemptTimeoutMs, largeObjectBytes, resolveTimeouts, type Timeouts } from './timeouts.js'

/** SHA-256 of nothing. */
const emptyPayloadHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const maxResponseBytesDefault = 16 * 1024 * 1024
const emptyBody: RequestBody = { kind: 'empty' }

/** What all operations of one client run in: endpoint, credentials, layers and transport, resolved once. */
export class Runtime {
  readonly endpoint: Endpoint
  readonly clock: Clock
  readonly random: () => number
  readonly rules: ValidationRules
  readonly signer: RequestSigner
  readonly transport: Transport
  readonly credentials: CredentialSource
  readonly retry: RetryPolicy
  readonly clockOffset = new ClockOffset()
  readonly #timeouts: Required<Timeouts>
  /** A read counts as small until its size is known. */
  readonly #largeResponse: HttpRequest['largeResponse']
  readonly #send: Handler
  readonly #disposal = new AbortController()

  constructor(options: RuntimeOptions) {
    this.endpoint = resolveEndpoint(options)
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? Math.random
    this.rules = options.validation ?? {}
    const { region = 'auto' } = options
    checkRegion(region, this.endpoint)
    this.signer = new RequestSigner({ region })
    this.credentials = resolveCredentials(options.credentials, this.clock)
    this.transport =
      options.transport ?? createDefaultTransport({ clock: this.clock, connections: options.connections ?? {} })
    this.#timeouts = resolveTimeouts(options.timeouts)
    this.#largeResponse = { bytes: largeObjectBytes, timeoutMs: this.#timeouts.largeObjectMs }
    this.retry = retryPolicy(options.retry, this.random)
    const layers = attemptLayers({
      retry: this.retry,
      disposed: this.disposed,
      transport: this.transport,
      signer: this.signer,
      credentials: this.credentials,
      clockOffset: this.clockOffset,
    })
    this.#send = compose(layers, (call) => this.transport.send(call.request))
  }

  /** Aborts when the client is disposed. */
  get disposed(): AbortSignal {
    return this.#disposal.signal
  }

  /**
   * One call: read and checked, encoded, sent as often as it takes, verified and decoded. Errors leave with their context.
   *
   * @param given what the caller passed, of any type; read once, before this returns
   */
  async execute<Input, Output>(
    operation: Operation<Input, Output>,
    given: Input,
    givenOptions: EngineCallOptions = noOptions,
  ): Promise<Output> {
    let input: Input | undefined
    let response: HttpResponse | undefined
    let body: RequestBody | undefined
    let deadline: Deadline | undefined
    try {
      input = operation.input.read(given, '', refuseInput)
      const options = givenOptions === noOptions ? noOptions : readOptions(givenOptions)
      if (this.disposed.aborted) throw new R2Error('ClientClosed', 'the client has been disposed')
      if (options.signal?.aborted) throw abortError(options.signal)
      if (options.timeoutMs !== undefined) deadline = this.#deadline(options.timeoutMs, options.signal)
      operation.validate(input, this)
      const pending = operation.encode(input)
      const encoded = pending instanceof Promise ? await pending : pending
      body = encoded.body
      const call = this.#call(operation, encoded, options, deadline)
      response = await this.#send(call)
      // A deadline covers a streamed response to its end: it ends with the body, or aborts it.
      if (response.body instanceof Uint8Array) deadline?.done()
      else if (deadline !== undefined) response = { ...response, body: endingWith(response.body, deadline.done) }
      const output = operation.decode(response, input)
      return output instanceof Promise ? await output : output
    } catch (error) {
      deadline?.done()
      if (response !== undefined) cancelBody(response)
      if (!isR2Error(error)) throw error
      withContext(error, { operation: operation.name, ...addressOf(input ?? given) })
      // The same call again would find its source at the end, and store less than it was given.
      throw body?.kind === 'stream' && !body.canOpen() ? asFinal(error) : error
    }
  }

  /**
   * A call of an operation that is loaded by its first one. Input and options are those of the moment of the call: what the
   * caller changes while the operation is loaded has no effect.
   */
  async executeLoaded<Input, Output>(
    load: () => Promise<Operation<Input, Output>>,
    given: Input,
    givenOptions: EngineCallOptions = noOptions,
  ): Promise<Output> {
    const input = detached(given)
    // The body may be a Node stream, which can fail while the operation is loaded.
    suppressUnhandledError((input as { readonly body?: unknown } | null | undefined)?.body)
    const options = givenOptions === noOptions ? noOptions : readOptions(givenOptions)
    return this.execute(await load(), input, options)
  }

  /** Several calls as one: they share a deadline. */
  async bounded<T>(given: CallOptions, work: (options: CallOptions) => Promise<T>): Promise<T> {
    const { timeoutMs, ...rest } = callOptionsField.read(given, '', refuseInput)
    if (timeoutMs === undefined) return work(rest)
    const deadline = this.#deadline(timeoutMs, rest.signal)
    return work({ ...rest, signal: deadline.signal }).finally(() => deadline.done())
  }

  /** Where a request for this bucket and key goes. */
  locate(bucket?: string, key?: string): { origin: string; host: string; path: string } {
    const { origin, protocol, host, basePath, addressing } = this.endpoint
    const keyPath = key === undefined ? '' : encodeKeyPath(key)
    if (bucket === undefined) return { origin, host, path: `${basePath}/` }
    if (addressing === 'path') {
      const path = key === undefined ? `${basePath}/${bucket}` : `${basePath}/${bucket}/${keyPath}`
      return { origin, host, path }
    }
    const bucketHost = `${bucket}.${host}`
    return { origin: `${protocol}//${bucketHost}`, host: bucketHost, path: `${basePath}/${keyPath}` }
  }

  async dispose(): Promise<void> {
    this.#disposal.abort()
    await this.transport.close()
    this.signer.dispose()
    this.credentials.dispose()
  }

  #call(
    operation: OperationTraits,
    encoded: EncodedRequest,
    options: EngineCallOptions,
    deadline: Deadline | undefined,
  ): Call {
    const signal = deadline?.signal ?? options.signal
    const { origin, host, path } = this.locate(encoded.bucket, encoded.key)
    const body = encoded.body ?? emptyBody
    encoded.headers.host = host
    // Reads of objects have said `identity`; the responses to all other GETs and POSTs are XML.
    if (encoded.method === 'GET' || encoded.method === 'POST') encoded.headers['accept-encoding'] ??= 'gzip'
    const request: HttpRequest = {
      method: encoded.method,
      origin,
      path,
      query: encoded.query === undefined || encoded.query.length === 0 ? '' : canonicalQuery(encoded.query),
      headers: encoded.headers,
      body,
      responseBody: encoded.responseBody ?? 'bytes',
      maxResponseBytes: encoded.maxResponseBytes ?? maxResponseBytesDefault,
      timeoutMs: attemptTimeoutMs(this.#timeouts, operation.timeoutClass, body),
      timeoutCovers: operation.timeoutClass === 'list' ? 'response' : 'head',
      largeResponse: operation.timeoutClass === 'small' ? this.#largeResponse : undefined,
      stallTimeoutMs: this.#timeouts.stallTimeoutMs,
      signal,
    }
    return {
      operation,
      bucket: encoded.bucket,
      key: encoded.key,
      clock: this.clock,
      signal,
      deadlineMs: deadline?.atMs ?? Number.POSITIVE_INFINITY,
      attempt: 1,
      maxAttempts: options.maxAttempts,
      resolveOutcome:
        options[callerResolvesOutcome] === true
          ? undefined
          : encoded.outcome?.({
              clock: this.clock,
              signal,
              execute: (another, input) => this.execute(another, input, { signal }),
            }),
      repeatable: operation.idempotent && encoded.repeatable !== false,
      request,
      payloadHash: encoded.payloadHash ?? payloadHashOf(body),
      verify: encoded.verify,
    }
  }

  /** A signal that aborts at the deadline or with the caller's own. */
  #deadline(timeoutMs: number, callerSignal: AbortSignal | undefined): Deadline {
    const controller = new AbortController()
    const error = () => new R2Error('Timeout', `the call took longer than its timeoutMs of ${timeoutMs}`)
    const timer = this.clock.after(timeoutMs, () => controller.abort(error()))
    // Not by `AbortSignal.any`, which does not listen to the signals of another realm or a polyfill.
    const stop = callerSignal && whenAborted(callerSignal, () => controller.abort(callerSignal.reason))
    const done = () => {
      timer.cancel()
      stop?.()
    }
    return { signal: controller.signal, atMs: this.clock.monotonicMs() + timeoutMs, done }
  }
}

interface Deadline {
  readonly signal: AbortSignal
  /** On the monotonic clock. */
  readonly atMs: number
  done(): void
}

const noOptions: EngineCallOptions = {}

/** `onAbort`, also for a signal that has aborted already. */
const whenAborted = (signal: AbortSignal, action: () => void): (() => void) | undefined => {
  if (!signal.aborted) return onAbort(signal, action)
  action()
  return undefined
}

/** A copy, so that what the caller changes later has no effect. */
const readOptions = (given: EngineCallOptions): EngineCallOptions => readEngineOptions(callOptionsField, given)

/** A streamed response without a reader would hold its connection. */
const cancelBody = ({ body }: HttpResponse): void => {
  if (body instanceof Uint8Array) return
  body.cancel().catch(() => {
    // The caller receives the error that made the body useless.
  })
}

/**
 * Inputs name their object in the same two fields; values that are far too long for either are cut.
 *
 * @param input what the operation has read, or what was given where it was refused: a getter is not called again then
 */
const addressOf = (input: unknown): { bucket?: string; key?: string } => {
  const bucket = ownText(input, 'bucket')
  const key = ownText(input, 'key')
  return {
    ...(bucket === undefined ? {} : { bucket: bucket.slice(0, 100) }),
    ...(key === undefined ? {} : { key: key.slice(0, 1024) }),
  }
}

const ownText = (input: unknown, name: string): string | undefined => {
  try {
    const value: unknown = Object.getOwnPropertyDescriptor(input, name)?.value
    return typeof value === 'string' ? value : undefined
  } catch {
    // No object, or a Proxy that throws: the error that is on its way says so.
    return undefined
  }
}

const payloadHashOf = (body: RequestBody): string => {
  if (body.kind === 'empty') return emptyPayloadHash
  return body.kind === 'bytes' ? sha256Hex(body.bytes) : unsignedPayload
}
