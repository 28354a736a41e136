import { checksumOf, presignWithSigner, RequestSigner } from 'r2kit/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { elementsOf, openRawR2, type RawR2, type RawRequestOptions } from '#test/support/raw-r2.js'
import { defaultCredentials } from '../authentication/credentials.js'

const body = 'framed text'
const crc32 = Buffer.from(checksumOf('CRC32', Buffer.from(body))).toString('base64')
const framed = `${body.length.toString(16)}\r\n${body}\r\n0\r\nx-amz-checksum-crc32:${crc32}\r\n\r\n`

let r2: RawR2
beforeEach(async () => {
  r2 = await openRawR2()
  await r2.send('PUT', '/bucket')
  await r2.send('PUT', '/bucket/key', { body: 'old' })
})
afterEach(() => r2[Symbol.asyncDispose]())

const signs: readonly (readonly [sign: string, headers: Record<string, string>])[] = [
  ['content-encoding: aws-chunked', { 'content-encoding': 'gzip, AWS-Chunked' }],
  ['x-amz-trailer', { 'x-amz-trailer': 'x-amz-checksum-crc32' }],
  ['x-amz-decoded-content-length', { 'x-amz-decoded-content-length': String(body.length) }],
]

const internalError = {
  status: 500,
  code: 'InternalError',
  message: 'We encountered an internal error. Please try again.',
}

describe.each(signs)('an undeclared aws-chunked body with %s', (sign, headers) => {
  test.each<[string, RawRequestOptions]>([
    ['UNSIGNED-PAYLOAD', { payloadHash: 'UNSIGNED-PAYLOAD' }],
    ['the hash of the framed body', {}],
  ])('is InternalError if x-amz-content-sha256 is %s, and is not stored', async (_hash, options) => {
    expect(await r2.send('PUT', '/bucket/key', { body: framed, headers, ...options })).toMatchObject(internalError)
    expect((await r2.send('GET', '/bucket/key')).text).toBe('old')
  })

  test('is InternalError as a part, in a presigned PUT and as an XML document', async () => {
    const { text } = await r2.send('POST', '/bucket/key', { query: 'uploads=' })
    const query = `partNumber=1&uploadId=${elementsOf(text, 'UploadId')[0]}`
    const payloadHash = 'UNSIGNED-PAYLOAD'
    expect(await r2.send('PUT', '/bucket/key', { query, body: framed, headers, payloadHash })).toMatchObject(
      internalError,
    )
    const url = presignWithSigner(
      new RequestSigner(),
      {
        ...{ method: 'PUT', origin: r2.endpoint, path: '/bucket/key', query: [] },
        headers: { host: `127.0.0.1:${r2.port}`, ...headers },
      },
      defaultCredentials,
      { expiresInSeconds: 300, nowMs: Date.now() },
    )
    expect(await r2.fetchUrl(url, { method: 'PUT', headers, body: framed })).toMatchObject(internalError)
    const remove = { query: 'delete=', body: framed, headers, payloadHash }
    expect(await r2.send('POST', '/bucket', remove)).toMatchObject(internalError)
    expect((await r2.send('GET', '/bucket/key')).text).toBe('old')
  })

  test('is explained in the log, with the change that the client needs', async () => {
    await r2.send('PUT', '/bucket/key', { body: framed, headers, payloadHash: 'UNSIGNED-PAYLOAD' })
    expect(r2.log).toEqual([
      `r2kit local: PUT /bucket/key: Error: the request has ${sign}, but x-amz-content-sha256 is UNSIGNED-PAYLOAD: R2 returns 500 for ` +
        'aws-chunked bodies that are not sent as STREAMING-UNSIGNED-PAYLOAD-TRAILER. Switch off chunked encoding or payload ' +
        'checksums in the client.',
    ])
  })

  test('is ignored by operations that read no body', async () => {
    expect((await r2.send('GET', '/bucket/key', { headers })).status).toBe(200)
  })
})

test('an aws-chunked body declared as STREAMING-UNSIGNED-PAYLOAD-TRAILER is decoded', async () => {
  const headers = Object.assign({}, ...signs.map(([, fields]) => fields), { 'content-encoding': 'aws-chunked' })
  const payloadHash = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
  expect((await r2.send('PUT', '/bucket/key', { body: framed, headers, payloadHash })).status).toBe(200)
  const chunked = { ...headers, 'transfer-encoding': 'chunked' }
  expect((await r2.send('PUT', '/bucket/key', { body: framed, headers: chunked, payloadHash })).status).toBe(200)
  const { text, headers: got } = await r2.send('GET', '/bucket/key')
  expect([text, got['content-encoding']]).toEqual([body, undefined])
  expect(r2.internalErrors).toEqual([])
})
