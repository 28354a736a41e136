/** The HTTP server around the handling of requests: limits, request IDs, malformed HTTP, and shutdown. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from 'r2kit/protocol'
import type { S3ErrorCode } from '../errors/error-table.js'
import type { InternalErrorReporter } from '../errors/internal-errors.js'
import { S3Error } from '../errors/s3-error.js'
import type { FaultSwitch } from '../faults/fault-switch.js'
import { targetOf } from '../faults/request-target.js'
import { type AlteredRequest, respondWithFault } from '../faults/respond-with-fault.js'
import { httpDate } from '../http/header-values.js'
import { errorReply, type Reply } from '../http/reply.js'
import { sendReply } from '../http/send-reply.js'
import { Connections } from './connections.js'

/** Fits 8,192 bytes of metadata in RFC 2047 encoding, a percent-encoded key, and all other headers. */
const maxHeaderBytes = 64 * 1024
/** How long pending requests may continue after the server was closed. Then their connections are destroyed. */
export const closeGraceMs = 500
/** How long the server then waits for work that these requests have started, such as writes to the disk. */
const closeWorkMs = 1000

/** Time limits, in milliseconds. */
export interface ListenerLimits {
  /**
   * For the header section of a request to arrive.
   * @defaultValue 60,000
   */
  readonly headMs?: number
  /**
   * For a connection without any data in the middle of a request or response. Long, because the client may be stopped in a
   * debugger.
   * @defaultValue 300,000
   */
  readonly idleMs?: number
  /**
   * For an idle connection between two requests. Longer than clients keep idle connections, so that the client closes first:
   * otherwise the server might close a connection while a request is on its way.
   * @defaultValue 90,000
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
    // An upload may take any time as long as data arrives: `server.timeout` limits pauses.
    requestTimeout: 0,
    headersTimeout: headMs,
    connectionsCheckingInterval: Math.min(headMs, 30_000),
    noDelay: true,
  })
  server.timeout = idleMs
  return server
}

/** @returns The port, when the server accepts connections. */
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

/** The requests' handler, and what the server around it needs. */
export interface Service {
  readonly clock: Clock
  readonly faults: FaultSwitch
  readonly reportInternalError: InternalErrorReporter
  /** Reads the bucket name from a Host field; undefined if the path names the bucket. */
  bucketOfHost(hostField: string | undefined): string | undefined
  /** Whether responses come from another server, whose name and request IDs they keep. @defaultValue false */
  readonly isProxy?: boolean
  /** Never rejects. `altered` is given for some faults only. */
  handle(incoming: IncomingMessage, altered?: AlteredRequest): Promise<Reply>
}

/**
 * Handles the server's requests.
 *
 * @returns A function that closes the server. It closes idle connections, lets requests finish for `closeGraceMs`, then
 *   destroys all connections and waits for the work of their requests, for one second at most.
 */
export const serve = (server: Server, service: Service): (() => Promise<void>) => {
  const nextRequestId = requestIds()
  const connections = new Connections(server)
  const active = new Set<Promise<void>>()
  let isClosing = false

  const send = async (incoming: IncomingMessage, outgoing: ServerResponse, reply: Reply, skewMs = 0): Promise<void> => {
    const { status, body } = reply
    const date = httpDate(service.clock.now() + skewMs)
    // Spread last, here and in other hot paths: V8 takes many times longer to add properties to a spread object.
    const headers: Record<string, string> =
      service.isProxy === true
        ? { date, ...reply.headers }
        : { date, server: 'r2kit-local', 'cf-ray': nextRequestId(), ...reply.headers }
    if (isClosing) headers.connection = 'close'
    const headOnly = incoming.method === 'HEAD'
    // A HEAD response must not have the length of the error document that it does not contain.
    const withBody = body !== undefined && !(headOnly && status >= 400)
    await sendReply(outgoing, withBody ? { status, headers, body } : { status, headers }, headOnly)
  }

  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const decision = service.faults.decide(() => targetOf(incoming, service.bucketOfHost(incoming.headers.host)))
    if (decision === undefined) return sendSafely(incoming, outgoing, await service.handle(incoming))
    await respondWithFault(decision, {
      incoming,
      outgoing,
      handle: (altered) => service.handle(incoming, altered),
      send: (reply, altered) => sendSafely(incoming, outgoing, reply, altered?.skewMs),
    })
  }

  const sendSafely = async (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    reply: Reply,
    skewMs?: number,
  ): Promise<void> => {
    // Node drains a body that was not read at all, but not the rest of a partially read one, which would block the next
    // request on the connection.
    if (!incoming.readableEnded) incoming.resume()
    try {
      await send(incoming, outgoing, reply, skewMs)
    } catch (error) {
      service.reportInternalError(error, incoming)
      // Once the header section is sent, only a broken connection can signal to the client that the body is incomplete.
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
    const finish = (): void => {
      active.delete(work)
      if (isClosing) outgoing.once('close', () => server.closeIdleConnections())
    }
    work.then(finish, () => {
      outgoing.destroy()
      finish()
    })
  })
  const reject = (socket: Duplex, code: string | undefined): void => {
    if (code === 'ECONNRESET' || !socket.writable || connections.isSending(socket)) socket.destroy()
    else sendRawError(socket, clientErrorCodes[code ?? ''] ?? 'InvalidRequest')
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => reject(socket, error.code))
  server.on('timeout', (socket) => {
    // Idle connections are closed without a response, which the client would take for the response to its next request.
    if (connections.isWaiting(socket)) reject(socket, 'ERR_HTTP_REQUEST_TIMEOUT')
    else socket.destroy()
  })
  // Errors of the listening socket, such as no file descriptor for a new connection, do not affect the open connections.
  server.on('error', (error) => service.reportInternalError(error))

  return async () => {
    isClosing = true
    const graceTimer = setTimeout(() => connections.destroyAll(), closeGraceMs)
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeIdleConnections()
    })
    clearTimeout(graceTimer)
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, closeWorkMs).unref())
    await Promise.race([Promise.all(active), timeout])
  }
}

/** In Cloudflare's format: 16 hex digits and a location. Unique within a process, and almost certainly across processes. */
const requestIds = (): (() => string) => {
  const start = randomBytes(4).toString('hex')
  let count = 0
  return () => {
    count = (count + 1) >>> 0
    return `${start}${count.toString(16).padStart(8, '0')}-LOC`
  }
}

/** How long the client may take to close the connection after `sendRawError`. */
const lingerMs = 1000

/** Sends an error to a client whose request Node's parser has rejected, so that there is no ServerResponse for it. */
const sendRawError = (socket: Duplex, code: S3ErrorCode): void => {
  const { status, body } = errorReply(new S3Error(code))
  const text = body?.kind === 'text' ? body.text : ''
  const linger = setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.once('close', () => clearTimeout(linger))
  socket.end(
    `HTTP/1.1 ${status} Bad Request\r\ncontent-type: application/xml\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  )
}

const clientErrorCodes: Readonly<Record<string, S3ErrorCode>> = {
  // The client closed the connection in the middle of a body.
  HPE_INVALID_EOF_STATE: 'IncompleteBody',
  HPE_HEADER_OVERFLOW: 'RequestHeaderSectionTooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
}
