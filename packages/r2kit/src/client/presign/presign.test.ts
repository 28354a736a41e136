/** `r2.presign`: what a URL binds, how long it is valid, and when it is returned again. */
import fc from 'fast-check'
import type { PresignEntry, PresignRecord, R2ClientOptions } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { fakeClient, testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { UrlCache } from './url-cache.js'

const object = { bucket: 'photos', key: 'cat.jpg' }
const upload = { ...object, uploadId: 'u+/=' }
const signedHeadersOf = (url: string): string[] =>
  (new URL(url).searchParams.get('X-Amz-SignedHeaders') ?? '').split(';').filter((name) => name !== 'host')

const audited = (options: Partial<R2ClientOptions> = {}, presign: R2ClientOptions['presign'] = {}) => {
  const records: PresignRecord[] = []
  const client = fakeClient(undefined, {
    presign: {
      allowedMethods: ['GET', 'PUT', 'HEAD', 'DELETE'],
      onPresign: (record) => records.push(record),
      ...presign,
    },
    ...options,
  })
  return { ...client, records }
}

describe('what a URL binds', () => {
  test('every field of an upload becomes a header that is signed', async () => {
    const { r2, transport } = audited()
    const { url, headers, method } = await r2.presign.put({
      ...object,
      contentType: 'image/jpeg',
      contentLength: 5,
      checksum: { algorithm: 'CRC32', value: 'AAAAAA==' },
      cacheControl: 'no-store',
      metadata: { owner: 'Ana' },
      storageClass: 'STANDARD_IA',
      ifNoneMatch: '*',
    })
    expect(method).toBe('PUT')
    expect(headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': '5',
      'x-amz-checksum-crc32': 'AAAAAA==',
      'cache-control': 'no-store',
      'x-amz-meta-owner': 'Ana',
      'x-amz-storage-class': 'STANDARD_IA',
      'if-none-match': '*',
    })
    expect(signedHeadersOf(url).sort()).toEqual(Object.keys(headers).sort())
    expect(transport.sent).toHaveLength(0)
  })

  test('conditions, range and part of a read are signed, and so are the overrides of its response', async () => {
    const { r2 } = audited()
    const read = { ifMatch: 'e', responseContentType: 'text/plain', responseContentDisposition: 'inline' }
    const { url, headers } = await r2.presign.get({ ...object, ...read, range: { offset: 0, length: 10 } })
    expect(headers).toEqual({ 'if-match': '"e"', range: 'bytes=0-9' })
    expect(signedHeadersOf(url)).toEqual(['if-match', 'range'])
    expect(new URL(url).searchParams.get('response-content-disposition')).toBe('inline')
    const part = await r2.presign.get({ ...object, partNumber: 2 })
    expect(new URL(part.url).searchParams.get('partNumber')).toBe('2')
    expect((await r2.presign.head({ ...object, ifNoneMatch: 'e' })).headers).toEqual({ 'if-none-match': '"e"' })
  })

  test('a URL for a part names upload and part, and binds length and checksum', async () => {
    const { r2 } = audited()
    const checksum = { algorithm: 'CRC32C', value: 'AAAAAA==' } as const
    const { url, headers, method } = await r2.presign.uploadPart({
      ...upload,
      partNumber: 7,
      contentLength: 5_242_880,
      checksum,
    })
    const { searchParams } = new URL(url)
    expect(method).toBe('PUT')
    expect([searchParams.get('uploadId'), searchParams.get('partNumber')]).toEqual(['u+/=', '7'])
    expect(headers).toEqual({ 'content-length': '5242880', 'x-amz-checksum-crc32c': 'AAAAAA==' })
    expect(signedHeadersOf(url).sort()).toEqual(Object.keys(headers).sort())
  })

  test('a session token is part of the URL', async () => {
    const { r2 } = audited({ credentials: { ...testCredentials, sessionToken: 'token' } })
    expect(new URL((await r2.presign.get(object)).url).searchParams.get('X-Amz-Security-Token')).toBe('token')
  })

  test('a checksum that is no base64 is rejected with advice on its encoding', async () => {
    const { r2 } = audited()
    const signed = r2.presign.put({ ...object, checksum: { algorithm: 'CRC32', value: '00000000' } })
    expect(await errorOf(signed)).toMatchObject({
      field: 'checksum.value',
      hint: expect.stringMatching(/^Encode its bytes in base64, not in hex\./),
    })
  })

  test.each<[string, (r2: ReturnType<typeof fakeClient>['r2']) => Promise<unknown>, string]>([
    [
      'a checksum without a value',
      (r2) => r2.presign.put({ ...object, checksum: { algorithm: 'CRC32' } }),
      'checksum.value',
    ],
    [
      'a checksum beside an MD5',
      (r2) =>
        r2.presign.uploadPart({
          ...upload,
          partNumber: 1,
          contentMd5: 'CY9rzUYh03PK3k6DJie09g==',
          checksum: { algorithm: 'CRC32', value: 'AAAAAA==' },
        }),
      'checksum',
    ],
    [
      'a checksum that R2 does not take for parts',
      (r2) =>
        r2.presign.uploadPart({ ...upload, partNumber: 1, checksum: { algorithm: 'SHA256' as never, value: 'x' } }),
      'checksum.algorithm',
    ],
    ['a range beside a part', (r2) => r2.presign.get({ ...object, range: { offset: 0 }, partNumber: 1 }), 'partNumber'],
    ['a customer key', (r2) => r2.presign.put({ ...object, ssec: {} } as never), 'ssec'],
    ['a header of its own', (r2) => r2.presign.get({ ...object, headers: { range: 'x' } } as never), 'headers'],
    ['an empty uploadId', (r2) => r2.presign.uploadPart({ ...upload, uploadId: '', partNumber: 1 }), 'uploadId'],
    ['a part number of 0', (r2) => r2.presign.uploadPart({ ...upload, partNumber: 0 }), 'partNumber'],
  ])('%s is rejected, and not ignored', async (_, call, field) => {
    const { r2, records } = audited()
    expect(await errorOf(call(r2))).toMatchObject({ field })
    expect(records).toEqual([])
  })
})

describe('the validity of a URL', () => {
  test('is a duration, or ends at a date', async () => {
    const { r2, clock } = audited()
    const at = new Date(clock.now() + 3_600_900)
    const { url, expiresAt } = await r2.presign.get({ ...object, expiresAt: at })
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('3600')
    expect(expiresAt.getTime()).toBe(clock.now() + 3_600_000)
    expect((await r2.presign.get(object)).expiresAt.getTime()).toBe(clock.now() + 900_000)
  })

  test.each([
    ['in the past', -1_000],
    ['in less than a minute', 59_000],
    ['in more than a week', 604_801_000],
  ])('is not a date %s', async (_, ms) => {
    const { r2, clock } = audited()
    expect(await errorOf(r2.presign.get({ ...object, expiresAt: new Date(clock.now() + ms) }))).toMatchObject({
      code: 'InvalidPresign',
      field: 'expiresAt',
      hint: expect.any(String),
    })
  })

  test('is not both', async () => {
    const { r2, clock } = audited()
    const both = { expiresInSeconds: 600, expiresAt: new Date(clock.now() + 600_000) }
    expect(await errorOf(r2.presign.get({ ...object, ...both }))).toMatchObject({ field: 'expiresAt' })
  })

  test('may be one second where the client permits it', async () => {
    const { r2, clock } = audited({}, { minExpirationSeconds: 1 })
    const second = await r2.presign.get({ ...object, expiresInSeconds: 1 })
    expect(second.expiresAt.getTime()).toBe(clock.now() + 1_000)
    expect((await r2.presign.get({ ...object, expiresAt: new Date(clock.now() + 1_999) })).expiresAt).toEqual(
      second.expiresAt,
    )
    const strict = audited()
    expect(await errorOf(strict.r2.presign.get({ ...object, expiresInSeconds: 59 }))).toMatchObject({
      field: 'expiresInSeconds',
    })
  })
})

test.each(['text/html', 'TEXT/HTML; charset=utf-8', 'application/javascript', 'Text/JavaScript ;charset="utf-8"'])(
  'an upload of %s is refused unless the client permits it',
  async (contentType) => {
    const { r2 } = audited()
    expect(await errorOf(r2.presign.put({ ...object, contentType }))).toMatchObject({ field: 'contentType' })
    const permitted = audited({}, { allowedContentTypes: [contentType.split(';')[0]?.trim() ?? ''] })
    expect((await permitted.r2.presign.put({ ...object, contentType })).headers).toEqual({
      'content-type': contentType,
    })
  },
)

describe('many URLs', () => {
  test('are made with one call of the credential provider, and each is reported once', async () => {
    let calls = 0
    const { r2, records } = audited({ credentials: async () => ({ ...testCredentials, sessionToken: `t${++calls}` }) })
    const parts = Array.from({ length: 20 }, (_, index) => ({
      operation: 'uploadPart' as const,
      ...upload,
      partNumber: index + 1,
    }))
    const urls = await r2.presign.many([...parts, { operation: 'get', ...object }, { operation: 'delete', ...object }])
    expect(calls).toBe(1)
    expect(new Set(urls.map(({ url }) => url)).size).toBe(22)
    expect(urls.map(({ method }) => method).slice(-3)).toEqual(['PUT', 'GET', 'DELETE'])
    expect(records).toHaveLength(22)
  })

  test.each<[string, unknown, string]>([
    [
      'an input that breaks a rule',
      [
        { operation: 'get', ...object },
        { operation: 'get', ...object, key: '' },
      ],
      'requests[1].key',
    ],
    ['an unknown operation', [{ operation: 'post', ...object }], 'requests[0].operation'],
    ['an unknown field', [{ operation: 'get', ...object, expires: 5 }], 'requests[0].expires'],
    ['a date that has passed', [{ operation: 'get', ...object, expiresAt: new Date(0) }], 'requests[0].expiresAt'],
    ['no array', { operation: 'get', ...object }, 'requests'],
  ])('are not made where there is %s, and none is reported', async (_, requests, field) => {
    const { r2, records } = audited()
    const error = await errorOf(r2.presign.many(requests as PresignEntry[]))
    expect(error).toMatchObject({ field, message: expect.stringContaining(field) })
    expect(records).toEqual([])
  })
})

describe('the cache of URLs', () => {
  test('returns a URL again until five minutes before it expires, and reports it once', async () => {
    const { r2, clock, records } = audited()
    const ask = () => r2.presign.get({ ...object, expiresInSeconds: 900 })
    const first = await ask()
    await clock.advance(599_000)
    expect((await ask()).url).toBe(first.url)
    expect((await ask()).expiresAt).toEqual(first.expiresAt)
    await clock.advance(1_000)
    expect((await ask()).url).toBe(first.url)
    await clock.advance(1)
    const second = await ask()
    expect(second.url).not.toBe(first.url)
    expect(second.expiresAt.getTime()).toBe(Math.floor(clock.now() / 1000) * 1000 + 900_000)
    expect(records).toHaveLength(2)
  })

  test('distinguishes everything that is part of a URL', async () => {
    const { r2, clock } = audited()
    const at = new Date(clock.now() + 900_000)
    const urls = await Promise.all([
      r2.presign.get(object),
      r2.presign.get({ ...object, expiresInSeconds: 901 }),
      r2.presign.get({ ...object, key: 'dog.jpg' }),
      r2.presign.get({ ...object, bucket: 'photos2' }),
      r2.presign.get({ ...object, responseContentType: 'a/b' }),
      r2.presign.get({ ...object, ifMatch: 'e' }),
      r2.presign.head(object),
      r2.presign.delete(object),
      r2.presign.put(object),
      r2.presign.put({ ...object, contentLength: 1 }),
      r2.presign.uploadPart({ ...upload, partNumber: 1 }),
      r2.presign.uploadPart({ ...upload, partNumber: 2 }),
    ])
    expect(new Set(urls.map(({ url }) => url)).size).toBe(urls.length)
    // Equal to the first: a duration, and a date at the same time.
    expect((await r2.presign.get({ ...object, expiresAt: at })).url).toBe(urls[0]?.url)
  })

  test('never returns a URL of other credentials', async () => {
    let expiresAt = 0
    let calls = 0
    const { r2, clock } = audited({
      credentials: () => ({ ...testCredentials, sessionToken: `t${++calls}`, expiresAt: new Date(expiresAt) }),
    })
    expiresAt = clock.now() + 400_000
    const first = await r2.presign.get({ ...object, expiresInSeconds: 3_600 })
    await clock.advance(401_000)
    expiresAt = clock.now() + 400_000
    const second = await r2.presign.get({ ...object, expiresInSeconds: 3_600 })
    expect(new URL(first.url).searchParams.get('X-Amz-Security-Token')).toBe('t1')
    expect(new URL(second.url).searchParams.get('X-Amz-Security-Token')).not.toBe('t1')
  })

  test('is unaffected by changes of what it returned, and is off with a size of 0', async () => {
    const { r2, records } = audited()
    const first = await r2.presign.put({ ...object, contentType: 'a/b' })
    first.expiresAt.setTime(0)
    Object.assign(first.headers, { 'content-type': 'x/y' })
    expect(await r2.presign.put({ ...object, contentType: 'a/b' })).toMatchObject({
      headers: { 'content-type': 'a/b' },
    })
    expect(records).toHaveLength(1)
    const off = audited({}, { cacheSize: 0 })
    await off.r2.presign.get(object)
    await off.r2.presign.get(object)
    expect(off.records).toHaveLength(2)
  })

  test('returns nothing after dispose', async () => {
    const { r2 } = audited()
    await r2.presign.get(object)
    await r2.dispose()
    expect(await errorOf(r2.presign.get(object))).toMatchObject({ code: 'ClientClosed' })
  })

  test('holds 1,000 URLs, and drops the least recently used one', async () => {
    const { r2, records } = audited()
    const ask = (index: number) => r2.presign.get({ ...object, key: `k${index}` })
    for (let index = 0; index < 1_000; index++) await ask(index)
    await ask(0)
    expect(records).toHaveLength(1_000)
    await ask(1_000)
    await ask(0)
    expect(records).toHaveLength(1_001)
    await ask(1)
    expect(records).toHaveLength(1_002)
  })

  test('of 1,000 URLs never returns one closer to its expiry than five minutes, at any time', () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 1_500 }),
      advanceMs: fc.integer({ min: 0, max: 120_000 }),
      validMs: fc.integer({ min: 1_000, max: 3_600_000 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const cache = new UrlCache(1_000)
        let nowMs = 0
        for (const { key, advanceMs, validMs } of steps) {
          nowMs += advanceMs
          const found = cache.get(String(key), nowMs)
          if (found !== undefined) expect(found.expiresAt.getTime() - nowMs).toBeGreaterThanOrEqual(300_000)
          else {
            const expiresAt = new Date(nowMs + validMs)
            cache.add(String(key), { url: String(key), method: 'GET', headers: {}, expiresAt })
          }
          expect(cache.size).toBeLessThanOrEqual(1_000)
        }
      }),
    )
  })
})

describe('limits of the program', () => {
  test('a URL without an expiry is valid for the limit that is nearest to 15 minutes', async () => {
    const shortest = async (presign: R2ClientOptions['presign']) => {
      const { url } = await audited({}, presign).r2.presign.get(object)
      return new URL(url).searchParams.get('X-Amz-Expires')
    }
    expect(await shortest({ maxExpirationSeconds: 600 })).toBe('600')
    expect(await shortest({ minExpirationSeconds: 3_600 })).toBe('3600')
    expect(await shortest({})).toBe('900')
  })

  test('limits that exclude each other are refused when the client is made', () => {
    for (const presign of [{ minExpirationSeconds: 600, maxExpirationSeconds: 300 }, { maxExpirationSeconds: 30 }])
      expect(() => audited({}, presign)).toThrow(
        expect.objectContaining({ code: 'InvalidConfig', field: 'presign.maxExpirationSeconds' }),
      )
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('the audit log is full')
      },
    ],
    ['rejects', () => Promise.reject(new Error('the audit log is full'))],
  ])('no URL is returned without its record, even for an equal input: the audit %s', async (_, onPresign) => {
    const { r2 } = audited({}, { onPresign })
    for (const _ of [1, 2])
      expect(await errorOf(r2.presign.get(object))).toMatchObject({
        code: 'InvalidPresign',
        field: 'presign.onPresign',
        cause: expect.objectContaining({ message: 'the audit log is full' }),
      })
  })
  test('a URL is returned after its record has been written', async () => {
    const written: string[] = []
    const onPresign = async ({ key }: { readonly key: string }) => {
      await Promise.resolve()
      written.push(key)
    }
    const { r2 } = audited({}, { onPresign })
    const inputs = ['a', 'b'].map((key) => ({ operation: 'get' as const, bucket: object.bucket, key }))
    expect(await r2.presign.many(inputs)).toHaveLength(2)
    expect(written).toEqual(['a', 'b'])
  })
})
