/**
 * Reads of a socket into one buffer that serves again and again. Node's streams take fresh memory for each read, 64 KiB even
 * for a few bytes: half of the CPU time of a download, and tens of MiB that wait for the garbage collector.
 * By `onread`, Node's own way around that (nodejs.org/api/net.html, `net.createConnection`), behind the two methods of a
 * socket that undici reads with.
 */
import type { OnReadOpts, Socket } from 'node:net'

/** What fits the second-level caches of common processors; larger reads are slower. */
const readBytes = 64 * 1024

const held = Symbol('bytes that have been read and not taken')
const isPaused = Symbol('whether reading has been stopped')
const mayLend = Symbol('whether what is read next may be lent')

interface LentSocket extends Socket {
  [held]?: Buffer | undefined
  [isPaused]?: boolean
  [mayLend]?: () => boolean
}

/**
 * For the connector of all sockets of a pool. They share the buffer: the kernel fills it and the socket's callback empties it
 * before the event loop comes to another socket.
 */
export const readsIntoOneBuffer = (): OnReadOpts => ({
  buffer: Buffer.allocUnsafeSlow(readBytes),
  callback(this: LentSocket, length: number, buffer: Uint8Array): boolean {
    const lent = Buffer.from(buffer.buffer, buffer.byteOffset, length)
    const isLent = this[mayLend]?.() === true
    this[held] = isLent ? lent : Buffer.from(lent)
    this.emit('readable')
    const left = this[held]
    if (left === undefined) return true
    // The parser has been paused: what is left must outlive the buffer, and nothing more is read.
    if (isLent) this[held] = Buffer.from(left)
    this[isPaused] = true
    return false
  },
})

/**
 * Makes the socket's `read` and `unshift` those of the bytes above.
 *
 * @param isInBody whether what comes next is only looked at until the parser returns; else it is copied, since undici keeps
 *   views of the header fields until it has all of them
 */
export const lendReads = (socket: LentSocket, isInBody: () => boolean): void => {
  const { read } = socket
  socket[mayLend] = isInBody
  socket.read = (size?: number) => {
    const bytes = socket[held]
    if (size !== 0 && bytes !== undefined) {
      socket[held] = undefined
      return bytes
    }
    if (size !== 0 && socket[isPaused]) {
      socket[isPaused] = false
      socket.resume()
    }
    return read.call(socket, size)
  }
  socket.unshift = (bytes: Buffer) => {
    if (bytes.byteLength > 0) socket[held] = bytes
  }
}
