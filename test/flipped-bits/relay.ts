/** A relay between a client and a server that damages one message on its way. */
import { once } from 'node:events'
import net, { type Socket } from 'node:net'

export type Direction = 'request' | 'response'

/** Changes the first message that it applies to. */
interface Damage {
  readonly direction: Direction
  /** By the start of the request: `PUT /`. */
  readonly request: RegExp
  change(message: Buffer): Buffer
}

export interface Relay extends AsyncDisposable {
  readonly endpoint: string
  /** Damages the next message that it applies to. Closes the connections of earlier damage. */
  arm(damage: Damage): void
  disarm(): void
}

export interface RelayOptions {
  /** Names the server as R2 does, by which a client recognises it. @defaultValue false */
  readonly asR2?: boolean
}

/**
 * Longest silence of a damaged connection. A damaged length makes one end wait for bytes that never come; then the relay closes the
 * connection, long before the ends would.
 */
const silenceMs = 150

export const startRelay = async (serverPort: number, { asR2 = false }: RelayOptions = {}): Promise<Relay> => {
  const sockets = new Set<Socket>()
  const damagedSockets = new Set<Socket>()
  let armed: Damage | undefined
  const listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = net.connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    /** The starts of the requests whose responses are awaited. */
    const pending: string[] = []
    /** After damage, neither end may be where the messages say. */
    let isTransparent = false
    const damaged = (direction: Direction, request: string, message: Buffer): Buffer => {
      if (armed?.direction !== direction || !armed.request.test(request)) return message
      const changed = armed.change(message)
      armed = undefined
      isTransparent = changed !== message
      if (isTransparent) {
        for (const socket of [client, server]) {
          damagedSockets.add(socket)
          socket.setTimeout(silenceMs, () => socket.destroy())
        }
      }
      return changed
    }
    const upwards = (message: Buffer): Buffer => {
      const request = message.toString('latin1', 0, message.indexOf('\r\n'))
      pending.push(request)
      return damaged('request', request, message)
    }
    const downwards = (message: Buffer): Buffer =>
      damaged('response', pending.shift() ?? '', asR2 ? renamed(message) : message)
    connect(client, server, upwards, () => isTransparent)
    connect(
      server,
      client,
      downwards,
      () => isTransparent,
      () => pending[0]?.startsWith('HEAD ') === true,
    )
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  const relay: Relay = {
    endpoint: `http://127.0.0.1:${address.port}`,
    arm(damage) {
      for (const socket of damagedSockets) socket.destroy()
      damagedSockets.clear()
      armed = damage
    },
    disarm() {
      armed = undefined
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
  return relay
}

/** Passes whole messages on, changed by `change`, and bytes as they come once that has been damage. */
const connect = (
  from: Socket,
  to: Socket,
  change: (message: Buffer) => Buffer,
  isTransparent: () => boolean,
  isWithoutBody: () => boolean = () => false,
): void => {
  let received = Buffer.alloc(0)
  from.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    while (received.length > 0) {
      const length = isTransparent() ? received.length : messageLength(received, isWithoutBody())
      if (length === undefined || length > received.length) return
      const message = received.subarray(0, length)
      received = received.subarray(length)
      to.write(isTransparent() ? message : change(message))
    }
  })
  from.on('end', () => {
    if (received.length > 0) to.write(received)
    to.end()
  })
  for (const event of ['error', 'close']) from.on(event, () => to.destroy())
}

/** Length of the first message; undefined while that is not known. */
const messageLength = (received: Buffer, isWithoutBody: boolean): number | undefined => {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = received.toString('latin1', 0, end)
  const bodyStart = end + 4
  if (isWithoutBody || /^HTTP\/1\.1 (?:1\d\d|204|304)/.test(head)) return bodyStart
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const last = received.indexOf('\r\n0\r\n\r\n', bodyStart - 2)
    return last < 0 ? undefined : last + 7
  }
  return bodyStart + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
}

/** The response with R2's name of the server, in as many bytes. */
const renamed = (message: Buffer): Buffer =>
  Buffer.from(message.toString('latin1').replace(/(\r\nserver:) *r2kit-local/i, '$1  cloudflare'), 'latin1')
