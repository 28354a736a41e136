/** Puts a response on the socket, at the pace of the client, and frees what it reads from when the client goes away. */
import type { ServerResponse } from 'node:http'
import type { AnswerBody, Reply } from './reply.js'

/**
 * Resolves when the response has been handed over completely, or its client has gone.
 * @throws What reading the body throws. Before the first byte of the body is read nothing is sent, so that a body which cannot
 *   be read at all may still become an error document.
 */
export const sendReply = async (outgoing: ServerResponse, reply: Reply, headOnly: boolean): Promise<void> => {
  const { status, headers, body } = reply
  if (body === undefined) {
    // 204 and 304 have no body by definition (RFC 9110, 6.4.1), so they need no length; HEAD may carry the object's.
    if (status !== 204 && status !== 304 && headers['content-length'] === undefined) headers['content-length'] = '0'
    outgoing.writeHead(status, headers)
    outgoing.end()
    return
  }
  if (body.kind === 'text') {
    headers['content-length'] = String(Buffer.byteLength(body.text))
    outgoing.writeHead(status, headers)
    outgoing.end(headOnly ? undefined : body.text)
    return
  }
  headers['content-length'] = String(body.length)
  await sendStream(outgoing, reply, body)
}

const sendStream = async (
  outgoing: ServerResponse,
  { status, headers }: Reply,
  { source, length }: Extract<AnswerBody, { kind: 'stream' }>,
): Promise<void> => {
  const iterator = source[Symbol.asyncIterator]()
  let sent = 0
  try {
    let next = await iterator.next()
    if (next.done) throw new Error(`the body has no bytes, not ${length}`)
    outgoing.writeHead(status, headers)
    while (!next.done && !outgoing.destroyed) {
      sent += next.value.byteLength
      // The last chunk goes with the end, so that a small object is one write.
      if (sent >= length) return void outgoing.end(next.value)
      if (!outgoing.write(next.value)) await writableAgain(outgoing)
      next = await iterator.next()
    }
  } finally {
    await iterator.return?.()
  }
  // The length has been promised: a body that ends short must not look complete.
  outgoing.destroy()
}

const writableAgain = (outgoing: ServerResponse): Promise<void> =>
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
