/** Ranged reads: RFC 9110 section 14, except that R2 rejects invalid ranges instead of ignoring them. */
import { strict as assert } from 'node:assert'
import { type Context, defineSuite, expectError, expectStatus } from '../case.js'

const body = '0123456789'
const invalidFormat = `range must be in format 'bytes=start-end', 'bytes=start-' or 'bytes=-suffix'.'`

type Row =
  | readonly [range: string, status: 206, contentRange: string, text: string]
  | readonly [range: string, status: 400 | 416, code: string, message: string]

const rows: Readonly<Record<string, readonly [sentence: string, ...row: Row]>> = {
  middle: ['a range includes both of its ends', 'bytes=2-5', 206, 'bytes 2-5/10', '2345'],
  'one-byte': ['a range of one byte returns one byte', 'bytes=9-9', 206, 'bytes 9-9/10', '9'],
  'open-ended': ['an open range ends at the end of the object', 'bytes=7-', 206, 'bytes 7-9/10', '789'],
  all: ['a range that covers the whole object returns 206', 'bytes=0-', 206, 'bytes 0-9/10', body],
  suffix: ['a suffix range returns the last bytes', 'bytes=-3', 206, 'bytes 7-9/10', '789'],
  'long-suffix': [
    'a suffix range longer than the object returns the whole object',
    'bytes=-99',
    206,
    'bytes 0-9/10',
    body,
  ],
  clamped: ['a range that ends beyond the object is clamped', 'bytes=8-99', 206, 'bytes 8-9/10', '89'],
  beyond: [
    'a range that starts beyond the object returns 416',
    'bytes=10-12',
    416,
    'InvalidRange',
    'The requested range is not satisfiable',
  ],
  'empty-suffix': [
    'a suffix range of zero bytes returns 416',
    'bytes=-0',
    416,
    'InvalidRange',
    'The requested range is not satisfiable',
  ],
  'multiple-ranges': ['multiple ranges are rejected', 'bytes=0-1,3-4', 400, 'InvalidArgument', invalidFormat],
  'other-unit': ['a range unit other than bytes is rejected', 'lines=0-1', 400, 'InvalidArgument', invalidFormat],
  malformed: ['a malformed range is rejected', 'bytes=a-b', 400, 'InvalidArgument', invalidFormat],
  inverted: [
    'a range that ends before it starts is rejected',
    'bytes=5-2',
    400,
    'InvalidArgument',
    'range must be positive.',
  ],
}

const rowCases = Object.fromEntries(
  Object.entries(rows).map(([name, [sentence, range, status, third, fourth]]) => [
    name,
    {
      sentence: `${sentence} (${range})`,
      async run({ raw, path, key }: Context) {
        await raw({ method: 'PUT', path: path(key()), body })
        const response = await raw({ path: path(key()), headers: { range } })
        const head = await raw({ method: 'HEAD', path: path(key()), headers: { range } })
        assert.deepEqual([head.status, head.bytes.length], [status, 0])
        if (status !== 206) return expectError(response, status, third, fourth)
        expectStatus(response, 206)
        assert.deepEqual([response.headers['content-range'], response.text], [third, fourth])
        assert.equal(response.headers['content-length'], String(fourth.length))
        assert.equal(head.headers['content-range'], third)
      },
    },
  ]),
)

export const rangeSuite = defineSuite('ranges', '9', {
  ...rowCases,
  'empty-object': {
    sentence: 'every range of an empty object returns 416',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()) })
      for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
        expectError(await raw({ path: path(key()), headers: { range } }), 416, 'InvalidRange')
      }
    },
  },
  'client-ranges': {
    sentence: 'the client reads a range by offset and length, by offset alone and by suffix',
    async run({ r2, bucket, key }) {
      await r2.objects.put({ bucket, key: key(), body })
      const get = async (range: { offset: number; length?: number } | { suffix: number }) => {
        const got = await r2.objects.get({ bucket, key: key(), range })
        return [got.text(), got.contentRange]
      }
      assert.deepEqual(await get({ offset: 2, length: 4 }), ['2345', { offset: 2, length: 4, total: 10 }])
      assert.deepEqual(await get({ offset: 8 }), ['89', { offset: 8, length: 2, total: 10 }])
      assert.deepEqual(await get({ suffix: 3 }), ['789', { offset: 7, length: 3, total: 10 }])
    },
  },
  conditional: {
    sentence: 'a range with a failed If-Match returns 412',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()), body })
      const headers = { range: 'bytes=0-1', 'if-match': `"${'f'.repeat(32)}"` }
      expectError(await raw({ path: path(key()), headers }), 412, 'PreconditionFailed')
    },
  },
  'large-object': {
    sentence: 'consecutive ranges of a large object add up to the object',
    async run({ r2, bucket, key }) {
      const bytes = Uint8Array.from({ length: 1_500_000 }, (_, index) => (index * 31) >> 3)
      await r2.objects.put({ bucket, key: key(), body: bytes })
      const pieces = []
      for (let offset = 0; offset < bytes.length; offset += 444_444) {
        pieces.push((await r2.objects.get({ bucket, key: key(), range: { offset, length: 444_444 } })).body)
      }
      assert.equal(Buffer.concat(pieces).equals(bytes), true)
    },
  },
})
