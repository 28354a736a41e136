/** Reads a file for its checksum, in few buffers that are reused. */
import { setImmediate } from 'node:timers/promises'
import { abortError } from '../../errors/index.js'

/** Two of them fit the reservation of a slice, which is not being sent while it is scanned. */
const scanBytes = 512 * 1024

/** Read and hashed before the event loop does other work: a tenth of a millisecond. */
const synchronousBytes = 512 * 1024

/** Returns the number of bytes read, or a promise where a thread of the pool reads. */
type Read = (buffer: Buffer, length: number, at: number) => number | Promise<number>

export class FileScanner {
  readonly #read: Read
  /** Two buffers at most, for the next scan. */
  #free: Buffer[] = []

  /** @param read reads from the file at a position */
  constructor(read: Read) {
    this.#read = read
  }

  /**
   * Reads bytes: the next ones while the last ones are visited, if a thread of the pool reads. A chunk is valid only until `visit`
   * returns.
   *
   * @returns the number of bytes, which is less than `length` where the file ends earlier
   */
  async scan(offset: number, length: number, visit: (chunk: Uint8Array) => void, signal: AbortSignal): Promise<number> {
    const buffers = this.#free
    this.#free = []
    let [filling = this.#buffer(), spare = this.#buffer()] = buffers
    let scanned = 0
    let sinceTurn = 0
    try {
      let reading = this.#fill(filling, offset, length)
      for (;;) {
        const isPooled = typeof reading !== 'number'
        const bytesRead = await reading
        sinceTurn = isPooled ? 0 : sinceTurn + bytesRead
        if (sinceTurn >= synchronousBytes) {
          sinceTurn = 0
          await setImmediate()
        }
        if (signal.aborted) throw abortError(signal)
        const chunk = filling.subarray(0, bytesRead)
        scanned += bytesRead
        const isLast = bytesRead === 0 || scanned === length
        if (!isLast) {
          ;[filling, spare] = [spare, filling]
          reading = this.#fill(filling, offset + scanned, length - scanned)
        }
        if (bytesRead > 0) visit(chunk)
        if (isLast) return scanned
      }
    } finally {
      if (scanned === length) this.#free = [filling, spare]
    }
  }

  #fill(buffer: Buffer, at: number, left: number): number | Promise<number> {
    const reading = this.#read(buffer, Math.min(buffer.byteLength, left), at)
    // Awaited after the visit of the chunk before; a rejection must not be unhandled until then.
    if (typeof reading !== 'number') reading.catch(() => undefined)
    return reading
  }

  #buffer(): Buffer {
    return Buffer.allocUnsafeSlow(scanBytes)
  }
}
