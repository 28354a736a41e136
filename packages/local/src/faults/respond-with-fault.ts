/** Handles a request under a fault, so that the client sees on the wire what it would see if the fault were real. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultDecision } from 'r2kit/protocol'
import type { Reply } from '../http/reply.js'
import { closed, finish, readHalf, reset, resetAfterDelivery } from './broken-connection.js'
import {
  corruptedReply,
  cutReply,
  drippingReply,
  errorReplyOf,
  halvedReply,
  hasBody,
  release,
} from './damaged-reply.js'

/** How a fault changes the handling of a request. */
export interface AlteredRequest {
  /** Position of the byte of the request body in which one bit flips. */
  readonly corruptedByte?: number
  /** How far the server's clock is ahead, in milliseconds. */
  readonly skewMs?: number
}

/** A request, its response, and the two halves of the server that stand around the fault. */
export interface FaultyExchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** Acts on the request. */
  handle(altered?: AlteredRequest): Promise<Reply>
  /** Sends the reply; drains the request body that was not read. */
  send(reply: Reply, altered?: AlteredRequest): Promise<void>
}

export const respondWithFault = async (
  { latencyMs, fault, fraction }: FaultDecision,
  { incoming, outgoing, handle, send }: FaultyExchange,
): Promise<void> => {
  const { socket } = incoming
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  if (latencyMs > 0) await delay(latencyMs, undefined, { signal: gone.signal }).catch(() => undefined)
  if (socket.destroyed) return
  /** Handles the request, and sends the reply as `change` returns it. A response without a body is lost whole. */
  const sendChanged = async (change: (reply: Reply) => Reply): Promise<void> => {
    const reply = await handle()
    if (hasBody(reply, incoming.method)) return send(change(reply))
    reset(socket)
  }
  switch (fault?.kind) {
    case undefined:
      return send(await handle())
    case 'timeout':
      // The time limit for idle connections would end the wait with an error.
      socket.setTimeout(0)
      incoming.resume()
      return closed(socket)
    case 'connection-refused':
      // A listening server cannot refuse a connection. It closes this one instead.
      return void socket.destroy()
    case 'reset-before-request':
      return reset(socket)
    case 'reset-during-request':
      await readHalf(incoming)
      return reset(socket)
    case 'reset-after-commit':
      release(await handle())
      return reset(socket)
    case 'reset-during-response':
      return sendChanged((reply) => cutReply(reply, () => resetAfterDelivery(socket)))
    case 'truncated-response':
      return sendChanged((reply) =>
        fault.contentLength === 'wrong' ? halvedReply(reply) : cutReply(reply, () => finish(socket)),
      )
    case 'corrupted-response': {
      const reply = await handle()
      return send(hasBody(reply, incoming.method) ? corruptedReply(reply, fraction) : reply)
    }
    case 'corrupted-request': {
      const length = Number(incoming.headers['content-length'] ?? 1)
      return send(await handle({ corruptedByte: Math.floor(fraction * length) }))
    }
    case 'status':
    case 'slow-down':
    case 'too-many-requests':
    case 'error-in-200':
      return send(errorReplyOf(fault))
    case 'slow-drip': {
      const reply = await handle()
      return send(hasBody(reply, incoming.method) ? drippingReply(reply, fault.bytesPerSecond, gone.signal) : reply)
    }
    case 'clock-skew': {
      const altered = { skewMs: fault.skewMs }
      return send(await handle(altered), altered)
    }
  }
}
