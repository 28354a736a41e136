/** Records what a client sends and receives, around any transport. */
import { sha256Hex } from '#hash'
import { concatBytes } from '../../base/bytes.js'
import { type Clock, systemClock } from '../../base/clock.js'
import { isR2Error } from '../../errors/index.js'
import type { HttpRequest, HttpResponse, RequestBody, Transport } from '../../http/index.js'
import { type Fields, objectOf, oneOf, refuseOption, withMethods } from '../../validation/index.js'
import type { Addressing } from '../request-target.js'
import {
  type Exchange,
  printRecording,
  type RecordedBody,
  type RecordedError,
  type RecordedOutcome,
  type Recording,
  recordedHeaders,
  recordedRequest,
  storedBody,
} from './recording.js'

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

/** An exchange whose response may still be arriving. */
type OpenExchange = { -readonly [Name in keyof Exchange]: Exchange[Name] }

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
  #pending = 0
  #whenIdle: (() => void)[] = []

  constructor(given: RecorderOptions = {}) {
    const { clock = systemClock, addressing } = optionsField.read(given, '', refuseOption)
    this.#clock = clock
    this.#addressing = addressing
  }

  /** A transport that records what it sends through `inner`. */
  wrap(inner: Transport): Transport {
    return {
      name: `recorder over ${inner.name}`,
      cannotSend: (path) => inner.cannotSend?.(path),
      send: (request) => this.#record(inner, request),
      close: () => inner.close(),
    }
  }

  /** The exchanges that have been recorded, and their bodies. */
  export(): Recording {
    const bodies = [...this.#bodies].sort(([left], [right]) => (left < right ? -1 : 1))
    return {
      format: 'r2kit-recording',
      version: 1,
      exchanges: this.#exchanges.map((exchange) => ({ ...exchange })),
      bodies: Object.fromEntries(bodies.map(([sha256, bytes]) => [sha256, storedBody(bytes)])),
    }
  }

  /** Writes the recording to a file, once all responses have ended. Not on platforms without files. */
  async save(path: string): Promise<void> {
    await this.#settled()
    const { writeFile } = await import('node:fs/promises')
    await writeFile(path, printRecording(this.export()))
  }

  async #record(inner: Transport, request: HttpRequest): Promise<HttpResponse> {
    const startMs = this.#clock.monotonicMs()
    this.#firstMs ??= startMs
    const sent = new Tap()
    const exchange: OpenExchange = {
      number: this.#exchanges.length + 1,
      sentMs: Math.round(startMs - this.#firstMs),
      tookMs: 0,
      request: recordedRequest(request, this.#addressing),
      outcome: { error: { code: 'Aborted', message: 'the recording ended before the response' } },
    }
    this.#exchanges.push(exchange)
    this.#pending++
    const finish = () => {
      this.#pending--
      if (this.#pending > 0) return
      for (const wake of this.#whenIdle.splice(0)) wake()
    }
    const took = () => {
      exchange.tookMs = Math.round(this.#clock.monotonicMs() - startMs)
      const body = request.body.kind === 'bytes' ? request.body.bytes : sent.bytes()
      if (request.body.kind !== 'empty') exchange.request = { ...exchange.request, body: this.#keep(body) }
    }
    try {
      const response = await inner.send({ ...request, body: tapped(request.body, sent) })
      took()
      const { status, headers, body } = response
      const outcome = { status, headers: recordedHeaders(headers) }
      if (body instanceof Uint8Array) {
        exchange.outcome = { ...outcome, ...(body.length === 0 ? {} : { body: this.#keep(body) }) }
        finish()
        return response
      }
      return { ...response, body: this.#tappedStream(body, exchange, outcome, finish) }
    } catch (error) {
      took()
      exchange.outcome = { error: recordedError(error) }
      finish()
      throw error
    }
  }

  #tappedStream(
    body: ReadableStream<Uint8Array>,
    exchange: OpenExchange,
    outcome: { status: number; headers: Record<string, string> },
    finish: () => void,
  ): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    const received = new Tap()
    const done = (bodyError?: RecordedError) => {
      const recorded: RecordedOutcome = {
        ...outcome,
        body: this.#keep(received.bytes()),
        chunks: received.sizes,
        ...(bodyError === undefined ? {} : { bodyError }),
      }
      exchange.outcome = recorded
      finish()
    }
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { done: isDone, value } = await reader.read()
            if (isDone) {
              done()
              controller.close()
            } else {
              received.add(value)
              controller.enqueue(value)
            }
          } catch (error) {
            done(recordedError(error))
            throw error
          }
        },
        async cancel(reason) {
          done()
          await reader.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }

  #keep(bytes: Uint8Array): RecordedBody {
    const sha256 = sha256Hex(bytes)
    if (!this.#bodies.has(sha256)) this.#bodies.set(sha256, bytes.slice())
    return { sha256, bytes: bytes.byteLength }
  }

  /** Resolves when no response is still arriving. */
  async #settled(): Promise<void> {
    if (this.#pending === 0) return
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
  }
}

/** Copies of the chunks that passed. */
class Tap {
  #chunks: Uint8Array[] = []

  get sizes(): readonly number[] {
    return this.#chunks.map((chunk) => chunk.byteLength)
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk.slice())
  }

  clear(): void {
    this.#chunks = []
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
    },
  }
}

const recordedError = (error: unknown): RecordedError =>
  isR2Error(error)
    ? { code: error.code, message: error.message }
    : { code: 'ConnectionReset', message: error instanceof Error ? error.message : String(error) }
