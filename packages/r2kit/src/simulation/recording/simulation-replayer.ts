/** Plays a recording back: finds the exchange that a request repeats, or reports the nearest one and the differences. */
import { sha256Hex } from '#hash'
import { concatBytes } from '../../base/bytes.js'
import { type Clock, sleep, systemClock } from '../../base/clock.js'
import { abortError, type ErrorCode, errorTable, R2Error } from '../../errors/index.js'
import type { HttpRequest, HttpResponse, RequestBody, Transport } from '../../http/index.js'
import { eitherOf, type Fields, number, objectOf, oneOf, refuseOption, withMethods } from '../../validation/index.js'
import type { Addressing } from '../request-target.js'
import {
  bodyOf,
  type Exchange,
  parseRecording,
  type RecordedError,
  type RecordedRequest,
  type Recording,
  recordedRequest,
} from './recording.js'

export interface ReplayOptions {
  /**
   * Which order requests must keep: that of the recording (`strict`), that of the recording for each bucket and key
   * (`per-key`; the parts and ranges of one object count as keys of their own), or none (`any`). Concurrent calls need one of the latter two. @defaultValue 'per-key'
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
  readonly #recording: Recording
  readonly #unused: Set<Exchange>
  readonly #order: 'strict' | 'per-key' | 'any'
  readonly #scale: number
  readonly #clock: Clock
  readonly #addressing: Addressing | undefined

  constructor(recording: Recording | string, given: ReplayOptions = {}) {
    const {
      order = 'per-key',
      timing = 'none',
      clock = systemClock,
      addressing,
    } = optionsField.read(given, '', refuseOption)
    this.#recording = parseRecording(typeof recording === 'string' ? recording : JSON.stringify(recording))
    this.#unused = new Set(this.#recording.exchanges)
    this.#order = order
    this.#scale = timing === 'none' ? 0 : timing === 'real' ? 1 : timing
    this.#clock = clock
    this.#addressing = addressing
  }

  /** Reads a file that `SimulationRecorder.save` wrote. */
  static async load(path: string, options?: ReplayOptions): Promise<SimulationReplayer> {
    const { readFile } = await import('node:fs/promises')
    return new SimulationReplayer(await readFile(path, 'utf8'), options)
  }

  /** The exchanges that no request has repeated, in recorded order. */
  get unused(): readonly Exchange[] {
    return [...this.#unused]
  }

  /** @throws R2Error `ReplayMismatch` where exchanges are left */
  assertAllUsed(): void {
    const [first] = this.#unused
    if (first === undefined) return
    const count = this.#unused.size
    throw mismatch(
      `${count} recorded ${count === 1 ? 'request was' : 'requests were'} not sent, the first: ${described(first.request)}`,
    )
  }

  /** The response to `request`, as it was recorded. */
  async respond(request: HttpRequest): Promise<HttpResponse> {
    if (request.signal?.aborted) throw abortError(request.signal)
    const body = await bytesOf(request.body)
    const asked: RecordedRequest = {
      ...recordedRequest(request, this.#addressing),
      ...(request.body.kind === 'empty' ? {} : { body: { sha256: sha256Hex(body), bytes: body.byteLength } }),
    }
    const exchange = this.#take(asked)
    await this.#wait(exchange.tookMs, request.signal)
    const { outcome } = exchange
    if ('error' in outcome) throw errorOf(outcome.error)
    const { status, headers, chunks, bodyError } = outcome
    const bytes = bodyOf(this.#recording, outcome.body)
    if (chunks === undefined || request.responseBody === 'bytes')
      return { status, headers: { ...headers }, body: bytes }
    return { status, headers: { ...headers }, body: replayed(bytes, chunks, bodyError) }
  }

  #take(asked: RecordedRequest): Exchange {
    const text = keyOf(asked)
    for (const exchange of this.#unused) {
      if (keyOf(exchange.request) === text) {
        this.#unused.delete(exchange)
        return exchange
      }
      const isNext = this.#order === 'strict' || (this.#order === 'per-key' && isSameObject(exchange.request, asked))
      if (isNext)
        throw mismatch(
          `the next recorded request is ${described(exchange.request)}, not ${described(asked)}: ${difference(exchange.request, asked)}`,
        )
    }
    const nearest = nearestOf(this.#unused, asked)
    throw mismatch(
      nearest === undefined
        ? `no recorded request is left for ${described(asked)}`
        : `no recorded request is ${described(asked)}; the nearest is number ${nearest.number}: ${difference(nearest.request, asked)}`,
    )
  }

  async #wait(tookMs: number, signal: AbortSignal | undefined): Promise<void> {
    const delayMs = tookMs * this.#scale
    if (delayMs <= 0) return
    try {
      await sleep(this.#clock, delayMs, signal)
    } catch {
      throw abortError(signal)
    }
  }
}

/** A transport that responds from a recording and opens no socket. */
export class ReplayTransport implements Transport {
  readonly name = 'replay'
  readonly #replayer: SimulationReplayer

  constructor(replayer: SimulationReplayer) {
    this.#replayer = replayer
  }

  send(request: HttpRequest): Promise<HttpResponse> {
    return this.#replayer.respond(request)
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

const bytesOf = async (body: RequestBody): Promise<Uint8Array> => {
  if (body.kind === 'empty') return new Uint8Array(0)
  if (body.kind === 'bytes') return body.bytes
  const chunks: Uint8Array[] = []
  for await (const chunk of body.open()) chunks.push(chunk.slice())
  return concatBytes(chunks)
}

/** Two requests are the same where their texts are. */
const keyOf = ({ operation, bucket, key, method, query, headers, body }: RecordedRequest): string =>
  JSON.stringify([operation, bucket, key, method, query ?? {}, headers ?? {}, body?.sha256])

/** Whether two requests are about the same bytes. Parts and ranges of one object are transferred concurrently. */
const isSameObject = (left: RecordedRequest, right: RecordedRequest): boolean =>
  left.bucket === right.bucket &&
  left.key === right.key &&
  left.query?.partNumber === right.query?.partNumber &&
  left.headers?.range === right.headers?.range

/** The exchange that shares most with a request: its operation first, then its object. */
const nearestOf = (exchanges: Iterable<Exchange>, asked: RecordedRequest): Exchange | undefined => {
  let nearest: Exchange | undefined
  let best = 0
  for (const exchange of exchanges) {
    const { request } = exchange
    const score =
      (request.operation === asked.operation ? 4 : 0) +
      (request.bucket === asked.bucket ? 1 : 0) +
      (request.key === asked.key ? 2 : 0) +
      (request.body?.sha256 === asked.body?.sha256 ? 1 : 0)
    if (score <= best) continue
    best = score
    nearest = exchange
  }
  return nearest
}

const described = ({ operation, bucket, key }: RecordedRequest): string =>
  [operation, [bucket, key].filter((name) => name !== undefined).join('/')].filter((word) => word !== '').join(' ')

/** What differs between two requests, field by field. */
const difference = (recorded: RecordedRequest, asked: RecordedRequest): string => {
  const fields: string[] = []
  for (const name of ['operation', 'bucket', 'key', 'method'] as const) {
    if (recorded[name] !== asked[name])
      fields.push(`${name} was ${shownValue(recorded[name])} and is ${shownValue(asked[name])}`)
  }
  for (const name of ['query', 'headers'] as const) {
    const before = recorded[name] ?? {}
    const now = asked[name] ?? {}
    for (const field of new Set([...Object.keys(before), ...Object.keys(now)])) {
      if (before[field] !== now[field])
        fields.push(`${field} was ${shownValue(before[field])} and is ${shownValue(now[field])}`)
    }
  }
  if (recorded.body?.sha256 !== asked.body?.sha256) {
    fields.push(
      `the body had ${recorded.body?.bytes ?? 0} bytes and has ${asked.body?.bytes ?? 0}, with another digest`,
    )
  }
  return fields.length === 0 ? 'the order differs' : fields.join('; ')
}

const shownValue = (value: string | undefined): string =>
  value === undefined ? 'absent' : JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)

const replayed = (
  bytes: Uint8Array,
  chunks: readonly number[],
  bodyError: RecordedError | undefined,
): ReadableStream<Uint8Array> => {
  let start = 0
  const left = [...chunks]
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const size = left.shift()
        if (size !== undefined) {
          controller.enqueue(bytes.slice(start, start + size))
          start += size
        } else if (bodyError === undefined) controller.close()
        else controller.error(errorOf(bodyError))
      },
    },
    { highWaterMark: 0 },
  )
}

const errorOf = ({ code, message }: RecordedError): R2Error =>
  new R2Error(code in errorTable ? (code as ErrorCode) : 'ConnectionReset', message)

const mismatch = (problem: string): R2Error => new R2Error('ReplayMismatch', problem)
