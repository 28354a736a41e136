/** Faults at the client's side of the socket, around any transport: no server has to know of them. */
import { type Clock, sleep, systemClock } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import {
  type HttpRequest,
  type HttpResponse,
  headerOf,
  isSuccess,
  type RequestBody,
  type Transport,
} from '../../http/index.js'
import {
  callback,
  type Fields,
  integer,
  objectOf,
  oneOf,
  refuseOption,
  required,
  withMethods,
} from '../../validation/index.js'
import { type Addressing, targetOf } from '../request-target.js'
import { dripping, firstBytes, flippedBit, streamOfChunks, withFlippedBit } from './damaged-body.js'
import { type ErrorResponse, errorResponse } from './error-response.js'
import { type FaultDecision, FaultPlan } from './fault-plan.js'
import { type Fault, type FaultRule, faultRulesField } from './fault-rule.js'

export interface FaultInjectionOptions {
  /** Which requests meet which fault; the first rule that applies decides. */
  readonly rules: readonly FaultRule[]
  /** The same seed and rules give the same faults. @defaultValue 0 */
  readonly seed?: number | undefined
  /** Where requests have their bucket; as the client's option of the same name. @defaultValue 'path' */
  readonly addressing?: Addressing | undefined
  /** Measures delays; pass the client's. @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
  /** Called with each fault when it is injected. @defaultValue no-op */
  readonly onFault?: ((injected: InjectedFault) => void) | undefined
}

/** A fault that was injected, and the request that it was injected into. */
export interface InjectedFault {
  readonly fault: Fault
  readonly operation: string
  readonly bucket: string | undefined
  readonly key: string | undefined
}

const optionFields: Fields<FaultInjectionOptions> = {
  rules: required(faultRulesField),
  seed: integer(Number.MIN_SAFE_INTEGER),
  addressing: oneOf('path', 'virtual-host'),
  clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
  onFault: callback(),
}
const optionsField = objectOf<FaultInjectionOptions>('FaultInjectionOptions', optionFields, { argument: 'options' })

const transportField = withMethods<Transport>('a Transport', 'send', 'close')

/** R2 refuses signatures that are further from its own time. */
const allowedSkewMs = 15 * 60_000

/**
 * A transport that injects faults into the requests of another one. Every fault looks to the client as the real one does: a
 * reset is `ConnectionReset`, a refusal is R2's error document, a truncated body ends early.
 *
 * @throws R2Error `InvalidConfig` naming the rule and the field that is wrong
 * @example
 * const rules = [
 *   { kind: 'reset-after-commit', operation: 'PutObject', rate: 0.1 },
 *   { kind: 'latency', latencyMs: { medianMs: 30, p99Ms: 800 } },
 * ]
 * const transport = (platform) => new FaultInjectionTransport(platform, { rules, seed: 42 })
 * const r2 = new R2Client({ ...options, transport })
 */
export class FaultInjectionTransport implements Transport {
  readonly name: string
  readonly #inner: Transport
  readonly #plan: FaultPlan
  readonly #addressing: Addressing
  readonly #clock: Clock
  readonly #onFault: FaultInjectionOptions['onFault']

  constructor(inner: Transport, given: FaultInjectionOptions) {
    const {
      rules,
      seed = 0,
      addressing = 'path',
      clock = systemClock,
      onFault,
    } = optionsField.read(given, '', refuseOption)
    transportField.read(inner, 'inner', refuseOption)
    this.name = `faults over ${inner.name}`
    this.#inner = inner
    this.#plan = new FaultPlan(rules, seed)
    this.#addressing = addressing
    this.#clock = clock
    this.#onFault = onFault
  }

  /** How many faults each rule has injected, in the order of the rules. */
  get injected(): readonly number[] {
    return this.#plan.injected
  }

  cannotSend(path: string): string | undefined {
    return this.#inner.cannotSend?.(path)
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const target = targetOf(request, this.#addressing)
    const decision = this.#plan.decide(target)
    const { latencyMs, fault } = decision
    if (latencyMs > request.bounds.timeoutMs) return this.#timeout(request)
    if (latencyMs > 0) await this.#wait(latencyMs, request)
    if (fault === undefined) return this.#inner.send(request)
    const { operation, bucket, key } = target
    this.#onFault?.({ fault, operation, bucket, key })
    return this.#meet(fault, request, decision.fraction)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  async #meet(
    fault: NonNullable<FaultDecision['fault']>,
    request: HttpRequest,
    fraction: number,
  ): Promise<HttpResponse> {
    const { origin } = request
    const dateMs = this.#clock.now()
    switch (fault.kind) {
      case 'timeout':
        return this.#timeout(request)
      case 'connection-refused':
        throw new R2Error('ConnectionFailed', `the connection to ${origin} was refused`)
      case 'reset-before-request':
        throw reset(origin, 'before the request')
      case 'reset-during-request':
        await readHalf(request.body)
        throw reset(origin, 'in the middle of the request')
      case 'reset-after-commit':
        await cancelled(await this.#inner.send(request))
        throw reset(origin, 'before the response')
      case 'reset-during-response':
        return truncated(await this.#inner.send(request), request, 'right')
      case 'truncated-response':
        return truncated(await this.#inner.send(request), request, fault.contentLength ?? 'right')
      case 'corrupted-response':
        return corrupted(await this.#inner.send(request), fraction)
      case 'corrupted-request':
        return this.#inner.send({ ...request, body: corruptedBody(request.body, fraction) })
      case 'status':
        return injected(request, { status: fault.status, code: fault.code, retryAfter: fault.retryAfter, dateMs })
      case 'slow-down':
        return injected(request, { status: 503, code: 'SlowDown', retryAfter: fault.retryAfter, dateMs })
      case 'too-many-requests':
        return injected(request, { status: 429, code: 'TooManyRequests', retryAfter: fault.retryAfter, dateMs })
      case 'error-in-200':
        return injected(request, { status: 200, code: fault.code ?? 'InternalError', dateMs })
      case 'slow-drip':
        return this.#dripped(await this.#inner.send(request), request, fault.bytesPerSecond)
      case 'clock-skew':
        return this.#skewed(request, fault.skewMs)
    }
  }

  async #dripped(response: HttpResponse, request: HttpRequest, bytesPerSecond: number): Promise<HttpResponse> {
    const { body } = response
    const { origin, bounds, signal } = request
    if (body instanceof Uint8Array) {
      const tookMs = (body.length / bytesPerSecond) * 1_000
      if (tookMs > bounds.timeoutMs) return this.#timeout(request)
      await this.#wait(tookMs, request)
      return response
    }
    const { stallTimeoutMs } = bounds
    if (1_000 / bytesPerSecond <= stallTimeoutMs)
      return { ...response, body: streamOfChunks(dripping(body, bytesPerSecond, this.#clock, signal)) }
    // A byte would take longer than a peer may be silent.
    const stalled = new R2Error(
      'StreamInterrupted',
      `no byte of the response from ${origin} within ${stallTimeoutMs} ms`,
    )
    const pull = async () => {
      await this.#wait(stallTimeoutMs, request).finally(() => cancelled(response))
      throw stalled
    }
    return { ...response, body: new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 }) }
  }

  /** The end of an attempt whose response does not arrive in time. */
  async #timeout(request: HttpRequest): Promise<never> {
    const { origin, bounds } = request
    await this.#wait(bounds.timeoutMs, request)
    throw new R2Error('Timeout', `no response from ${origin} within ${bounds.timeoutMs} ms`)
  }

  /** Only the refusal and the date: the server behind checks the signature by its own clock. */
  async #skewed(request: HttpRequest, skewMs: number): Promise<HttpResponse> {
    const dateMs = this.#clock.now() + skewMs
    const signedMs = amzDateMs(headerOf(request.headers, 'x-amz-date'))
    if (signedMs !== undefined && Math.abs(signedMs - dateMs) > allowedSkewMs) {
      return injected(request, { status: 403, code: 'RequestTimeTooSkewed', dateMs })
    }
    const response = await this.#inner.send(request)
    return { ...response, headers: { ...response.headers, date: new Date(dateMs).toUTCString() } }
  }

  async #wait(delayMs: number, { signal }: HttpRequest): Promise<void> {
    try {
      await sleep(this.#clock, delayMs, signal)
    } catch {
      throw abortError(signal)
    }
  }
}

/** A response that no server sent, in the form that the request asks for. */
const injected = (request: HttpRequest, error: ErrorResponse): HttpResponse => {
  const response = errorResponse(request.method, error)
  const { status, body } = response
  if (request.responseBody === 'bytes' || !isSuccess(status) || !(body instanceof Uint8Array) || body.length === 0)
    return response
  return { ...response, body: streamOfChunks(once(body)) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const reset = (origin: string, when: string): R2Error =>
  new R2Error('ConnectionReset', `the connection to ${origin} broke ${when}`)

/** Reads half of a body that streams, as a socket would before it breaks. */
const readHalf = async (body: RequestBody): Promise<void> => {
  if (body.kind !== 'stream') return
  for await (const _ of firstBytes(body.open(), Math.ceil(body.contentLength / 2))) {
    // The bytes go nowhere.
  }
}

/** Releases a response that its reader never sees. */
const cancelled = async ({ body }: HttpResponse): Promise<void> => {
  if (!(body instanceof Uint8Array)) await body.cancel().catch(() => undefined)
}

const interrupted = (origin: string): R2Error =>
  new R2Error('StreamInterrupted', `the response from ${origin} ended in the middle of its body`)

const truncated = async (
  response: HttpResponse,
  { origin }: HttpRequest,
  contentLength: 'right' | 'wrong',
): Promise<HttpResponse> => {
  const { body, headers, status } = response
  const announced = Number(headerOf(headers, 'content-length') ?? Number.NaN)
  if (body instanceof Uint8Array) {
    if (body.length === 0) throw reset(origin, 'before the response')
    if (contentLength === 'right' && isSuccess(status)) throw interrupted(origin)
    const half = body.subarray(0, Math.floor(body.length / 2))
    return { ...response, headers: { ...headers, 'content-length': String(half.length) }, body: half }
  }
  // Without an announced length the first chunk is all that comes.
  const length = Number.isNaN(announced) ? 1 : Math.floor(announced / 2)
  if (contentLength === 'wrong') {
    const shorter = { ...headers, 'content-length': String(length) }
    return { ...response, headers: shorter, body: streamOfChunks(firstBytes(body, length)) }
  }
  return { ...response, body: streamOfChunks(failingAfter(body, length, interrupted(origin))) }
}

async function* failingAfter(
  source: AsyncIterable<Uint8Array>,
  length: number,
  error: R2Error,
): AsyncGenerator<Uint8Array> {
  yield* firstBytes(source, length)
  throw error
}

const corrupted = (response: HttpResponse, fraction: number): HttpResponse => {
  const { body, headers } = response
  if (body instanceof Uint8Array) return { ...response, body: flippedBit(body, fraction) }
  const length = Number(headerOf(headers, 'content-length') ?? 1)
  return { ...response, body: streamOfChunks(withFlippedBit(body, Math.floor(fraction * length))) }
}

const corruptedBody = (body: RequestBody, fraction: number): RequestBody => {
  if (body.kind === 'empty') return body
  if (body.kind === 'bytes') return { kind: 'bytes', bytes: flippedBit(body.bytes, fraction) }
  return {
    kind: 'stream',
    contentLength: body.contentLength,
    canOpen: () => body.canOpen(),
    open: () => withFlippedBit(body.open(), Math.floor(fraction * body.contentLength)),
  }
}

/** `20261127T041500Z` as milliseconds since the epoch. */
const amzDateMs = (text: string | undefined): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '')
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match.map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
}
