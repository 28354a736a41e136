/** Writes a small request as one buffer, because two writes would be two packets. */
import type { Duplex } from 'node:stream'
import { isNode } from '../../base/runtime.js'
import type { RequestHead } from './request-head.js'

/** Bodies up to this size are copied behind their head. */
export const joinedBytesMax = 16 * 1024

/** The memory of the last request, where the system took it immediately. V8 has no pool for memory of this size. */
let freeMemory: Buffer | undefined

export const writeJoined = (socket: Duplex, { text }: RequestHead, body: Uint8Array): void => {
  const length = text.length + body.byteLength
  const free = freeMemory
  const memory =
    free !== undefined && free.byteLength >= length
      ? free
      : Buffer.allocUnsafeSlow(Math.max(length, 2 * joinedBytesMax))
  freeMemory = undefined
  memory.write(text, 'latin1')
  memory.set(body, text.length)
  socket.write(memory.subarray(0, length))
  // A socket that has bytes left reads the memory later. Only Node is known to count them until they are written.
  if (isNode && socket.writableLength === 0) freeMemory = memory
}
