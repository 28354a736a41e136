/** The parser over every cut of its input, and responses that two readers could understand differently. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HttpMethod } from '../transport.js'
import type { ResponseHead } from './response-head.js'
import { ResponseParser } from './response-parser.js'

const maxHeadBytes = 1000

/** What the parser reports for these bytes; `ended`: the server closes after them. */
const parse = (pieces: readonly (string | Uint8Array)[], method: HttpMethod = 'GET', ended = false) => {
  const seen: { head?: ResponseHead; body: string; isReusable?: boolean; isWhole?: boolean } = { body: '' }
  const parser = new ResponseParser(
    {
      head: (head) => {
        seen.head = head
      },
      data: (bytes) => {
        seen.body += bytes.toString('latin1')
      },
      complete: (isReusable) => {
        seen.isReusable = isReusable
      },
    },
    maxHeadBytes,
  )
  parser.expect(method)
  for (const piece of pieces) parser.push(Buffer.from(piece as string, 'latin1'))
  if (ended) seen.isWhole = parser.end()
  return seen
}

const responses = {
  'a length': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag:  "e" \r\n\r\nhello',
  chunks: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nx: y\r\n\r\n',
  'interim responses':
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: a\r\n\r\nHTTP/1.1 200\r\ncontent-length: 5\r\n\r\nhello',
}

describe('ResponseParser', () => {
  test.each(Object.entries(responses))('reads a response with %s the same way wherever reads cut it', (_, response) => {
    const bytes = Buffer.from(response, 'latin1')
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 8 })
    fc.assert(
      fc.property(cuts, (unordered) => {
        const edges = [0, ...unordered.toSorted((a, b) => a - b), bytes.length]
        const pieces = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
        const seen = parse(pieces)
        expect(seen).toMatchObject({ head: { status: 200 }, body: 'hello', isReusable: true })
      }),
    )
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(parse([bytes]))
  })

  test('header names are in lower case, values have no space around them, and repeated fields are joined', () => {
    const text = 'HTTP/1.1 200 OK\r\nX-A:\t 1 2 \t\r\nx-a:3\r\nX-B: \xc3\xa9\r\nX-C:\r\ncontent-length: 0\r\n\r\n'
    expect(parse([text]).head?.headers).toEqual({ 'x-a': '1 2, 3', 'x-b': 'é', 'x-c': '', 'content-length': '0' })
  })

  test.each([
    ['HEAD', 200, 'content-length: 5'],
    ['HEAD', 200, 'transfer-encoding: chunked'],
    ['GET', 204, 'x: y'],
    ['GET', 304, 'content-length: 5'],
  ] as const)('a %s with status %i and %s has no body', (method, status, field) => {
    expect(parse([`HTTP/1.1 ${status} X\r\n${field}\r\n\r\n`], method)).toMatchObject({ body: '', isReusable: true })
  })

  test('a body without length or chunks ends with the connection', () => {
    const response = ['HTTP/1.1 200 OK\r\n\r\n', 'hel', 'lo']
    expect(parse(response)).not.toHaveProperty('isReusable')
    expect(parse(response, 'GET', true)).toMatchObject({ body: 'hello', isReusable: false, isWhole: true })
  })

  test.each([
    'HTTP/1.1 200 OK\r\nconte',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel',
    responses.chunks.slice(0, -2),
  ])('a connection that ends within a response leaves it incomplete: %j', (text) => {
    const seen = parse([text], 'GET', true)
    expect(seen.isWhole).toBe(false)
    expect(seen).not.toHaveProperty('isReusable')
  })

  test.each([
    ['HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n', false],
    ['HTTP/1.1 200 OK\r\nconnection: x, close\r\ncontent-length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', false],
    ['HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n', true],
  ])('after %j the connection is reusable: %s', (text, isReusable) => {
    expect(parse([text]).isReusable).toBe(isReusable)
  })

  test('bytes after a response never reach the next one: the connection is not reusable, and they are rejected', () => {
    const first = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
    let isReusable: boolean | undefined
    const parser = new ResponseParser(
      {
        head: () => undefined,
        data: () => undefined,
        complete: (value) => {
          isReusable = value
        },
      },
      maxHeadBytes,
    )
    parser.expect('GET')
    expect(() => parser.push(Buffer.from(`${first}HTTP/1.1 200 OK\r\n\r\n`))).toThrow('bytes without a request')
    expect(isReusable).toBe(false)
  })

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46'],
    ['an empty line first', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['HTTP/2.0', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['a bare line feed after the status line', 'HTTP/1.1 200 OK\nx: y\r\n\r\n'],
    ['bare line feeds only', 'HTTP/1.1 200 OK\nx: y\n\n'],
    ['a bare line feed in a value', 'HTTP/1.1 200 OK\r\nx: y\ncontent-length: 1\r\n\r\n'],
    ['a bare carriage return in a value', 'HTTP/1.1 200 OK\r\nx: y\rz\r\n\r\n'],
    ['a NUL in a value', 'HTTP/1.1 200 OK\r\nx: \0\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 5\r\n\r\nhello'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nx: y\r\n content-length: 5\r\n\r\nhello'],
    ['a field without a name', 'HTTP/1.1 200 OK\r\n: y\r\n\r\n'],
    ['a field without a colon', 'HTTP/1.1 200 OK\r\ncontent-length\r\nx: y\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello'],
    ['a length with a sign', 'HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\nhello'],
    ['a length in hex', 'HTTP/1.1 200 OK\r\ncontent-length: 0x5\r\n\r\nhello'],
    ['an empty length', 'HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n'],
    ['a length beyond exact integers', 'HTTP/1.1 200 OK\r\ncontent-length: 9007199254740993\r\n\r\n'],
    ['a length beside chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['another transfer coding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['two transfer codings', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
    ['endless interim responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(17)],
    ['a head that is too long', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(maxHeadBytes)}`],
  ])('rejects a response with %s', (_, text) => {
    expect(() => parse([text])).toThrow(expect.objectContaining({ name: 'HTTPParserError' }))
  })

  test.each([
    ['a size with a sign', '-1\r\n'],
    ['a size with a prefix', '0x5\r\nhello\r\n'],
    ['a space after the size', '5 \r\nhello\r\n'],
    ['an empty size', '\r\n'],
    ['a size beyond exact integers', 'fffffffffffffff\r\n'],
    ['a bare line feed after the size', '5\nhello\r\n'],
    ['bare line feeds only', '5\nhello\n0\n\n'],
    ['a bare line feed in an extension', '5;a\nb\r\nhello\r\n'],
    ['no line break after the data', '5\r\nhelloX\r\n'],
    ['a bare line feed after the data', '5\r\nhello\n5\r\n'],
    ['an extension that is too long', `5;${'a'.repeat(5000)}`],
    ['trailers that begin another response', '0\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['a folded trailer', '0\r\nx: y\r\n z: 1\r\n\r\n'],
    ['trailers that are too long', `0\r\n${'x: y\r\n'.repeat(maxHeadBytes)}`],
  ])('rejects a chunk with %s', (_, chunk) => {
    const text = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk}`
    expect(() => parse([text])).toThrow(expect.objectContaining({ name: 'HTTPParserError' }))
  })
})
