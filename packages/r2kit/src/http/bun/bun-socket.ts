/** The sockets of Bun behind the calls that the HTTP client makes, without the streams of `node:net` in between. */
import { Socket } from 'node:net'
import type { BunHandlers, NativeSocket } from './bun-api.js'

/**
 * A socket for the HTTP client: it has the type of one of `node:net`, and the methods and events that the client uses (`data`, `end`, `error`,
 * `close`, `drain`), and nothing passes through the buffers of a stream.
 *
 *     connecting ── opened ──▶ open ── destroy, the peer, an error ──▶ closed
 *     connecting ── destroy, failed ──▶ closed
 */
export class BunSocket extends Socket {
  #native: NativeSocket | undefined
  #isClosed = false
  /** Bytes that the system has not taken yet. */
  #pending: Uint8Array[] = []
  /** How many those are. */
  override writableLength = 0

  /** The native socket is open. Closes it where this one has been destroyed meanwhile. */
  opened(native: NativeSocket): void {
    if (this.#isClosed) native.terminate()
    else this.#native = native
  }

  /** @returns false where the caller should wait for `drain` */
  override write(data: Uint8Array | string, encoding?: unknown): boolean {
    const native = this.#native
    if (native === undefined) return false
    const chunk = typeof data === 'string' && encoding === 'latin1' ? Buffer.from(data, 'latin1') : data
    if (this.#pending.length === 0) {
      const written = native.write(chunk)
      if (written === chunk.length) return true
      this.#keep(bytesOf(chunk).subarray(Math.max(0, written)))
    } else this.#keep(bytesOf(chunk))
    return false
  }

  #keep(bytes: Uint8Array): void {
    this.#pending.push(bytes)
    this.writableLength += bytes.byteLength
  }

  /** The system takes bytes again. */
  drained(): void {
    for (let next = this.#pending[0]; next !== undefined && this.#native !== undefined; next = this.#pending[0]) {
      const written = Math.max(0, this.#native.write(next))
      this.writableLength -= written
      if (written < next.byteLength) {
        this.#pending[0] = next.subarray(written)
        return
      }
      this.#pending.shift()
    }
    this.emit('drain')
  }

  /** Closes the socket. Bytes that the system has not taken are dropped. */
  override destroy(error?: Error): this {
    if (this.#isClosed) return this
    const native = this.#native
    this.ended(error)
    native?.terminate()
    return this
  }

  /** The native socket is closed, or could not be made. */
  ended(error?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#native = undefined
    this.#pending = []
    this.writableLength = 0
    if (error !== undefined && this.listenerCount('error') > 0) this.emit('error', error)
    queueMicrotask(() => this.emit('close'))
  }

  override pause(): this {
    this.#native?.pause()
    return this
  }

  override resume(): this {
    this.#native?.resume()
    return this
  }

  override ref(): this {
    this.#native?.ref()
    return this
  }

  override unref(): this {
    this.#native?.unref()
    return this
  }
}

const bytesOf = (chunk: Uint8Array | string): Uint8Array => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)

/** What Bun calls. The socket of a connection is the `data` of the native one. */
export const passedOn = (socket: BunSocket): Pick<BunHandlers, 'data' | 'drain' | 'end' | 'close' | 'error'> => ({
  data: (_, bytes) => {
    socket.emit('data', bytes)
  },
  drain: () => socket.drained(),
  end: () => {
    socket.emit('end')
  },
  close: (_, error) => socket.ended(error),
  error: (_, error) => {
    socket.destroy(error)
  },
})
