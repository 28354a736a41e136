import { presignUrl } from 'r2kit/presign'
import { describe, expect, test } from 'vitest'
import { testCredentials } from '../../support/fake-transport.js'
import { object, refuses, startServer, wrong } from '../../support/inputs/mistakes.js'

const server = await startServer()
const { r2 } = server

describe('presigned URLs', () => {
  const accountId = 'a'.repeat(32)
  const sign = (more: object) => () =>
    presignUrl(
      wrong({ ...object, accountId, credentials: testCredentials, method: 'PUT', expiresInSeconds: 600, ...more }),
    )
  const viaClient = (more: object) => () => r2.presign.put(wrong({ ...object, ...more }))

  refuses(
    server,
    [
      [
        'Headers, which would be left unsigned',
        sign({ headers: new Headers({ 'content-length': '5' }) }),
        'headers',
        /object of strings/,
        '',
      ],
      ['a Map of headers', sign({ headers: new Map([['content-length', '5']]) }), 'headers', /object of strings/, ''],
      ['pairs of headers', sign({ headers: [['content-length', '5']] }), 'headers', /object/, ''],
      [
        'a header in two spellings',
        sign({ headers: { 'Content-Type': 'a/b', 'content-type': 'c/d' } }),
        'headers.content-type',
        /given twice/,
        '',
      ],
      [
        'a content type and another one',
        sign({ contentType: 'a/b', headers: { 'CONTENT-TYPE': 'c/d' } }),
        'headers.CONTENT-TYPE',
        /twice/,
        '',
      ],
      [
        'a header that is a number',
        sign({ headers: { 'content-length': 5 } }),
        'headers.content-length',
        /must be a string/,
        '',
      ],
      [
        'a header of the signature',
        sign({ headers: { 'X-Amz-Date': 'x' } }),
        'headers.X-Amz-Date',
        /not permitted/,
        '',
      ],
      ['URLSearchParams', sign({ query: new URLSearchParams({ uploadId: 'u' }) }), 'query', /object of strings/, ''],
      ['an expiry as text', sign({ expiresInSeconds: '600' }), 'expiresInSeconds', /number, but it is string/, ''],
      ['no time', sign({ expiresInSeconds: 0 }), 'expiresInSeconds', /60 to 604800/, ''],
      ['more than a week', sign({ expiresInSeconds: 604_801 }), 'expiresInSeconds', /60 to 604800/, ''],
      ['an unknown time of now', sign({ nowMs: Number.NaN }), 'nowMs', /year 10000/, ''],
      [
        'an unknown field of the credentials',
        sign({ credentials: { ...testCredentials, session_token: 'x' } }),
        'credentials.session_token',
        /not a field/,
        '',
      ],
      ['an unknown addressing', sign({ addressing: 'virtual' }), 'addressing', /path or virtual-host/, ''],
      [
        'plain HTTP to R2',
        sign({ accountId: undefined, endpoint: `http://${accountId}.r2.cloudflarestorage.com` }),
        'endpoint',
        /https:/,
        '',
      ],
      [
        'client: expiresIn',
        viaClient({ expiresIn: 600 }),
        'expiresIn',
        /did you mean expiresInSeconds/,
        'Use expiresInSeconds.',
      ],
      [
        'client: an expiry as text',
        viaClient({ expiresInSeconds: '600' }),
        'expiresInSeconds',
        /the string "600"/,
        /number 600/,
      ],
      ['client: no time', viaClient({ expiresInSeconds: 0 }), 'expiresInSeconds', /60 to 604800/, ''],
      ['client: more than a week', viaClient({ expiresInSeconds: 604_801 }), 'expiresInSeconds', /60 to 604800/, ''],
      ['client: headers', viaClient({ headers: {} }), 'headers', /not a field of a presigned PUT/, /contentLength/],
      [
        'client: a customer’s key, which cannot be signed',
        viaClient({ ssec: {} }),
        'ssec',
        /not a field/,
        /Its fields/,
      ],
      ['client: a length as text', viaClient({ contentLength: '5' }), 'contentLength', /the string "5"/, /number 5/],
    ],
    'InvalidPresign',
  )

  test('one header in any spelling is signed, and returned in lower case', () => {
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
