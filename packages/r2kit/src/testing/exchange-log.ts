/** The requests of a run in the order in which they were sent, with their outcomes. */
import type { Clock } from '../base/clock.js'
import { isR2Error } from '../errors/index.js'
import type { HttpRequest, HttpResponse, Transport } from '../http/index.js'
import { targetOf } from '../simulation/request-target.js'

/** A request of a run, and its outcome. Times are in virtual milliseconds since the start of the run. */
export interface SimulatedExchange {
  /** S3's name of the operation: `PutObject`. */
  readonly operation: string
  readonly bucket: string | undefined
  readonly key: string | undefined
  /** Number of the part, for `UploadPart`. */
  readonly partNumber: number | undefined
  readonly startedMs: number
  readonly endedMs: number
  /** Status of the response, or the code of the error where there was none: `ConnectionReset`. */
  readonly outcome: number | string
}

/** The process that sends requests. Those of a killed one have no receiver of their outcome. */
interface SendingProcess {
  readonly isKilled: boolean
}

export class ExchangeLog {
  readonly exchanges: SimulatedExchange[] = []
  readonly #open = new Set<{ readonly process: SendingProcess; readonly description: string }>()
  readonly #clock: Clock
  readonly #onExchange: ((exchange: SimulatedExchange) => void) | undefined

  constructor(clock: Clock, onExchange: ((exchange: SimulatedExchange) => void) | undefined) {
    this.#clock = clock
    this.#onExchange = onExchange
  }

  /** Requests without an outcome, of processes that were not killed. */
  get inFlight(): readonly string[] {
    return [...this.#open].filter(({ process }) => !process.isKilled).map(({ description }) => description)
  }

  /** A transport of `process` that notes its requests. */
  wrap(inner: Transport, process: SendingProcess): Transport {
    return {
      name: inner.name,
      cannotSend: (path) => inner.cannotSend?.(path),
      close: () => inner.close(),
      send: (request) => this.#send(inner, request, process),
    }
  }

  async #send(inner: Transport, request: HttpRequest, process: SendingProcess): Promise<HttpResponse> {
    const { operation, bucket, key } = targetOf(request)
    const open = { process, description: [operation, [bucket, key].filter(Boolean).join('/')].join(' ') }
    this.#open.add(open)
    const startedMs = this.#clock.monotonicMs()
    try {
      const response = await inner.send(request)
      this.#note(request, startedMs, response.status)
      return response
    } catch (error) {
      this.#note(request, startedMs, isR2Error(error) ? error.code : String(error))
      throw error
    } finally {
      this.#open.delete(open)
    }
  }

  #note(request: HttpRequest, startedMs: number, outcome: number | string): void {
    const { operation, bucket, key, partNumber } = targetOf(request)
    const endedMs = this.#clock.monotonicMs()
    const exchange = { operation, bucket, key, partNumber, startedMs, endedMs, outcome }
    this.exchanges.push(exchange)
    this.#onExchange?.(exchange)
  }
}
