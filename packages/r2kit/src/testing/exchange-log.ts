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

export class ExchangeLog {
  readonly exchanges: SimulatedExchange[] = []
  readonly #clock: Clock
  readonly #onExchange: ((exchange: SimulatedExchange) => void) | undefined

  constructor(clock: Clock, onExchange: ((exchange: SimulatedExchange) => void) | undefined) {
    this.#clock = clock
    this.#onExchange = onExchange
  }

  wrap(inner: Transport): Transport {
    return {
      name: inner.name,
      cannotSend: (path) => inner.cannotSend?.(path),
      close: () => inner.close(),
      send: (request) => this.#send(inner, request),
    }
  }

  async #send(inner: Transport, request: HttpRequest): Promise<HttpResponse> {
    const startedMs = this.#clock.monotonicMs()
    try {
      const response = await inner.send(request)
      this.#note(request, startedMs, response.status)
      return response
    } catch (error) {
      this.#note(request, startedMs, isR2Error(error) ? error.code : String(error))
      throw error
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
