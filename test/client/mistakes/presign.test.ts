import { presignUrl } from 'r2kit/presign'
import { describe, expect, test } from 'vitest'
import { testCredentials } from '../../support/fake-transport.js'
import { object, startServer, testMistakes, untyped } from '../../support/inputs/mistake-suite.js'

const server = await startServer()
const { r2 } = server

describe('presigned URLs', () => {
  const accountId = 'a'.repeat(32)
  const sign = (more: object) => () =>
    presignUrl(
      untyped({ ...object, accountId, credentials: testCredentials, method: 'PUT', expiresInSeconds: 600, ...more }),
    )
  const viaClient = (more: object) => () => r2.presign.put(untyped({ ...object, ...more }))

  testMistakes(
    server,
    [
      [
        'a Headers object, which would be left unsigned',
        sign({ headers: new Headers({ 'content-length': '5' }) }),
        'headers',
        /object of strings/,
        '',
      ],
      ['a Map as headers', sign({ headers: new Map([['content-length', '5']]) }), 'headers', /object of strings/, ''],
      ['an array of pairs as headers', sign({ headers: [['content-length', '5']] }), 'headers', /object/, ''],
      [
        'a header in two spellings',
        sign({ headers: { 'Content-Type': 'a/b', 'content-type': 'c/d' } }),
        'headers.content-type',
        /given twice/,
        '',
      ],
      [
        'a contentType and a different content-type header',
        sign({ contentType: 'a/b', headers: { 'CONTENT-TYPE': 'c/d' } }),
        'headers.CONTENT-TYPE',
        /twice/,
        '',
      ],
      [
        'a header value that is a number',
        sign({ headers: { 'content-length': 5 } }),
        'headers.content-length',
        /must be a string/,
        '',
      ],
      [
        'a header that the signature sets',
        sign({ headers: { 'X-Amz-Date': 'x' } }),
        'headers.X-Amz-Date',
        /not permitted/,
        '',
      ],
      [
        'URLSearchParams as query',
        sign({ query: new URLSearchParams({ uploadId: 'u' }) }),
        'query',
        /object of strings/,
        '',
      ],
      [
        'expiresInSeconds as text',
        sign({ expiresInSeconds: '600' }),
        'expiresInSeconds',
        /number, but it is string/,
        '',
      ],
      ['expiresInSeconds of 0', sign({ expiresInSeconds: 0 }), 'expiresInSeconds', /60 to 604800/, ''],
      [
        'expiresInSeconds of more than a week',
        sign({ expiresInSeconds: 604_801 }),
        'expiresInSeconds',
        /60 to 604800/,
        '',
      ],
      ['NaN as nowMs', sign({ nowMs: Number.NaN }), 'nowMs', /year 10000/, ''],
      [
        'an unknown field of the credentials',
        sign({ credentials: { ...testCredentials, session_token: 'x' } }),
        'credentials.session_token',
        /not a field/,
        '',
      ],
      ['an unknown addressing', sign({ addressing: 'virtual' }), 'addressing', /path or virtual-host/, ''],
      [
        'an endpoint with plain HTTP to R2',
        sign({ accountId: undefined, endpoint: `http://${accountId}.r2.cloudflarestorage.com` }),
        'endpoint',
        /https:/,
        '',
      ],
      [
        'expiresIn in presign.put',
        viaClient({ expiresIn: 600 }),
        'expiresIn',
        /did you mean expiresInSeconds/,
        'Use expiresInSeconds.',
      ],
      [
        'expiresInSeconds as text in presign.put',
        viaClient({ expiresInSeconds: '600' }),
        'expiresInSeconds',
        /the string "600"/,
        /number 600/,
      ],
      [
        'expiresInSeconds of 0 in presign.put',
        viaClient({ expiresInSeconds: 0 }),
        'expiresInSeconds',
        /60 to 604800/,
        '',
      ],
      [
        'expiresInSeconds of more than a week in presign.put',
        viaClient({ expiresInSeconds: 604_801 }),
        'expiresInSeconds',
        /60 to 604800/,
        '',
      ],
      [
        'headers in presign.put',
        viaClient({ headers: {} }),
        'headers',
        /not a field of a presigned PUT/,
        /contentLength/,
      ],
      [
        'a customer key in presign.put, which cannot be signed',
        viaClient({ ssec: {} }),
        'ssec',
        /not a field/,
        /Its fields/,
      ],
      [
        'contentLength as text in presign.put',
        viaClient({ contentLength: '5' }),
        'contentLength',
        /the string "5"/,
        /number 5/,
      ],
    ],
    'InvalidPresign',
  )

  test('presignUrl signs a header in any spelling and returns its name in lower case', () => {
    const { url, headers } = presignUrl({
      ...object,
      accountId,
      credentials: testCredentials,
      method: 'PUT',
      expiresInSeconds: 600,
      contentType: 'image/png',
      headers: { 'Content-LENGTH': '5', 'content-type': 'image/png' },
    })
    expect(headers).toEqual({ 'content-length': '5', 'content-type': 'image/png' })
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host')
  })
})
