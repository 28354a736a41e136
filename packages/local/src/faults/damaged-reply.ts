/** Replies as faults change them: cut, corrupted or slowed down. Pure, except that a cut body ends its connection. */
import { dripping, errorResponse, firstBytes, systemClock, withFlippedBit } from 'r2kit/protocol'
import type { Fault } from 'r2kit/simulation'
import type { Reply, ReplyBody } from '../http/reply.js'

/** The reply with one bit of its body flipped, at the place that `fraction` (0 to 1) of the body names. */
export const corruptedReply = (reply: Reply, fraction: number): Reply =>
  withSource(reply, ({ source, length }) => withFlippedBit(source, Math.floor(fraction * length)))

/** The reply with the first half of its body, which its header claims to be all. */
export const halvedReply = (reply: Reply): Reply => {
  const body = streamOf(reply)
  if (body === undefined) return reply
  const length = Math.floor(body.length / 2)
  if (length > 0) return { ...reply, body: { kind: 'stream', length, source: firstBytes(body.source, length) } }
  release(reply)
  return { status: reply.status, headers: reply.headers }
}

/** The reply at `bytesPerSecond`, in pieces of a tenth of a second. */
export const drippingReply = (reply: Reply, bytesPerSecond: number, signal: AbortSignal): Reply =>
  withSource(reply, ({ source }) => untilAborted(dripping(source, bytesPerSecond, systemClock, signal), signal))

/** Ends without an error when the client has disconnected. */
async function* untilAborted(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** The reply whose header claims the whole body; after half of it, `cut` breaks the connection. */
export const cutReply = (reply: Reply, cut: () => Promise<void>): Reply =>
  withSource(reply, ({ source, length }) => halfThen(source, Math.floor(length / 2), cut))

async function* halfThen(
  source: AsyncIterable<Uint8Array>,
  length: number,
  cut: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  // The sender writes the header section with the first chunk, also with an empty one.
  if (length === 0) yield new Uint8Array(0)
  yield* firstBytes(source, length)
  await cut()
}

/** Whether a response to `method` with this reply has a body that a fault can act on. */
export const hasBody = (reply: Reply, method: string | undefined): boolean =>
  reply.body !== undefined && method !== 'HEAD'

/** Closes the source of a reply that is not sent. */
export const release = ({ body }: Reply): void => {
  if (body?.kind !== 'stream') return
  void Promise.resolve(body.source[Symbol.asyncIterator]().return?.()).catch(() => undefined)
}

type ErrorFault = Extract<Fault, { kind: 'status' | 'slow-down' | 'too-many-requests' | 'error-in-200' }>

/** The error document that the server sends instead of acting. */
export const errorReplyOf = (fault: ErrorFault): Reply => {
  const { status, headers, body } = errorResponse('GET', { ...errorOf(fault), dateMs: 0 })
  const { 'content-length': _length, date: _date, ...kept } = headers
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : ''
  return { status, headers: kept, ...(isBodyless(status) ? {} : { body: { kind: 'text', text } }) }
}

const isBodyless = (status: number): boolean => status === 204 || status === 304

const errorOf = (fault: ErrorFault): Omit<Parameters<typeof errorResponse>[1], 'dateMs'> => {
  switch (fault.kind) {
    case 'status':
      return { status: fault.status, code: fault.code, retryAfter: fault.retryAfter }
    case 'slow-down':
      return { status: 503, code: 'SlowDown', retryAfter: fault.retryAfter }
    case 'too-many-requests':
      return { status: 429, code: 'TooManyRequests', retryAfter: fault.retryAfter }
    case 'error-in-200':
      return { status: 200, code: fault.code ?? 'InternalError' }
  }
}

type StreamBody = Extract<ReplyBody, { kind: 'stream' }>

const withSource = (reply: Reply, change: (body: StreamBody) => AsyncIterable<Uint8Array>): Reply => {
  const body = streamOf(reply)
  return body === undefined ? reply : { ...reply, body: { ...body, source: change(body) } }
}

/** The body as a stream; undefined without a body, or with an empty one. */
const streamOf = ({ body }: Reply): StreamBody | undefined => {
  if (body === undefined || body.kind === 'stream') return body
  const bytes = Buffer.from(body.text)
  return bytes.length === 0 ? undefined : { kind: 'stream', length: bytes.length, source: once(bytes) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
