/**
 * The one bound on the memory of all transfers of a client. Bytes are reserved before a source is read or a range is
 * requested. A bound on the number of parts would be none, since their sizes differ.
 */
import { onAbort } from '#abort'
import { abortError, R2Error } from '../errors/index.js'

/** Reserved bytes. */
export interface Reservation {
  readonly bytes: number
  /** A buffer of the reserved length, for holders without memory of their own. Each call returns the same; its content is undefined. */
  buffer(): Uint8Array
  /**
   * Releases the bytes; a second call does nothing. With `reuse`, the next reservation of the same length gets this buffer. To
   * be set only when nothing reads or writes the buffer any more. It spares the garbage collector, which would let many unused
   * buffers accumulate.
   */
  release(options?: { readonly reuse: boolean }): void
}

interface Waiter {
  readonly bytes: number
  readonly isReadAhead: boolean
  readonly grant: () => void
}

/** First come, first served: a small reservation does not overtake a large one, which could otherwise starve. */
export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0
  /**
   * The share of `usedBytes` that is held until a reader takes it. That reader may itself be waiting for this budget, as an
   * upload of a downloaded stream does.
   */
  #readAheadBytes = 0
  /** In order of arrival. */
  readonly #waiting = new Set<Waiter>()
  /** Buffers for reuse, within the limit; none while nothing is reserved. */
  #idle: Uint8Array[] = []

  constructor(limitBytes: number) {
    if (!(limitBytes > 0)) {
      throw new R2Error('InvalidConfig', `invalid memory budget: ${limitBytes} bytes; it must be more than 0`, {
        field: 'transfers.memoryBudgetBytes',
        hint: 'Leave it out for 128 MiB, or pass a number of bytes above 0.',
      })
    }
    this.limitBytes = limitBytes
  }

  /**
   * Reserved bytes. They exceed the limit by at most one reservation that is larger than the budget or granted beside
   * read-ahead, and by `reserveUnqueued`.
   */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /**
   * Waits until the bytes are free, first come, first served. A reservation larger than the whole budget waits until nothing
   * else is reserved. Zero-byte reservations never queue: their holder may hold what the waiting ones need.
   *
   * @throws R2Error `Aborted` (or the signal's own R2Error) when the signal aborts the wait
   */
  reserve(bytes: number, signal?: AbortSignal): Promise<Reservation> {
    return this.#granted(bytes, false, signal)
  }

  /**
   * Reserves bytes that are held until a reader takes them. Read-ahead yields to ordinary reservations, and one ordinary
   * reservation is always granted when only read-ahead is outstanding. Otherwise a reader and the upload it feeds would
   * deadlock.
   */
  reserveReadAhead(bytes: number, signal?: AbortSignal): Promise<Reservation> {
    return this.#granted(bytes, true, signal)
  }

  /**
   * Reserves immediately, above the limit if need be. For the one buffer without which a transfer makes no progress: the bytes
   * its reader waits for. A transfer whose other bytes all come later would otherwise wait for itself.
   */
  reserveUnqueued(bytes: number, isReadAhead = false): Reservation {
    this.#usedBytes += bytes
    if (isReadAhead) this.#readAheadBytes += bytes
    // One idle buffer may become these bytes, so its length is not counted twice.
    this.#dropIdle(bytes)
    let buffer: Uint8Array | undefined
    let isHeld = true
    return {
      bytes,
      buffer: () => {
        buffer ??= this.#takeIdle(bytes) ?? new Uint8Array(bytes)
        return buffer
      },
      release: ({ reuse } = { reuse: false }) => {
        if (!isHeld) return
        isHeld = false
        if (reuse && buffer !== undefined) this.#idle.push(buffer)
        this.#usedBytes -= bytes
        if (isReadAhead) this.#readAheadBytes -= bytes
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

  /** Drops the oldest idle buffers until they and the reserved bytes fit the limit. */
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
    if (bytes === 0 || (!this.#hasToQueue(isReadAhead) && this.#fits(bytes, isReadAhead)))
      return Promise.resolve(take())
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes,
        isReadAhead,
        grant: () => {
          stopListening?.()
          resolve(take())
        },
      }
      const stopListening =
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
    const blocking = isReadAhead ? this.#usedBytes : this.#usedBytes - this.#readAheadBytes
    return blocking === 0 || this.#usedBytes + bytes <= this.limitBytes
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
