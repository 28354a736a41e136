/** Conditional reads and writes: RFC 9110 section 13, with R2's rule that a failed write condition is always 412. */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { checksumOf } from 'r2kit/protocol'
import { type Context, defineSuite, expectError, expectStatus, rejectsWith } from '../case.js'

const body = 'conditional'
const etag = `"${createHash('md5').update(body).digest('hex')}"`
const other = `"${'f'.repeat(32)}"`
const past = 'Wed, 01 Jan 2020 00:00:00 GMT'
const futureOf = (nowMs: number) => new Date(nowMs + 3_600_000).toUTCString()

type Row = readonly [sentence: string, headers: (future: string) => Record<string, string>, status: 200 | 304 | 412]

const reads: Readonly<Record<string, Row>> = {
  'if-match': ['If-Match with the current ETag returns the object', () => ({ 'if-match': etag }), 200],
  'if-match-any': ['If-Match: * returns an existing object', () => ({ 'if-match': '*' }), 200],
  'if-match-list': [
    'If-Match with a list that includes the ETag returns the object',
    () => ({ 'if-match': `${other}, ${etag}` }),
    200,
  ],
  'if-match-other': ['If-Match with another ETag returns 412', () => ({ 'if-match': other }), 412],
  'if-match-weak': ['If-Match with a weak ETag returns 412', () => ({ 'if-match': `W/${etag}` }), 412],
  'if-none-match': ['If-None-Match with the current ETag returns 304', () => ({ 'if-none-match': etag }), 304],
  'if-none-match-weak': [
    'If-None-Match with the weak form of the ETag returns 304',
    () => ({ 'if-none-match': `W/${etag}` }),
    304,
  ],
  'if-none-match-any': ['If-None-Match: * returns 304 for an existing object', () => ({ 'if-none-match': '*' }), 304],
  'if-none-match-other': [
    'If-None-Match with another ETag returns the object',
    () => ({ 'if-none-match': other }),
    200,
  ],
  'modified-since-past': [
    'If-Modified-Since in the past returns the object',
    () => ({ 'if-modified-since': past }),
    200,
  ],
  'modified-since-future': [
    'If-Modified-Since later than the object returns 304',
    (future) => ({ 'if-modified-since': future }),
    304,
  ],
  'unmodified-since-past': [
    'If-Unmodified-Since earlier than the object returns 412',
    () => ({ 'if-unmodified-since': past }),
    412,
  ],
  'unmodified-since-future': [
    'If-Unmodified-Since in the future returns the object',
    (future) => ({ 'if-unmodified-since': future }),
    200,
  ],
  'match-over-unmodified': [
    'a satisfied If-Match takes precedence over a failed If-Unmodified-Since',
    () => ({ 'if-match': etag, 'if-unmodified-since': past }),
    200,
  ],
  'none-match-over-modified': [
    'a satisfied If-None-Match takes precedence over a failed If-Modified-Since',
    (future) => ({ 'if-none-match': other, 'if-modified-since': future }),
    200,
  ],
  'both-fail': [
    'a failed If-Match takes precedence over a failed If-None-Match (412, not 304)',
    () => ({ 'if-match': other, 'if-none-match': etag }),
    412,
  ],
}

const readCases = Object.fromEntries(
  Object.entries(reads).map(([name, [sentence, headers, status]]) => [
    name,
    {
      sentence: `${sentence} (GET and HEAD)`,
      async run({ raw, path, key, nowMs }: Context) {
        const future = futureOf(nowMs())
        await raw({ method: 'PUT', path: path(key()), body })
        const got = expectStatus(await raw({ path: path(key()), headers: headers(future) }), status)
        const head = expectStatus(await raw({ method: 'HEAD', path: path(key()), headers: headers(future) }), status)
        assert.equal(head.bytes.length, 0)
        if (status === 200) assert.equal(got.text, body)
        if (status === 412) assert.equal(got.code, 'PreconditionFailed')
        if (status === 304) assert.deepEqual([got.bytes.length, got.headers.etag], [0, etag])
      },
    },
  ]),
)

export const conditionSuite = defineSuite('conditions', '5.4', {
  ...readCases,
  'not-modified-checksum': {
    sentence: 'a 304 carries the checksum of the object if the request enables checksum mode',
    async run({ raw, path, key }) {
      const checksum = Buffer.from(checksumOf('CRC32', Buffer.from(body))).toString('base64')
      await raw({ method: 'PUT', path: path(key()), headers: { 'x-amz-checksum-crc32': checksum }, body })
      const headers = { 'if-none-match': etag, 'x-amz-checksum-mode': 'ENABLED' }
      const response = expectStatus(await raw({ path: path(key()), headers }), 304)
      assert.deepEqual([response.bytes.length, response.headers['x-amz-checksum-crc32']], [0, checksum])
    },
  },
  'if-match-absent': {
    sentence: 'GET with If-Match on an absent key returns NoSuchKey, not 412',
    async run({ raw, path, key }) {
      expectError(await raw({ path: path(key()), headers: { 'if-match': etag } }), 404, 'NoSuchKey')
    },
  },
  'put-if-absent': {
    sentence: 'PUT with If-None-Match: * creates an absent object and returns 412 for an existing one',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body: 'first', ifNoneMatch: '*' })
      const again = r2.objects.put({ bucket, key: key(), body: 'second', ifNoneMatch: '*' })
      await rejectsWith(again, { code: 'PreconditionFailed', status: 412 })
      assert.equal((await r2.objects.get({ bucket, key: key() })).text(), 'first')
    },
  },
  'put-if-match': {
    sentence: 'PUT with If-Match replaces only that version and returns 412 on an absent key',
    async run({ r2, raw, path, bucket, key }) {
      const { etag: first } = await r2.objects.put({ bucket, key: key(), body: 'first' })
      await r2.objects.put({ bucket, key: key(), body: 'second', ifMatch: first })
      const late = r2.objects.put({ bucket, key: key(), body: 'third', ifMatch: first })
      await rejectsWith(late, { code: 'PreconditionFailed', status: 412 })
      assert.equal((await r2.objects.get({ bucket, key: key() })).text(), 'second')
      const headers = { 'if-match': etag }
      expectError(await raw({ method: 'PUT', path: path(key('absent')), headers, body }), 412, 'PreconditionFailed')
    },
  },
  'put-date-conditions': {
    sentence: 'PUT evaluates If-Unmodified-Since and If-Modified-Since',
    async run({ raw, path, key, nowMs }) {
      const future = futureOf(nowMs())
      const put = (headers: Record<string, string>) => raw({ method: 'PUT', path: path(key()), headers, body })
      expectStatus(await put({}), 200)
      expectError(await put({ 'if-unmodified-since': past }), 412, 'PreconditionFailed')
      expectError(await put({ 'if-modified-since': future }), 412, 'PreconditionFailed')
      expectStatus(await put({ 'if-unmodified-since': future }), 200)
    },
  },
  'one-winner': {
    sentence: 'exactly one of several concurrent PUTs with If-None-Match: * succeeds',
    async run({ r2, bucket, key }) {
      const attempts = Array.from({ length: 8 }, (_, index) =>
        r2.objects.put({ bucket, key: key(), body: `writer ${index}`, ifNoneMatch: '*' }),
      )
      const results = await Promise.allSettled(attempts)
      const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []))
      assert.equal(winners.length, 1)
      assert.equal((await r2.objects.get({ bucket, key: key() })).text(), `writer ${winners[0]}`)
    },
  },
})
