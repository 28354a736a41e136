/** How a fault breaks the connection of a request. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** How long the peer may take to receive bytes that were written, before an RST would discard them. */
const deliveryMs = 20

/** Breaks the connection with RST, which the peer sees as ECONNRESET. Bytes that were not yet sent are discarded. */
export const reset = (socket: Socket): void => {
  if (!socket.destroyed) socket.resetAndDestroy()
}

/** Breaks the connection with RST, after the peer has received all bytes that were written. */
export const resetAfterDelivery = async (socket: Socket): Promise<void> => {
  await flushed(socket)
  await delay(deliveryMs)
  reset(socket)
}

/** Closes the connection with FIN, after the peer has received all bytes that were written. */
export const finish = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve())
    socket.end(() => resolve())
  })

const flushed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve())
    // The callbacks of writes run in order; one for no bytes runs when the earlier bytes are with the system.
    socket.write('', () => resolve())
  })

/** Resolves when the connection is closed. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once('close', () => resolve())
  })

/** Reads the first half of a body. Without a declared length, its first chunk. */
export const readHalf = async (incoming: IncomingMessage): Promise<void> => {
  const declared = Number(incoming.headers['content-length'] ?? Number.NaN)
  if (declared === 0 || (Number.isNaN(declared) && incoming.headers['transfer-encoding'] === undefined)) return
  const half = Number.isNaN(declared) ? 1 : Math.ceil(declared / 2)
  let received = 0
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      received += (chunk as Buffer).byteLength
      if (received >= half) return
    }
  } catch {
    // The client has disconnected, so that there is nothing left to break.
  }
}
