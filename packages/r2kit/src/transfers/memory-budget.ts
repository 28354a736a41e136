/**
 * The one bound on what all transfers of a client hold in memory. Bytes are reserved before a source is read or a range is
 * asked for; counting parts would bound nothing, since their sizes differ.
 */
import { onAbort } from '../base/abort.js'
import { abortError, R2Error } from '../errors/index.js'

/** Bytes that are set aside. */
export interface Reservation {
  readonly bytes: number
  /** The bytes themselves, for who has no memory of his own to fill: always the same buffer, with undefined content. */
  buffer(): Uint8Array
  /**
   * Gives the bytes back; calling it again does nothing. A buffer that nobody reads any more may serve again: `reuse` spares
   * the garbage collector, which would let many dead ones pile up.
   */
  release(options?: { readonly reuse: boolean }): void
}

interface Waiter {
  readonly bytes: number
  readonly isReadAhead: boolean
  readonly grant: () => void
}

export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0
  /** What of it waits for a reader, who may himself be waiting for bytes of this budget: an upload of what is downloaded. */
  #aheadBytes = 0
  /** In the order of asking: nobody is overtaken, so nobody starves. */
  readonly #waiting = new Set<Waiter>()
  /** Buffers that wait to serve again, within the limit; none while nothing is reserved. */
  #idle: Uint8Array[] = []

  constructor(limitBytes: number) {
    if (!(limitBytes > 0)) {
      throw new R2Error('InvalidConfig', `the memory budget is ${limitBytes} bytes; it must be more than 0`, {
        field: 'transfers.memoryBudgetBytes',
      })
    }
    this.limitBytes = limitBytes
  }

  /** What is reserved now. More than the limit only by a single reservation (one larger than it, or beside what waits for
   * readers), or by `reserveUnqueued`. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /**
   * Waits until the bytes are free, first come, first served. A request for more than the whole budget waits until nothing
   * else is reserved, and is granted alone. No bytes are granted at once.
   *
   * @throws R2Error `Aborted` (or the signal's own R2Error) when the signal aborts the wait
   */
  reserve(bytes: number, signal?: AbortSignal): Promise<Reservation> {
    return this.#granted(bytes, false, signal)
  }

  /**
   * Reserves bytes for what is held until a reader takes it. Others overtake it, and when nothing else is reserved one of them
   * is granted whatever is held so: otherwise readers that wait for bytes, and bytes that wait for readers, would wait for ever.
   */
  reserveReadAhead(bytes: number, signal?: AbortSignal): Promise<Reservation> {
    return this.#granted(bytes, true, signal)
  }

  /**
   * Reserves at once, whatever is free. For the one buffer that a transfer must have to get on (the next bytes its reader
   * waits for): without it, transfers that hold everything behind that point would wait for themselves.
   */
  reserveUnqueued(bytes: number, isReadAhead = false): Reservation {
    this.#usedBytes += bytes
    if (isReadAhead) this.#aheadBytes += bytes
    // An idle buffer may be what these bytes are to be; whoever has memory of his own is this much above the limit at most.
    this.#dropIdle(bytes)
    let buffer: Uint8Array | undefined
    let held = true
    return {
      bytes,
      buffer: () => {
        buffer ??= this.#takeIdle(bytes) ?? new Uint8Array(bytes)
        return buffer
      },
      release: ({ reuse } = { reuse: false }) => {
        if (!held) return
        held = false
        if (reuse && buffer !== undefined) this.#idle.push(buffer)
        this.#usedBytes -= bytes
        if (isReadAhead) this.#aheadBytes -= bytes
        this.#grantWaiting()
        if (this.#usedBytes === 0) this.#idle = []
      },
    }
  }

  #takeIdle(bytes: number): Uint8Array | undefined {
    const index = this.#idle.findIndex((idle) => idle.byteLength === bytes)
    const [idle] = index < 0 ? [] : this.#idle.splice(index, 1)
    this.#dropIdle(0)
    return idle
  }

  /** What is kept for later stands back behind what is reserved. */
  #dropIdle(spareBytes: number): void {
    let sum = this.#usedBytes - spareBytes
    for (const { byteLength } of this.#idle) sum += byteLength
    for (; sum > this.limitBytes; ) {
      const dropped = this.#idle.shift()
      if (dropped === undefined) return
      sum -= dropped.byteLength
    }
  }

  #granted(bytes: number, isReadAhead: boolean, signal: AbortSignal | undefined): Promise<Reservation> {
    const take = () => this.reserveUnqueued(bytes, isReadAhead)
    if (signal?.aborted) return Promise.reject(abortError(signal))
    // Who asks for nothing may hold what those who wait are waiting for.
    if (bytes === 0 || (!this.#hasToQueue(isReadAhead) && this.#fits(bytes, isReadAhead)))
      return Promise.resolve(take())
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes,
        isReadAhead,
        grant: () => {
          forget?.()
          resolve(take())
        },
      }
      const forget =
        signal &&
        onAbort(signal, () => {
          this.#waiting.delete(waiter)
          reject(abortError(signal))
          this.#grantWaiting()
        })
      this.#waiting.add(waiter)
    })
  }

  #hasToQueue(isReadAhead: boolean): boolean {
    for (const waiter of this.#waiting) if (isReadAhead || !waiter.isReadAhead) return true
    return false
  }

  #fits(bytes: number, isReadAhead: boolean): boolean {
    const inTheWay = isReadAhead ? this.#usedBytes : this.#usedBytes - this.#aheadBytes
    return inTheWay === 0 || this.#usedBytes + bytes <= this.limitBytes
  }

  #grantWaiting(): void {
    for (const waiter of this.#waiting) {
      if (!this.#fits(waiter.bytes, waiter.isReadAhead)) {
        if (waiter.isReadAhead) continue
        return
      }
      this.#waiting.delete(waiter)
      waiter.grant()
    }
  }
}
