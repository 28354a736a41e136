/**
 * Reads of all sockets into one buffer, again and again. Node's streams take fresh memory for each read, 64 KiB even for a few
 * bytes: half of the CPU time of a download, and tens of MiB that wait for the garbage collector.
 * It uses `onread`, Node's own way around that (nodejs.org/api/net.html, `net.createConnection`), for undici behind the two methods
 * of a socket that it reads with. `connections.reuseReadBuffer: false` switches it off; see README.md in this folder.
 */
import type { OnReadOpts, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { isNode } from '../../../base/runtime.js'

/** Fits the second-level caches of common processors; larger reads are slower. */
const readBytes = 64 * 1024

const receive = Symbol('receives a read; false stops reading')

interface SharedReadSocket extends Socket {
  [receive]?: (bytes: Buffer) => boolean
}

/**
 * The `onread` option for the connector of a pool's sockets. They share the buffer: the kernel fills it, and the socket's
 * callback empties it before the event loop comes to another socket. Undefined on runtimes other than Node, whose sockets read
 * as usual.
 */
export const readsIntoSharedBuffer = (): OnReadOpts | undefined => {
  // Bun calls back without the socket; older versions of Deno have no such buffers.
  if (!isNode) return undefined
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  reusedMemory.add(buffer.buffer)
  return {
    buffer,
    callback(this: SharedReadSocket, length: number, buffer: Uint8Array): boolean {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length)
      return this[receive]?.(bytes) ?? this.push(Buffer.from(bytes))
    },
  }
}

const reusedMemory = new WeakSet<ArrayBufferLike>()

/** Whether the next read overwrites the memory of these bytes. Otherwise they stay as they are. */
export const isReusedMemory = (bytes: Uint8Array): boolean => reusedMemory.has(bytes.buffer)

/**
 * Passes the bytes that are read from the socket to `take`, which is done with the bytes when it returns. The socket's methods stay as they are:
 * `pause` and `resume` work, and its end arrives as an event. Without `onread`, the bytes arrive by `data` as usual.
 */
export const takeReads = (socket: Duplex, take: (bytes: Buffer) => void): void => {
  // Bytes that came before would be overtaken.
  if (socket.readableLength > 0) return
  Object.assign(socket, {
    [receive]: (bytes: Buffer) => {
      take(bytes)
      return true
    },
  })
}

/**
 * Replaces the socket's `read`, `unshift` and `push`, once the first bytes have come by `onread`; without it the socket stays
 * as it is.
 *
 * @param isInBody whether the next bytes are the response's body, with which the parser is done when it returns. It is done with a
 *   whole head too. A part of a head is copied, since undici keeps views of the header fields until it has all of them.
 */
export const readFromSharedBuffer = (socket: SharedReadSocket, isInBody: () => boolean): void => {
  socket[receive] = (bytes) => {
    const receiver = replaceReads(socket, isInBody)
    socket[receive] = receiver
    return receiver(bytes)
  }
}

const replaceReads = (socket: SharedReadSocket, isInBody: () => boolean): ((bytes: Buffer) => boolean) => {
  const { read, push } = socket
  /** Read and not yet taken. Has no bytes where the parser was paused at the very end of a read. */
  let held: Buffer | undefined
  /** The peer has ended its side, which is passed on after the held bytes. */
  let isEndHeld = false
  /** Whether the parser has a part of a head. */
  let isInHead = false

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
  // The parser gives back the bytes that it leaves: always when it is paused, even if there are none.
  socket.unshift = (bytes: Buffer) => {
    held = bytes
  }
  socket.push = (bytes: unknown, encoding?: BufferEncoding) => {
    if (bytes !== null || held === undefined) return push.call(socket, bytes, encoding)
    isEndHeld = true
    return false
  }

  return (bytes) => {
    if (held !== undefined) {
      // TLS delivers all records that it has, even after a callback has returned false.
      held = Buffer.concat([held, bytes])
      return false
    }
    let isShared = isInBody()
    if (!isShared) {
      const hasHeadEnd = bytes.includes(headEnd)
      isShared = hasHeadEnd && !isInHead && beginsFinalResponse(bytes)
      isInHead = !hasHeadEnd
    }
    held = isShared ? bytes : Buffer.from(bytes)
    socket.emit('readable')
    if (held === undefined) return true
    // The parser has been paused: the rest must outlive the buffer, and nothing more is read.
    if (isShared) held = Buffer.from(held)
    return false
  }
}

const headEnd = Buffer.from('\r\n\r\n')
const [letterH, slash, digitTwo, digitFive] = [0x48, 0x2f, 0x32, 0x35]

/** `HTTP/1.1 2…`. A part of the final response may follow an interim one (RFC 9110, section 15.2). */
const beginsFinalResponse = (bytes: Uint8Array): boolean => {
  const status = bytes[9] ?? 0
  return bytes[0] === letterH && bytes[4] === slash && status >= digitTwo && status <= digitFive
}
