/** Plays a recording back: finds the exchange that a request repeats, or reports the nearest one and the differences. */

import { sha256Hex } from '#hash'
import { concatBytes, copyOf } from '../../base/bytes.js'
import { type Clock, systemClock } from '../../base/clock.js'
import { abortError, R2Error } from '../../errors/index.js'
import { type HttpRequest, type HttpResponse, isSuccess, type Transport } from '../../http/index.js'
import { eitherOf, type Fields, number, objectOf, oneOf, refuseOption, withMethods } from '../../validation/index.js'
import { path as pathField } from '../../validation/path-field.js'
import type { Addressing } from '../request-target.js'
import { ArrivalOrder } from './arrival-order.js'
import { described, difference, isSameBody, nearestOf, orderText, requestText } from './matching.js'
import { recordedRequest, withoutSignatures } from './recorded-request.js'
import { replayedHeaders } from './recorded-response.js'
import type { Exchange, RecordedError, RecordedRequest, RecordedResponse, Recording } from './recording.js'
import { type LoadedRecording, parseRecording, readRecording } from './recording-text.js'
import { type ReplayTiming, replayedStream, wait } from './replayed-stream.js'

export interface ReplayOptions {
  /**
   * Which order requests must keep: that of the recording (`strict`), that of the recording for each bucket and key
   * (`per-key`), or none (`any`). With `per-key`, the parts and ranges of one object, and its uploads, are ordered apart from
   * each other; requests without a key, such as lists, keep the order of equal ones. Equal requests get their recorded responses
   * in recorded order in each case. Concurrent calls need `per-key`, and concurrent calls for one key `any`.
   * @defaultValue 'per-key'
   */
  readonly order?: 'strict' | 'per-key' | 'any' | undefined
  /** `none` responds immediately, `real` as fast as the recorded server did; a number scales its times. @defaultValue 'none' */
  readonly timing?: 'none' | 'real' | number | undefined
  /** Where requests have their bucket; as the client's option of the same name. @defaultValue 'path' */
  readonly addressing?: Addressing | undefined
  /** Measures waits; pass the client's. @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
}

const optionFields: Fields<ReplayOptions> = {
  order: oneOf('strict', 'per-key', 'any'),
  timing: eitherOf<'none' | 'real' | number>(
    "'none', 'real' or a factor",
    "Pass 'real', or 0.1 for a tenth.",
    (value) => (typeof value === 'number' ? number(0, Number.MAX_SAFE_INTEGER) : oneOf('none', 'real')),
  ),
  addressing: oneOf('path', 'virtual-host'),
  clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
}
const optionsField = objectOf<ReplayOptions>('ReplayOptions', optionFields, { argument: 'options' })

/** An exchange that no request has repeated yet. */
interface Unused {
  readonly exchange: Exchange
  readonly text: string
  readonly order: string
}

/** The body of a request, as far as its source could be read. */
interface ReadBody {
  readonly bytes: Uint8Array | undefined
  readonly error?: unknown
}

/**
 * A recording, and which of its exchanges have been used.
 *
 * @throws R2Error `InvalidConfig` for what is no recording
 * @example
 * const replayer = await SimulationReplayer.load('./put.recording.json')
 * const r2 = new R2ClientBuilder().endpoint(url).credentials(id, secret).withReplayTransport(new ReplayTransport(replayer)).build()
 * await r2.objects.put({ bucket, key, body })
 * replayer.assertAllUsed()
 */
export class SimulationReplayer {
  readonly #recording: LoadedRecording
  readonly #unused: Set<Unused>
  readonly #order: 'strict' | 'per-key' | 'any'
  readonly #timing: ReplayTiming
  readonly #arrivals: ArrivalOrder
  readonly #addressing: Addressing | undefined

  /** @param recording what `SimulationRecorder.export` returned, or its text */
  constructor(recording: Recording | string, given: ReplayOptions = {}) {
    const {
      order = 'per-key',
      timing = 'none',
      clock = systemClock,
      addressing,
    } = optionsField.read(given, '', refuseOption)
    this.#recording = typeof recording === 'string' ? parseRecording(recording) : readRecording(recording)
    this.#unused = new Set(
      this.#recording.exchanges.map((exchange) => ({
        exchange,
        text: requestText(exchange.request),
        order: orderText(exchange.request),
      })),
    )
    this.#order = order
    this.#timing = { clock, scale: timing === 'none' ? 0 : timing === 'real' ? 1 : timing }
    this.#arrivals = new ArrivalOrder(this.#recording.exchanges, clock)
    this.#addressing = addressing
  }

  /**
   * Reads a file that `SimulationRecorder.save` wrote.
   *
   * @throws R2Error `InvalidConfig` for a file that cannot be read, with the system's error as its cause, or that is no recording
   */
  static async load(path: string, options?: ReplayOptions): Promise<SimulationReplayer> {
    pathField.read(path, 'path', refuseOption)
    const { readFile } = await import('node:fs/promises')
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new R2Error('InvalidConfig', `the recording cannot be read: ${reason}`, {
        field: 'path',
        hint: 'Record the run with a SimulationRecorder first, and pass the path of its file.',
        cause,
      })
    })
    return new SimulationReplayer(text, options)
  }

  /** The exchanges that no request has repeated, in recorded order. */
  get unused(): readonly Exchange[] {
    return [...this.#unused].map(({ exchange }) => exchange)
  }

  /** @throws R2Error `ReplayMismatch` where exchanges are left */
  assertAllUsed(): void {
    const [first] = this.#unused
    if (first === undefined) return
    const count = this.#unused.size
    const { number: firstNumber, request } = first.exchange
    throw mismatch(
      `${count} recorded ${count === 1 ? 'request was' : 'requests were'} not sent, the first: ${described(request)} (number ${firstNumber})`,
    )
  }

  /** The response to `request`, as it was recorded. */
  async respond(request: HttpRequest): Promise<HttpResponse> {
    const { signal } = request
    if (signal?.aborted) throw abortError(signal)
    const { exchange, sourceError } = await this.#exchangeOf(request)
    try {
      await this.#waitFor(exchange, request)
      const { outcome } = exchange
      if ('error' in outcome) throw errorOf(outcome.error, sourceError)
      return await this.#response(outcome, request)
    } finally {
      this.#arrivals.returned(exchange)
    }
  }

  async #waitFor(exchange: Exchange, { bounds, signal }: HttpRequest): Promise<void> {
    const delayMs = exchange.tookMs * this.#timing.scale
    if (delayMs > bounds.timeoutMs) {
      await wait(this.#timing.clock, bounds.timeoutMs, signal)
      throw new R2Error('Timeout', `no response from the recording within ${bounds.timeoutMs} ms`)
    }
    await wait(this.#timing.clock, delayMs, signal)
    await this.#arrivals.turn(exchange, signal)
    if (signal?.aborted) throw abortError(signal)
  }

  async #response(outcome: RecordedResponse, request: HttpRequest): Promise<HttpResponse> {
    const { status, chunks } = outcome
    const bytes = this.#recording.contentOf(outcome.body)
    const headers = replayedHeaders(outcome.headers, request)
    // Only a success streams, and only where its body was recorded as one or is not empty.
    if (request.responseBody === 'stream' && isSuccess(status) && (chunks !== undefined || bytes.byteLength > 0))
      return { status, headers, body: replayedStream(bytes, outcome, this.#timing, request.signal) }
    const { maxResponseBytes } = request.bounds
    if (isSuccess(status) && bytes.byteLength > maxResponseBytes)
      throw new R2Error('ResponseTooLarge', `the response has more than its limit of ${maxResponseBytes} bytes`)
    if (chunks === undefined) return { status, headers, body: bytes }
    const reader = replayedStream(bytes, outcome, this.#timing, request.signal).getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read());
    return { status, headers, body: bytes }
  }

  /** Takes the exchange that the request repeats. */
  async #exchangeOf(request: HttpRequest): Promise<{ exchange: Exchange; sourceError?: unknown }> {
    const asked = recordedRequest(request, this.#addressing)
    const text = requestText(asked)
    // A body that can be read once, and that the recorded attempt did not open, must still be there for the next attempt.
    const unopened =
      request.body.kind === 'stream' ? this.#find(text, asked, { bytes: new Uint8Array(0) }, true) : undefined
    if (unopened !== undefined) return { exchange: this.#take(unopened) }
    const body = await readBody(request)
    const withBody: RecordedRequest =
      body.bytes === undefined
        ? asked
        : { ...asked, body: { sha256: sha256Hex(body.bytes), bytes: body.bytes.byteLength } }
    const found = this.#find(text, withBody, body, false)
    if (found !== undefined) return { exchange: this.#take(found), sourceError: body.error }
    const nearest = nearestOf(this.unused, withBody)
    throw mismatch(
      nearest === undefined
        ? `no recorded request is left for ${described(asked)}`
        : `no recorded request is ${described(asked)}; the nearest is number ${nearest.number}: ${difference(nearest.request, withBody)}`,
    )
  }

  /**
   * @param isUnopened looks only for an exchange whose body was not opened
   * @throws R2Error `ReplayMismatch` where another request is next
   */
  #find(text: string, asked: RecordedRequest, { bytes }: ReadBody, isUnopened: boolean): Unused | undefined {
    const order = orderText(asked)
    for (const unused of this.#unused) {
      const { body } = unused.exchange.request
      const isNext = this.#order === 'strict' || (this.#order === 'per-key' && unused.order === order)
      if (unused.text === text) {
        const wasUnopened = body?.isPartial === true && body.bytes === 0
        if (isUnopened ? wasUnopened : isSameBody(body, bytes)) return unused
        // The body is still to be compared.
        if (isUnopened) return undefined
      }
      if (!isNext) continue
      if (isUnopened) return undefined
      const { number: nextNumber, request } = unused.exchange
      throw mismatch(
        `the next recorded request is ${described(request)} (number ${nextNumber}), not ${described(asked)}: ${difference(request, asked)}`,
      )
    }
    return undefined
  }

  #take(unused: Unused): Exchange {
    this.#unused.delete(unused)
    return unused.exchange
  }
}

/** A transport that responds from a recording and opens no socket. */
export class ReplayTransport implements Transport {
  readonly name = 'replay'
  readonly #replayer: SimulationReplayer
  #isClosed = false

  constructor(replayer: SimulationReplayer) {
    this.#replayer = withMethods<SimulationReplayer>('a SimulationReplayer', 'respond').read(
      replayer,
      'replayer',
      refuseOption,
    )
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    if (this.#isClosed) throw new R2Error('ClientClosed', 'the client is closed')
    return this.#replayer.respond(request)
  }

  /** Later requests are rejected with `ClientClosed`. */
  async close(): Promise<void> {
    this.#isClosed = true
  }
}

/** A source that fails has the outcome that its failure had when it was recorded. */
const readBody = async ({ headers, body }: HttpRequest): Promise<ReadBody> => {
  if (body.kind === 'empty') return { bytes: undefined }
  if (body.kind === 'bytes') return { bytes: withoutSignatures(headers, body.bytes) }
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of body.open()) chunks.push(copyOf(chunk))
  } catch (error) {
    return { bytes: withoutSignatures(headers, concatBytes(chunks)), error }
  }
  return { bytes: withoutSignatures(headers, concatBytes(chunks)) }
}

const errorOf = ({ code, message }: RecordedError, cause?: unknown): R2Error =>
  new R2Error(code, message, cause === undefined ? {} : { cause })

const mismatch = (problem: string): R2Error => new R2Error('ReplayMismatch', problem)
