/** The HTTP server around the handling of a request: sockets, request ids, timeouts, input that is no HTTP, and the end. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Connections } from './connections.js'
import type { S3ErrorCode } from './errors/error-table.js'
import { S3Error } from './errors/s3-error.js'
import { handleRequest } from './handle-request.js'
import { errorReply } from './http/error-document.js'
import type { Reply } from './http/reply.js'
import { sendReply } from './http/send-reply.js'
import type { LocalServer } from './local-server.js'
import { httpDate } from './objects/description.js'

/** 8,192 bytes of metadata, RFC 2047 and percent-encoded, and everything else that a request carries. */
const maxHeaderBytes = 64 * 1024
/** How long `close` lets requests finish before it cuts their connections. */
export const closeGraceMs = 500
/** How long it waits then for the work that they have begun. */
const closeWorkMs = 1000

export interface ListenerLimits {
  /** For the head of a request to arrive, in milliseconds. @defaultValue 60,000 */
  readonly headMs?: number
  /**
   * For a connection on which nothing moves in the middle of a request or response. Long: a program may be held in a
   * debugger. @defaultValue 300,000
   */
  readonly idleMs?: number
  /**
   * For a connection between two requests. Longer than clients keep idle connections, so that they close first: else a
   * request may meet a closing socket. @defaultValue 90,000
   */
  readonly keepAliveMs?: number
}

export const createHttpServer = ({
  headMs = 60_000,
  idleMs = 300_000,
  keepAliveMs = 90_000,
}: ListenerLimits = {}): Server => {
  const server = createServer({
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: maxHeaderBytes,
    // An upload may take any time as long as it moves.
    requestTimeout: 0,
    headersTimeout: headMs,
    connectionsCheckingInterval: Math.min(headMs, 30_000),
    noDelay: true,
  })
  server.timeout = idleMs
  return server
}

/** @returns The port, once the server accepts connections. */
export const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('the server has no port'))
      else resolve(address.port)
    })
  })

/**
 * Begins to respond to requests.
 *
 * @returns What ends it: closes idle connections, lets requests finish for `closeGraceMs`, then destroys all connections and
 *   waits for the work of their requests, a second at most.
 */
export const serve = (server: Server, local: LocalServer): (() => Promise<void>) => {
  const nextRequestId = requestIds()
  const connections = new Connections(server)
  const active = new Set<Promise<void>>()
  let closing = false

  const send = async (incoming: IncomingMessage, outgoing: ServerResponse, reply: Reply): Promise<void> => {
    const { status, headers } = reply
    headers.date = httpDate(local.clock.now())
    headers.server = 'r2kit-local'
    headers['cf-ray'] = nextRequestId()
    if (closing) headers.connection = 'close'
    const headOnly = incoming.method === 'HEAD'
    // An error's document must not show in the length of a response that has no body.
    await sendReply(outgoing, headOnly && status >= 400 ? { status, headers } : reply, headOnly)
  }

  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const reply = await handleRequest(local, incoming)
    // Node drains a body that nothing has read, but not the rest of one that was left half-way: the next request on the
    // connection would wait behind it.
    if (!incoming.readableEnded) incoming.resume()
    try {
      await send(incoming, outgoing, reply)
    } catch (error) {
      local.reportInternalError(error, incoming)
      // After the head, only a broken connection can show the client that the rest is missing.
      if (outgoing.headersSent) outgoing.destroy()
      else await send(incoming, outgoing, errorReply(new S3Error('InternalError'))).catch(() => outgoing.destroy())
    }
  }

  const respondInTurn = async (turn: Promise<boolean>, incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (await turn) await respond(incoming, outgoing)
  }

  server.on('request', (incoming, outgoing) => {
    outgoing.sendDate = false
    const turn = connections.turnOf(outgoing)
    const work = turn === undefined ? respond(incoming, outgoing) : respondInTurn(turn, incoming, outgoing)
    active.add(work)
    const settle = (): void => {
      active.delete(work)
      if (closing) outgoing.once('close', () => server.closeIdleConnections())
    }
    work.then(settle, () => {
      outgoing.destroy()
      settle()
    })
  })
  const refuse = (socket: Duplex, code: string | undefined): void => {
    if (code === 'ECONNRESET' || !socket.writable || connections.isSending(socket)) socket.destroy()
    else refuseByHand(socket, clientErrorCodes[code ?? ''] ?? 'InvalidRequest')
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(socket, error.code))
  server.on('timeout', (socket) => {
    // An idle connection ends without a word: a client would take the refusal for the response to its next request.
    if (connections.isWaiting(socket)) refuse(socket, 'ERR_HTTP_REQUEST_TIMEOUT')
    else socket.destroy()
  })
  // Errors of the listening socket, such as no file descriptor for another connection: those that are open stay.
  server.on('error', (error) => local.reportInternalError(error))

  return async () => {
    closing = true
    const cutOff = setTimeout(() => connections.destroyAll(), closeGraceMs)
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeIdleConnections()
    })
    clearTimeout(cutOff)
    const late = new Promise<void>((resolve) => setTimeout(resolve, closeWorkMs).unref())
    await Promise.race([Promise.all(active), late])
  }
}

/** Like Cloudflare's: 16 hex digits and the name of a place. Unique within a process, and most likely beyond it. */
const requestIds = (): (() => string) => {
  const start = randomBytes(4).toString('hex')
  let count = 0
  return () => {
    count = (count + 1) >>> 0
    return `${start}${count.toString(16).padStart(8, '0')}-LOC`
  }
}

/** How long a client may take to close its side after a refusal. */
const lingerMs = 1000

/** What Node's parser refuses never becomes a request: the response is written by hand, and the connection ends. */
const refuseByHand = (socket: Duplex, code: S3ErrorCode): void => {
  const { status, body } = errorReply(new S3Error(code))
  const text = body?.kind === 'text' ? body.text : ''
  const linger = setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.once('close', () => clearTimeout(linger))
  socket.end(
    `HTTP/1.1 ${status} Bad Request\r\ncontent-type: application/xml\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  )
}

const clientErrorCodes: Readonly<Record<string, S3ErrorCode>> = {
  // The client closed its side in the middle of a body.
  HPE_INVALID_EOF_STATE: 'IncompleteBody',
  HPE_HEADER_OVERFLOW: 'RequestHeaderSectionTooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
}
