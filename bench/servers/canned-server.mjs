/**
 * Sends prepared responses with the same headers as R2's S3 endpoint, with the least possible work, so that the client is
 * measured. It parses only the head and the length of a request.
 *
 * GET /bench/small returns 1,000 bytes, GET /bench/<bytes> a body of that length. A PUT is read completely and returns the
 * MD5 of the benchmark's body of that length as the ETag, so that clients can verify it. Where a request has a CRC-32, in a header
 * or announced as its trailer, the response has that of the benchmark's body, computed here: a client that sends another one fails.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { crc32 } from 'node:zlib'
import { pattern, patternBytes, smallBody } from '../support/bodies.mjs'
import { serve } from '../support/processes.mjs'

const md5 = (bytes) => createHash('md5').update(bytes).digest('hex')

const head = (lines) =>
  ['HTTP/1.1 200 OK', `Date: ${new Date().toUTCString()}`, ...lines].map((line) => `${line}\r\n`).join('')

const checksumLine = (crc) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc)
  return `x-amz-checksum-crc32: ${bytes.toString('base64')}`
}

const readHead = (length, etag, more = []) =>
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
    ...more,
  ])}\r\n`

const writeResponse = (etag, more = []) =>
  Buffer.from(
    `${head([
      'Content-Length: 0',
      'Connection: keep-alive',
      `ETag: "${etag}"`,
      'x-amz-version-id: 7e5b1fd0a6a1c4d1b8f0a9e2c3d4e5f6',
      'Vary: Accept-Encoding',
      'Server: cloudflare',
      'CF-RAY: 9a28f4dc0d2c1e55-FRA',
      ...more,
    ])}\r\n`,
    'latin1',
  )

/** The response to a PUT without a checksum, that to one with a CRC-32, and the field of a GET that asks for checksums. */
const writeResponses = (etag, crc) => ({
  plain: writeResponse(etag),
  checked: writeResponse(etag, [checksumLine(crc)]),
  readField: checksumLine(crc),
})

const smallEtag = md5(smallBody)
const smallReadWith = (more) =>
  Buffer.concat([Buffer.from(readHead(smallBody.length, smallEtag, more), 'latin1'), smallBody])
const smallRead = smallReadWith([])
const smallReadChecked = smallReadWith([checksumLine(crc32(smallBody))])
const smallWritten = writeResponses(smallEtag, crc32(smallBody))
const continued = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')
const headEnd = Buffer.from('\r\n\r\n')

const etagOfPattern = (bytes) => {
  const hash = createHash('md5')
  for (let left = bytes; left > 0; left -= patternBytes) hash.update(pattern.subarray(0, Math.min(left, patternBytes)))
  return hash.digest('hex')
}

const crcOfPattern = (bytes) => {
  let crc = 0
  for (let left = bytes; left > 0; left -= patternBytes)
    crc = crc32(pattern.subarray(0, Math.min(left, patternBytes)), crc)
  return crc
}

/** Sends the pattern repeatedly, with backpressure, after further fields of the head. */
const stream = (socket, bytes, fields) => {
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
  socket.write(readHead(bytes, 'd41d8cd98f00b204e9800998ecf8427e', fields), 'latin1')
  more()
}

/** Parses the head of a chunk (RFC 9112, section 7.1). `size`: bytes of the chunk, with its line break, after the head. */
const chunkHead = (bytes) => {
  const end = bytes.indexOf('\r\n')
  if (end < 0) return undefined
  const size = Number.parseInt(bytes.latin1Slice(0, end), 16)
  return size === 0 ? undefined : { size: size + 2, headBytes: end + 2 }
}

/** The last chunk, with or without trailers. */
const lastChunk = /^0\r\n(?:[^\r\n]+\r\n)*\r\n/

/** Handles one connection. Parses only heads and chunk sizes. */
const connection = (largeBytes, largeWritten) => (socket) => {
  socket.setNoDelay(true)
  let pending = Buffer.alloc(0)
  let state = 'head'
  let skip = 0
  let response
  socket.on('error', () => socket.destroy())

  /** Parses one protocol element and returns the bytes after it, or `undefined` if more bytes are needed. */
  const parse = (bytes) => {
    if (state === 'chunks') {
      const head = chunkHead(bytes)
      if (head !== undefined) {
        skip = head.size
        return bytes.subarray(head.headBytes)
      }
      const last = lastChunk.exec(bytes.subarray(0, 1000).latin1Slice())
      if (last === null) return undefined
      state = 'head'
      socket.write(response)
      return bytes.subarray(last[0].length)
    }
    const end = bytes.indexOf(headEnd)
    if (end < 0) return undefined
    const text = bytes.latin1Slice(0, end)
    if (text.startsWith('GET')) {
      const target = /^GET \/bench\/(\w+)/.exec(text)?.[1]
      const isChecked = /\r\nx-amz-checksum-mode:/i.test(text)
      if (target === 'small') socket.write(isChecked ? smallReadChecked : smallRead)
      else stream(socket, Number(target), isChecked && Number(target) === largeBytes ? [largeWritten.readField] : [])
    } else if (text.startsWith('HEAD')) {
      socket.write(readHead(Number(/^HEAD \/bench\/(\w+)/.exec(text)?.[1]), smallEtag))
    } else {
      const { plain, checked } = text.startsWith('PUT /bench/small') ? smallWritten : largeWritten
      response = /\r\nx-amz-(?:checksum-crc32:|trailer: *x-amz-checksum-crc32\r\n)/i.test(`${text}\r\n`)
        ? checked
        : plain
      if (/\r\nexpect:/i.test(text)) socket.write(continued)
      skip = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
      state = /\r\ntransfer-encoding: *chunked/i.test(text) ? 'chunks' : 'body'
      if (state === 'body' && skip === 0) bodyEnd()
    }
    return bytes.subarray(end + 4)
  }
  const bodyEnd = () => {
    state = 'head'
    socket.write(response)
  }

  socket.on('data', (received) => {
    let bytes = pending.length === 0 ? received : Buffer.concat([pending, received])
    pending = Buffer.alloc(0)
    while (bytes.length > 0) {
      if (skip > 0) {
        const taken = Math.min(skip, bytes.length)
        skip -= taken
        bytes = bytes.subarray(taken)
        if (skip === 0 && state === 'body') bodyEnd()
        continue
      }
      const rest = parse(bytes)
      if (rest === undefined) {
        pending = bytes
        return
      }
      bytes = rest
    }
  })
}

serve(async ({ largeBytes }) => {
  const largeWritten = writeResponses(etagOfPattern(largeBytes), crcOfPattern(largeBytes))
  const server = createServer(connection(largeBytes, largeWritten))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ready: { port: server.address().port } }
})
