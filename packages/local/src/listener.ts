/** The HTTP server around the walk of a request: sockets, request ids, what happens to what is no HTTP, and the end. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { S3Error } from './errors/s3-error.js'
import { handleRequest } from './handle-request.js'
import type { Answer } from './http/answer.js'
import { errorAnswer } from './http/error-document.js'
import { sendAnswer } from './http/send-answer.js'
import type { LocalServer } from './local-server.js'
import { httpDate } from './objects/description.js'

/** Longer than clients keep idle connections, so that it is them who close: else a request may meet a closing socket. */
const keepAliveMs = 90_000
/** 8,192 bytes of metadata, RFC 2047 and percent-encoded, and everything else that a request carries. */
const maxHeaderBytes = 64 * 1024
/** How long `close` waits for requests under way before it cuts them off. */
const closeGraceMs = 5000

export const createHttpServer = (): Server =>
  createServer({ keepAliveTimeout: keepAliveMs, maxHeaderSize: maxHeaderBytes, requestTimeout: 0, noDelay: true })

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
 * Begins to answer requests.
 * @returns What ends it: idle connections at once, requests under way when they are done or the grace is over.
 */
export const serve = (server: Server, local: LocalServer): (() => Promise<void>) => {
  const nextRequestId = requestIds()
  let closing = false

  const send = async (incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): Promise<void> => {
    const { status, headers } = answer
    headers.date = httpDate(local.clock.now())
    headers.server = 'r2kit-local'
    headers['cf-ray'] = nextRequestId()
    if (closing) headers.connection = 'close'
    const headOnly = incoming.method === 'HEAD'
    // An error's document must not show in the length of an answer that has no body.
    await sendAnswer(outgoing, headOnly && status >= 400 ? { status, headers } : answer, headOnly)
  }

  const respond = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const answer = await handleRequest(local, incoming)
    // Node drains a body that nothing has read, but not the rest of one that was left half-way: the next request on the
    // connection would wait behind it.
    if (!incoming.readableEnded) incoming.resume()
    try {
      await send(incoming, outgoing, answer)
    } catch (error) {
      local.reportInternalError(error, incoming)
      // After the head, only a broken connection can show the client that the rest is missing.
      if (outgoing.headersSent) throw error
      await send(incoming, outgoing, errorAnswer(new S3Error('InternalError')))
    }
  }

  server.on('request', (incoming, outgoing) => {
    outgoing.sendDate = false
    respond(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.on('clientError', answerClientError)
  // Errors of the listening socket, such as no file descriptor for another connection: those that are open stay.
  server.on('error', (error) => local.reportInternalError(error))

  return () =>
    new Promise((resolve) => {
      closing = true
      const cutOff = setTimeout(() => server.closeAllConnections(), closeGraceMs)
      server.close(() => {
        clearTimeout(cutOff)
        resolve()
      })
      server.closeIdleConnections()
    })
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

/** What Node's parser refuses never becomes a request: the answer is written by hand, and the connection ends. */
const answerClientError = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, body } = errorAnswer(new S3Error(clientErrorCodes[error.code ?? ''] ?? 'InvalidRequest'))
  const text = body?.kind === 'text' ? body.text : ''
  socket.end(
    `HTTP/1.1 ${status} Bad Request\r\ncontent-type: application/xml\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  )
}

const clientErrorCodes: Readonly<Record<string, 'IncompleteBody' | 'RequestHeaderSectionTooLarge' | 'RequestTimeout'>> =
  {
    // The client closed its side in the middle of a body.
    HPE_INVALID_EOF_STATE: 'IncompleteBody',
    HPE_HEADER_OVERFLOW: 'RequestHeaderSectionTooLarge',
    ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
  }
