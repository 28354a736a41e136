/** Writes a reply to the connection at the client's pace, and closes the reply's source if the client disconnects. */
import type { ServerResponse } from 'node:http'
import type { Reply, ReplyBody } from './reply.js'

/**
 * Resolves when the whole response has been handed to the socket, or the client has disconnected.
 * @param headOnly Sends the header section only, as HEAD requires.
 * @throws Errors of the reply's source. The header section is written after the first chunk has been read, so that a source
 *   that fails immediately can still be reported as an error document.
 */
export const sendReply = async (
  outgoing: ServerResponse,
  { status, headers, body }: Reply,
  headOnly: boolean,
): Promise<void> => {
  if (body === undefined) {
    // 204 and 304 have no body by definition (RFC 9110, 6.4.1) and need no length; a HEAD reply has the object's length.
    const needsLength = status !== 204 && status !== 304
    outgoing.writeHead(status, needsLength ? { 'content-length': '0', ...headers } : headers)
    outgoing.end()
  } else if (body.kind === 'text') {
    outgoing.writeHead(status, { 'content-length': String(Buffer.byteLength(body.text)), ...headers })
    outgoing.end(headOnly ? undefined : body.text)
  } else {
    await sendStream(outgoing, status, headers, body)
  }
}

const sendStream = async (
  outgoing: ServerResponse,
  status: number,
  headers: Reply['headers'],
  { source, length }: Extract<ReplyBody, { kind: 'stream' }>,
): Promise<void> => {
  const iterator = source[Symbol.asyncIterator]()
  let sent = 0
  try {
    let next = await iterator.next()
    if (next.done) throw new Error(`the body is empty, but ${length} bytes were declared`)
    outgoing.writeHead(status, { 'content-length': String(length), ...headers })
    while (!next.done && !outgoing.destroyed) {
      sent += next.value.byteLength
      // `end` takes the last chunk, so that a small object is a single write.
      if (sent >= length) return void outgoing.end(next.value)
      if (!outgoing.write(next.value)) await drained(outgoing)
      next = await iterator.next()
    }
  } finally {
    await iterator.return?.()
  }
  // The source ended before the declared length: the connection must not look as if the response were complete.
  outgoing.destroy()
}

const drained = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done)
      outgoing.off('close', done)
      resolve()
    }
    if (outgoing.destroyed) return resolve()
    outgoing.on('drain', done)
    outgoing.on('close', done)
  })
