/**
 * Reads of a socket into one buffer that serves again and again. Node's streams take fresh memory for each read, 64 KiB even
 * for a few bytes: half of the CPU time of a download, and tens of MiB that wait for the garbage collector.
 * By `onread`, Node's own way around that (nodejs.org/api/net.html, `net.createConnection`), behind the two methods of a
 * socket that undici reads with.
 */
import type { OnReadOpts, Socket } from 'node:net'
import { isNode } from '../../base/runtime.js'

/** What fits the second-level caches of common processors; larger reads are slower. */
const readBytes = 64 * 1024

const receive = Symbol('takes what has been read; false stops reading')

interface LentSocket extends Socket {
  [receive]?: (lent: Buffer) => boolean
}

/**
 * For the connector of all sockets of a pool. They share the buffer: the kernel fills it and the socket's callback empties it
 * before the event loop comes to another socket. Undefined on what is not Node: sockets read as ever there.
 */
export const readsIntoOneBuffer = (): OnReadOpts | undefined => {
  // Bun calls back without the socket, many a Deno has no such buffers.
  if (!isNode) return undefined
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  lentMemory.add(buffer.buffer)
  return {
    buffer,
    callback(this: LentSocket, length: number, buffer: Uint8Array): boolean {
      const lent = Buffer.from(buffer.buffer, buffer.byteOffset, length)
      return this[receive]?.(lent) ?? this.push(Buffer.from(lent))
    },
  }
}

const lentMemory = new WeakSet<ArrayBufferLike>()

/** Whether the memory of these bytes will serve the next read; else they stay as they are for as long as somebody has them. */
export const isLent = (bytes: Uint8Array): boolean => lentMemory.has(bytes.buffer)

/**
 * Makes the socket's `read`, `unshift` and `push` those of the bytes above, once the first have come: without `onread` it
 * stays as it is.
 *
 * @param isInBody whether what comes next is only looked at until the parser returns; else it is copied, since undici keeps
 *   views of the header fields until it has all of them
 */
export const lendReads = (socket: LentSocket, isInBody: () => boolean): void => {
  socket[receive] = (lent) => {
    const take = receiver(socket, isInBody)
    socket[receive] = take
    return take(lent)
  }
}

const receiver = (socket: LentSocket, isInBody: () => boolean): ((lent: Buffer) => boolean) => {
  const { read, push } = socket
  /** Has been read and not taken. Of no bytes where the parser was paused at the very end of a read. */
  let held: Buffer | undefined
  /** The peer has said that it is done, which the parser is to learn after what is held. */
  let isEndHeld = false

  socket.read = (size?: number) => {
    const bytes = held
    if (bytes !== undefined) {
      if (size === 0) return null
      held = undefined
      return bytes
    }
    if (isEndHeld) {
      isEndHeld = false
      push.call(socket, null)
    }
    // Starts to read again where that had been stopped.
    return read.call(socket, size)
  }
  // The parser gives back what it leaves, always when it is paused, even if that is nothing.
  socket.unshift = (bytes: Buffer) => {
    held = bytes
  }
  socket.push = (bytes: unknown, encoding?: BufferEncoding) => {
    if (bytes !== null || held === undefined) return push.call(socket, bytes, encoding)
    isEndHeld = true
    return false
  }

  return (lent) => {
    if (held !== undefined) {
      // TLS hands on all records that it has, also when it has been told to stop after the first of them.
      held = Buffer.concat([held, lent])
      return false
    }
    const isLent = isInBody()
    held = isLent ? lent : Buffer.from(lent)
    socket.emit('readable')
    if (held === undefined) return true
    // The parser has been paused: what is left must outlive the buffer, and nothing more is read.
    if (isLent) held = Buffer.from(held)
    return false
  }
}
