import fc from 'fast-check'
import { checksumOf } from 'r2kit/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawR2, type RawR2 } from '#test/support/raw-r2.js'
import { S3Error } from '../errors/s3-error.js'
import { AwsChunkedDecoder } from './aws-chunked.js'

async function* pieces(bytes: Uint8Array, size = bytes.byteLength || 1) {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

/** `a0:b`, `a1:b`, …, each on a line. */
const trailerLines = (count: number) => Array.from({ length: count }, (_, index) => `a${index}:b\r\n`).join('')

/** @returns The decoded bytes and trailers, or the error code. */
const decode = async (encoded: string | Uint8Array, pieceSize?: number) => {
  const decoder = new AwsChunkedDecoder()
  const bytes = typeof encoded === 'string' ? Buffer.from(encoded, 'latin1') : encoded
  const decoded: Uint8Array[] = []
  try {
    for await (const chunk of decoder.decode(pieces(bytes, pieceSize))) decoded.push(chunk)
  } catch (error) {
    if (error instanceof S3Error) return error.code
    throw error
  }
  return { text: Buffer.concat(decoded).toString('latin1'), trailers: Object.fromEntries(decoder.trailers), decoded }
}

test('the aws-chunked decoder restores bytes and trailers for any chunk sizes and any read boundaries', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 20 }),
      fc.constantFrom('\r\n', '\n'),
      fc.integer({ min: 1, max: 50 }),
      async (chunks, lineEnd, pieceSize) => {
        const encoded = Buffer.concat([
          ...chunks.flatMap((chunk) => [
            Buffer.from(`${chunk.byteLength.toString(16)};chunk-signature=${'0'.repeat(64)}${lineEnd}`),
            chunk,
            Buffer.from(lineEnd),
          ]),
          Buffer.from(`0${lineEnd}X-Amz-A: b${lineEnd}${lineEnd}`),
        ])
        expect(await decode(encoded, pieceSize)).toMatchObject({
          text: Buffer.concat(chunks).toString('latin1'),
          trailers: { 'x-amz-a': 'b' },
        })
        const whole = new AwsChunkedDecoder()
        expect(Buffer.from(whole.decodeBytes(encoded)).equals(Buffer.concat(chunks))).toBe(true)
        expect([...whole.trailers]).toEqual([['x-amz-a', 'b']])
      },
    ),
  )
})

describe('the aws-chunked decoder rejects', () => {
  test.each([
    ['a size that is not a number', 'x\r\n'],
    ['a missing size', '\r\n'],
    ['a size of more than 13 digits', `${'1'.repeat(14)}\r\n`],
    ['a negative size', '-1\r\n'],
    ['data that is longer than its chunk', '1\r\nab\r\n0\r\n\r\n'],
    ['a size line that never ends', '1'.repeat(2000)],
    ['a chunk extension over 1 KiB', `1;${'x'.repeat(1024)}\r\na\r\n0\r\n\r\n`],
    ['a trailer without a name', '0\r\n:value\r\n\r\n'],
    ['a trailer without a colon', '0\r\nname\r\n\r\n'],
    ['more than 16 trailers', `0\r\n${trailerLines(17)}\r\n`],
    ['two trailers of the same name', '0\r\na:b\r\nA:c\r\n\r\n'],
    ['100,000 trailers', `0\r\n${trailerLines(100_000)}`],
    ['a trailer over 8 KiB', `0\r\na:${'x'.repeat(8192)}\r\n\r\n`],
    [
      'trailers over 8 KiB together',
      `0\r\n${[1, 2, 3, 4, 5].map((name) => `${name}:${'x'.repeat(2000)}\r\n`).join('')}\r\n`,
    ],
    ['a byte after the end', '0\r\n\r\nx'],
    ['a second body after the end', '1\r\na\r\n0\r\n\r\n1\r\na\r\n0\r\n\r\n'],
    ['an empty line after the end', '0\r\n\r\n\r\n'],
    ['a byte after the trailers', '0\r\na:b\r\n\r\nx'],
  ])('%s, in one read or in several', async (_what, encoded) => {
    expect(await decode(encoded)).toBe('InvalidRequest')
    expect(await decode(encoded, 7)).toBe('InvalidRequest')
  })
})

test.each(['', '3', '3\r\n', '3\r\nab', '3\r\nabc', '3\r\nabc\r\n', '0', '0\r\na:b'])(
  'the aws-chunked decoder reports a body that ends after %j as incomplete',
  async (encoded) => {
    expect(await decode(encoded)).toBe('IncompleteBody')
  },
)

test('the aws-chunked decoder accepts trailers up to the limits, and a missing final empty line', async () => {
  expect(await decode(`0\r\n${trailerLines(16)}\r\n`)).toMatchObject({ text: '' })
  expect(await decode(`0\r\na:${'x'.repeat(8000)}\r\n\r\n`)).toMatchObject({ text: '' })
  expect(await decode('1\r\na\r\n0\r\n')).toMatchObject({ text: 'a' })
})

test('the aws-chunked decoder does not copy the data of large chunks', async () => {
  const chunk = new Uint8Array(64 * 1024)
  const encoded = Buffer.concat([
    Buffer.from('10000\r\n'),
    chunk,
    Buffer.from('\r\n10000\r\n'),
    chunk,
    Buffer.from('\r\n0\r\n'),
  ])
  const outcome = await decode(encoded, 65_000)
  if (typeof outcome === 'string') throw new Error(outcome)
  expect(outcome.text.length).toBe(2 * chunk.length)
  const copied = outcome.decoded.filter(({ buffer }) => buffer !== encoded.buffer)
  expect(copied.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(4096)
})

test('the aws-chunked decoder joins one-byte chunks, which would each occupy a hundred bytes of memory', async () => {
  const outcome = await decode(`${'1\r\na\r\n'.repeat(200_000)}0\r\n\r\n`, 1000)
  if (typeof outcome === 'string') throw new Error(outcome)
  expect([outcome.text.length, outcome.decoded.length]).toEqual([200_000, 4])
})

describe('the server and aws-chunked bodies', () => {
  let r2: RawR2
  beforeAll(async () => {
    r2 = await openRawR2()
    await r2.send('PUT', '/bucket')
  })
  afterAll(() => r2[Symbol.asyncDispose]())

  const headersFor = (decodedLength: number) => ({
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(decodedLength),
    'x-amz-trailer': 'x-amz-checksum-crc32',
  })
  const payloadHash = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  const framed = (body: string, length = body.length, after = '') => {
    const crc32 = Buffer.from(checksumOf('CRC32', Buffer.from(body))).toString('base64')
    return `${length.toString(16)}\r\n${body}\r\n0\r\nx-amz-checksum-crc32:${crc32}\r\n\r\n${after}`
  }

  test.each([
    ['a decoded length that is too small', framed('text'), 3, 'IncompleteBody'],
    ['a decoded length that is too large', framed('text'), 5, 'IncompleteBody'],
    ['bytes after the last chunk', framed('text', 4, 'more'), 4, 'InvalidRequest'],
    ['a million trailers', `4\r\ntext\r\n0\r\n${'a:b\r\n'.repeat(1_000_000)}\r\n`, 4, 'InvalidRequest'],
    ['a missing trailer', '4\r\ntext\r\n0\r\n\r\n', 4, 'InvalidRequest'],
    ['a trailer of another name', framed('text').replace('crc32', 'crc33'), 4, 'InvalidRequest'],
    ['a trailer that is not announced', framed('text').replace(/\r\n$/, 'a:b\r\n$&'), 4, 'InvalidRequest'],
    ['a trailer twice', framed('text').replace(/x-amz.*\r\n/, '$&$&'), 4, 'InvalidRequest'],
    ['a malformed trailer', framed('text').replace(/:.*/, ':AAA='), 4, 'InvalidDigest'],
    ['a trailer of other bytes', framed('text').replace('text', 'test'), 4, 'BadDigest'],
  ])('rejects %s in objects and XML documents, and stores nothing', async (_what, body, length, code) => {
    const headers = headersFor(length)
    const put = await r2.send('PUT', '/bucket/key', { body, headers, payloadHash })
    expect([put.status, put.code]).toEqual([400, code])
    expect((await r2.send('HEAD', '/bucket/key')).status).toBe(404)
    const remove = await r2.send('POST', '/bucket', { query: 'delete=', body, headers, payloadHash })
    expect([remove.status, remove.code]).toEqual([400, code])
  })

  test('accepts aws-chunked XML documents, and requires their decoded length', async () => {
    await r2.send('PUT', '/bucket/doomed')
    const document = '<Delete><Object><Key>doomed</Key></Object></Delete>'
    const send = (headers: Record<string, string>) =>
      r2.send('POST', '/bucket', { query: 'delete=', body: framed(document), headers, payloadHash })
    const { 'x-amz-decoded-content-length': _length, ...without } = headersFor(document.length)
    expect((await send(without)).code).toBe('MissingContentLength')
    expect((await send(headersFor(document.length))).status).toBe(200)
    expect((await r2.send('HEAD', '/bucket/doomed')).status).toBe(404)
  })
})
