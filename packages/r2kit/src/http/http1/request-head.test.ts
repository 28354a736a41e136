import { describe, expect, test } from 'vitest'
import { requestHead } from './request-head.js'

describe('requestHead', () => {
  test('writes the request line, the fields and the length of the body', () => {
    expect(requestHead('PUT', '/b/a/../k?x=%2F', { host: 'h', 'x-amz-meta-a': 'b  c' }, 5).text).toBe(
      'PUT /b/a/../k?x=%2F HTTP/1.1\r\nhost: h\r\nx-amz-meta-a: b  c\r\ncontent-length: 5\r\n\r\n',
    )
    expect(requestHead('GET', '/', {}, undefined).text).toBe('GET / HTTP/1.1\r\n\r\n')
  })

  test('writes one content-length where the headers have it too', () => {
    expect(requestHead('PUT', '/', { 'content-length': '5' }, 5).text).toBe(
      'PUT / HTTP/1.1\r\ncontent-length: 5\r\n\r\n',
    )
  })

  test('says whether the head has characters beyond ASCII', () => {
    expect(requestHead('PUT', '/', { a: 'b' }, 5).isAscii).toBe(true)
    expect(requestHead('PUT', '/', { a: '\xe9' }, 5).isAscii).toBe(false)
  })

  test.each([
    ['a line break at the beginning of a value', '/', { a: '\r\nb: c' }, undefined],
    ['a bare carriage return in a value', '/', { a: 'b\rc' }, undefined],
    ['a letter beyond ASCII in the path', '/\xe9', {}, undefined],
    ['a line break in a value', '/', { 'x-amz-meta-a': 'b\r\nx-injected: 1' }, undefined],
    ['a line feed at the end of a value', '/', { a: 'b\n' }, undefined],
    ['a NUL in a value', '/', { a: '\0' }, undefined],
    ['a character beyond Latin-1 in a value', '/', { a: '€' }, undefined],
    ['a colon in a name', '/', { 'a:b': 'c' }, undefined],
    ['a line break in a name', '/', { 'a\r\nb': 'c' }, undefined],
    ['an empty name', '/', { '': 'c' }, undefined],
    ['a space in the path', '/a b', {}, undefined],
    ['a line break in the path', '/a\r\nx: y', {}, undefined],
    ['a path without a slash', 'a', {}, undefined],
    ['another content-length than the body', '/', { 'content-length': '6' }, 5],
    ['a content-length without a body', '/', { 'content-length': '6' }, undefined],
    ['a transfer coding', '/', { 'transfer-encoding': 'chunked' }, undefined],
    ['an option of the connection', '/', { connection: 'close' }, undefined],
    ['a transfer coding in upper case', '/', { 'Transfer-Encoding': 'chunked' }, undefined],
    ['another content-length in upper case', '/', { 'Content-Length': '6' }, 5],
  ])('rejects %s with InvalidInput', (_, path, headers, length) => {
    expect(() => requestHead('PUT', path, headers as Record<string, string>, length)).toThrow(
      expect.objectContaining({ code: 'InvalidInput', retryable: false }),
    )
  })
})
