/**
 * Answers as R2's S3 endpoint does, header for header, and does nothing else: what is measured is the client. It reads a
 * request's head and length, and has its answers ready.
 *
 * GET /bench/small gives 1,000 bytes, GET /bench/<bytes> a body of that many; a PUT is read to its end and gets the MD5 that
 * the body of that length must have, if it is one of ours, so that clients that verify can.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { pattern, patternBytes, smallBody } from '../support/bodies.mjs'
import { serve } from '../support/processes.mjs'

const md5 = (bytes) => createHash('md5').update(bytes).digest('hex')

const head = (lines) =>
  ['HTTP/1.1 200 OK', `Date: ${new Date().toUTCString()}`, ...lines].map((line) => `${line}\r\n`).join('')

const readHead = (length, etag) =>
  `${head([
    'Content-Type: application/octet-stream',
    `Content-Length: ${length}`,
    'Connection: keep-alive',
    'Accept-Ranges: bytes',
    `ETag: "${etag}"`,
    'Last-Modified: Sun, 22 Nov 2026 12:00:00 GMT',
    'Vary: Accept-Encoding',
    'Server: cloudflare',
    'CF-RAY: 9a28f4dc0d2c1e55-FRA',
  ])}\r\n`

const writeAnswer = (etag) =>
  Buffer.from(
    `${head([
      'Content-Length: 0',
      'Connection: keep-alive',
      `ETag: "${etag}"`,
      'x-amz-version-id: 7e5b1fd0a6a1c4d1b8f0a9e2c3d4e5f6',
      'Vary: Accept-Encoding',
      'Server: cloudflare',
      'CF-RAY: 9a28f4dc0d2c1e55-FRA',
    ])}\r\n`,
    'latin1',
  )

const smallEtag = md5(smallBody)
const smallRead = Buffer.concat([Buffer.from(readHead(smallBody.length, smallEtag), 'latin1'), smallBody])
const smallWritten = writeAnswer(smallEtag)
const continued = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
const headEnd = Buffer.from('\r\n\r\n')

const etagOfPattern = (bytes) => {
  const hash = createHash('md5')
  for (let left = bytes; left > 0; left -= patternBytes) hash.update(pattern.subarray(0, Math.min(left, patternBytes)))
  return hash.digest('hex')
}

/** Sends the pattern over and over, no faster than the socket takes it. */
const stream = (socket, bytes) => {
  let left = bytes
  const more = () => {
    while (left > 0) {
      const chunk = pattern.subarray(0, Math.min(left, patternBytes))
      left -= chunk.length
      if (!socket.write(chunk)) return
    }
    socket.off('drain', more)
  }
  socket.on('drain', more)
  socket.write(readHead(bytes, 'd41d8cd98f00b204e9800998ecf8427e'), 'latin1')
  more()
}

/** One connection: bytes in, answers out. Heads are short and come in one or two chunks. */
const connection = (largeWritten) => (socket) => {
  socket.setNoDelay(true)
  let pending = Buffer.alloc(0)
  let bodyLeft = 0
  let answer
  socket.on('error', () => socket.destroy())
  socket.on('data', (received) => {
    let chunk = received
    for (;;) {
      if (bodyLeft > 0) {
        const taken = Math.min(bodyLeft, chunk.length)
        bodyLeft -= taken
        chunk = chunk.subarray(taken)
        if (bodyLeft > 0) return
        socket.write(answer)
      }
      if (chunk.length === 0) return
      const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const end = bytes.indexOf(headEnd)
      if (end < 0) {
        pending = bytes
        return
      }
      pending = Buffer.alloc(0)
      chunk = bytes.subarray(end + 4)
      const text = bytes.latin1Slice(0, end)
      if (text.startsWith('GET')) {
        const target = /^GET \/bench\/(\w+)/.exec(text)?.[1]
        if (target === 'small') socket.write(smallRead)
        else stream(socket, Number(target))
      } else {
        bodyLeft = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
        if (/\r\nexpect:/i.test(text)) socket.write(continued)
        answer = text.startsWith('PUT /bench/small') ? smallWritten : largeWritten
        if (bodyLeft === 0) socket.write(answer)
      }
    }
  })
}

serve(async ({ largeBytes }) => {
  const server = createServer(connection(writeAnswer(etagOfPattern(largeBytes))))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ready: { port: server.address().port } }
})
