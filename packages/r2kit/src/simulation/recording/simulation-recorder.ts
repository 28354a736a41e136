/** Records what a client sends and receives, around any transport. */

import { sha256Hex } from '#hash'
import { concatBytes, copyOf } from '../../base/bytes.js'
import { type Clock, sleep, systemClock } from '../../base/clock.js'
import { isR2Error, R2Error } from '../../errors/index.js'
import { type HttpRequest, type HttpResponse, isSuccess, type RequestBody, type Transport } from '../../http/index.js'
import { type Fields, objectOf, oneOf, refuseOption, withMethods } from '../../validation/index.js'
import { path as pathField } from '../../validation/path-field.js'
import type { Addressing } from '../request-target.js'
import { recordedRequest, withoutSignatures } from './recorded-request.js'
import { recordedErrorBody, recordedHeaders, redacted } from './recorded-response.js'
import type {
  Exchange,
  RecordedBody,
  RecordedError,
  RecordedOutcome,
  RecordedRequestBody,
  Recording,
} from './recording.js'
import { printRecording } from './recording-text.js'
import { storedBody } from './stored-body.js'

export interface RecorderOptions {
  /** Where requests have their bucket; as the client's option of the same name. @defaultValue 'path' */
  readonly addressing?: Addressing | undefined
  /** Measures times; pass the client's. @defaultValue the machine's clock */
  readonly clock?: Clock | undefined
}

const optionFields: Fields<RecorderOptions> = {
  addressing: oneOf('path', 'virtual-host'),
  clock: withMethods<Clock>('a Clock', 'now', 'monotonicMs', 'after'),
}
const optionsField = objectOf<RecorderOptions>('RecorderOptions', optionFields, { argument: 'options' })
const transportField = withMethods<Transport>('a Transport', 'send', 'close')

/** How long `save` waits for the next chunk of a body that its reader has neither read nor cancelled. */
const unreadBodyMs = 5_000

/**
 * Whether the body is that of an object, which is recorded byte for byte. Any other success may contain an error document with the
 * secrets of the request: R2 responds to CopyObject before the copy has ended.
 */
const isObject = ({ request }: Exchange, status: number): boolean =>
  isSuccess(status) && request.operation === 'GetObject'

/** An exchange whose response may still be arriving. */
type OpenExchange = { -readonly [Name in keyof Exchange]: Exchange[Name] } & {
  /** The outcome so far, of a body that is still arriving. */
  soFar?: () => RecordedOutcome
}

/**
 * Keeps every exchange of a client, bodies included, in memory. Secrets and signatures are not kept.
 *
 * @example
 * const recorder = new SimulationRecorder()
 * const r2 = new R2ClientBuilder().endpoint(url).credentials(id, secret).withRecorder(recorder).build()
 * await r2.objects.put({ bucket, key, body })
 * await recorder.save('./put.recording.json')
 */
export class SimulationRecorder {
  readonly #clock: Clock
  readonly #addressing: Addressing | undefined
  readonly #exchanges: OpenExchange[] = []
  readonly #bodies = new Map<string, Uint8Array>()
  #firstMs: number | undefined
  /** Number of outcomes that have arrived. */
  #arrived = 0
  /** Requests whose response has not begun, and bodies that have not ended. */
  readonly #open = { requests: 0, bodies: 0 }
  #lastProgressMs = 0
  #whenChanged: (() => void)[] = []

  constructor(given: RecorderOptions = {}) {
    const { clock = systemClock, addressing } = optionsField.read(given, '', refuseOption)
    this.#clock = clock
    this.#addressing = addressing
  }

  /** A transport that records what it sends through `inner`. Several transports may share one recorder. */
  wrap(inner: Transport): Transport {
    transportField.read(inner, 'inner', refuseOption)
    return {
      name: `recorder over ${inner.name}`,
      cannotSend: (path) => inner.cannotSend?.(path),
      send: (request) => this.#record(inner, request),
      close: () => inner.close(),
    }
  }

  /** The exchanges that have been recorded, and their bodies. Responses that are still arriving end where they are. */
  export(): Recording {
    const exchanges = this.#exchanges.map(({ soFar, ...exchange }) =>
      soFar === undefined ? exchange : { ...exchange, outcome: soFar() },
    )
    const bodies = [...this.#bodies].sort(([left], [right]) => (left < right ? -1 : 1))
    return {
      format: 'r2kit-recording',
      version: 1,
      exchanges,
      bodies: Object.fromEntries(bodies.map(([sha256, bytes]) => [sha256, storedBody(bytes)])),
    }
  }

  /**
   * Writes the recording to a file, once all responses have ended. A body that its reader has left unread for 5 s ends where it
   * is. Not on platforms without files.
   *
   * @throws R2Error `InvalidConfig` for a file that cannot be written, with the system's error as its cause
   */
  async save(path: string): Promise<void> {
    pathField.read(path, 'path', refuseOption)
    await this.#settled()
    const { writeFile } = await import('node:fs/promises')
    const text = printRecording(this.export())
    await writeFile(path, text).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new R2Error('InvalidConfig', `the recording cannot be written: ${reason}`, {
        field: 'path',
        hint: 'Choose a file in a folder that exists and can be written.',
        cause,
      })
    })
  }

  async #record(inner: Transport, request: HttpRequest): Promise<HttpResponse> {
    const startMs = this.#clock.monotonicMs()
    this.#firstMs ??= startMs
    const sent = new Tap()
    const exchange: OpenExchange = {
      number: this.#exchanges.length + 1,
      sentMs: Math.round(startMs - this.#firstMs),
      tookMs: 0,
      sentAfter: this.#arrived,
      arrived: undefined,
      request: recordedRequest(request, this.#addressing),
      outcome: { error: { code: 'Aborted', message: 'the recording ended before the response' } },
    }
    this.#exchanges.push(exchange)
    this.#open.requests++
    const hasHead = () => {
      this.#open.requests--
      exchange.arrived = ++this.#arrived
      exchange.tookMs = Math.round(this.#clock.monotonicMs() - startMs)
      const body = this.#requestBody(request, sent)
      exchange.request = { ...exchange.request, ...(body && { body }) }
    }
    try {
      const response = await inner.send({ ...request, body: tapped(request.body, sent) })
      hasHead()
      const { status, headers, body } = response
      const outcome = { status, headers: recordedHeaders(headers, request) }
      if (!(body instanceof Uint8Array))
        return { ...response, body: this.#tappedStream(body, exchange, outcome, request) }
      const kept = isObject(exchange, status) ? body : recordedErrorBody(body, request)
      exchange.outcome = { ...outcome, ...(kept.length === 0 ? {} : { body: this.#keep(kept) }) }
      this.#changed()
      return response
    } catch (error) {
      hasHead()
      exchange.outcome = { error: recordedError(error, request) }
      this.#changed()
      throw error
    }
  }

  #requestBody({ headers, body }: HttpRequest, sent: Tap): RecordedRequestBody | undefined {
    if (body.kind === 'empty') return undefined
    const bytes = body.kind === 'bytes' ? body.bytes : sent.bytes()
    const isPartial = body.kind === 'stream' && !sent.hasEnded && bytes.byteLength < body.contentLength
    return { ...this.#keep(withoutSignatures(headers, bytes)), ...(isPartial && { isPartial }) }
  }

  #tappedStream(
    body: ReadableStream<Uint8Array>,
    exchange: OpenExchange,
    head: { status: number; headers: Record<string, string> },
    request: HttpRequest,
  ): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    const received = new Tap()
    const waitsMs: number[] = []
    this.#open.bodies++
    const outcomeSoFar = (end: { bodyError?: RecordedError; isCut?: boolean }): RecordedOutcome => {
      const bytes = received.bytes()
      const kept = isObject(exchange, head.status) ? bytes : recordedErrorBody(bytes, request)
      return {
        ...head,
        body: this.#keep(kept),
        chunks: kept === bytes ? received.sizes : [kept.byteLength],
        ...(waitsMs.some((waitMs) => waitMs > 0) && { waitsMs: [...waitsMs] }),
        ...end,
      }
    }
    // A reader may stop at the announced length, without waiting for the end.
    const cut = () =>
      received.byteLength === Number(head.headers['content-length'] ?? Number.NaN) ? {} : { isCut: true }
    exchange.soFar = () => outcomeSoFar(cut())
    const done = (end: { bodyError?: RecordedError; isCut?: boolean } = {}) => {
      if (exchange.soFar === undefined) return
      exchange.outcome = outcomeSoFar(end)
      delete exchange.soFar
      this.#open.bodies--
      this.#changed()
    }
    const readNext = async () => {
      const startMs = this.#clock.monotonicMs()
      const waited = () => void waitsMs.push(Math.round(this.#clock.monotonicMs() - startMs))
      return reader.read().finally(waited)
    }
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const { done: isDone, value } = await readNext()
            if (isDone) {
              done()
              controller.close()
            } else {
              received.add(value)
              controller.enqueue(value)
              this.#changed()
            }
          } catch (error) {
            done({ bodyError: recordedError(error, request) })
            throw error
          }
        },
        async cancel(reason) {
          done(cut())
          await reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }

  #keep(bytes: Uint8Array): RecordedBody {
    const sha256 = sha256Hex(bytes)
    if (!this.#bodies.has(sha256)) this.#bodies.set(sha256, copyOf(bytes))
    return { sha256, bytes: bytes.byteLength }
  }

  #changed(): void {
    this.#lastProgressMs = this.#clock.monotonicMs()
    for (const wake of this.#whenChanged.splice(0)) wake()
  }

  /** Resolves when no response is still arriving, or only bodies without a reader. */
  async #settled(): Promise<void> {
    const startMs = this.#clock.monotonicMs()
    while (this.#open.requests > 0 || this.#open.bodies > 0) {
      const leftMs = Math.max(startMs, this.#lastProgressMs) + unreadBodyMs - this.#clock.monotonicMs()
      if (this.#open.requests === 0 && leftMs <= 0) return
      const stop = new AbortController()
      const changed = new Promise<void>((resolve) => this.#whenChanged.push(resolve))
      const timeout = this.#open.requests > 0 ? changed : sleep(this.#clock, leftMs, stop.signal).catch(() => undefined)
      await Promise.race([changed, timeout])
      stop.abort()
    }
  }
}

/** Copies of the chunks that passed. */
class Tap {
  #chunks: Uint8Array[] = []
  /** Whether the source has ended. */
  hasEnded = false

  get byteLength(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  }

  get sizes(): readonly number[] {
    return this.#chunks.map((chunk) => chunk.byteLength)
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(copyOf(chunk))
  }

  clear(): void {
    this.#chunks = []
    this.hasEnded = false
  }

  bytes(): Uint8Array {
    return concatBytes(this.#chunks)
  }
}

/** The same body; each time it is opened the tap starts again. */
const tapped = (body: RequestBody, tap: Tap): RequestBody => {
  if (body.kind !== 'stream') return body
  return {
    kind: 'stream',
    contentLength: body.contentLength,
    canOpen: () => body.canOpen(),
    async *open() {
      tap.clear()
      for await (const chunk of body.open()) {
        tap.add(chunk)
        yield chunk
      }
      tap.hasEnded = true
    },
  }
}

const recordedError = (error: unknown, request: HttpRequest): RecordedError => {
  const message = redacted(error instanceof Error ? error.message : String(error), request)
  return { code: isR2Error(error) ? error.code : 'ConnectionReset', message }
}
