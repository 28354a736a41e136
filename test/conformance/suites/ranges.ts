/** Ranged reads: RFC 9110 section 14 with R2's strictness. */
import { strict as assert } from 'node:assert'
import { type Context, defineSuite, expectError, expectStatus } from '../case.js'

const body = '0123456789'
const badForm = `range must be in format 'bytes=start-end', 'bytes=start-' or 'bytes=-suffix'.'`

type Row =
  | readonly [range: string, status: 206, contentRange: string, text: string]
  | readonly [range: string, status: 400 | 416, code: string, message: string]

const rows: Readonly<Record<string, readonly [sentence: string, ...row: Row]>> = {
  middle: ['a range is its bytes, both ends included', 'bytes=2-5', 206, 'bytes 2-5/10', '2345'],
  'one-byte': ['a range of one byte is one byte', 'bytes=9-9', 206, 'bytes 9-9/10', '9'],
  'to-the-end': ['an open range goes to the end', 'bytes=7-', 206, 'bytes 7-9/10', '789'],
  all: ['a range of everything is still 206', 'bytes=0-', 206, 'bytes 0-9/10', body],
  suffix: ['a suffix is the last bytes', 'bytes=-3', 206, 'bytes 7-9/10', '789'],
  'long-suffix': ['a suffix longer than the object is all of it', 'bytes=-99', 206, 'bytes 0-9/10', body],
  clamped: ['an end beyond the object is clamped', 'bytes=8-99', 206, 'bytes 8-9/10', '89'],
  beyond: [
    'a start beyond the end is 416',
    'bytes=10-12',
    416,
    'InvalidRange',
    'The requested range is not satisfiable',
  ],
  'suffix-of-nothing': [
    'a suffix of no bytes is 416',
    'bytes=-0',
    416,
    'InvalidRange',
    'The requested range is not satisfiable',
  ],
  several: ['several ranges are refused', 'bytes=0-1,3-4', 400, 'InvalidArgument', badForm],
  'other-unit': ['another unit is refused', 'lines=0-1', 400, 'InvalidArgument', badForm],
  junk: ['what is no range is refused', 'bytes=a-b', 400, 'InvalidArgument', badForm],
  inverted: [
    'a range that ends before it starts is refused',
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
    sentence: 'no range of an empty object can be satisfied',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()) })
      for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
        expectError(await raw({ path: path(key()), headers: { range } }), 416, 'InvalidRange')
      }
    },
  },
  'by-client': {
    sentence: 'the client asks for offset and length, for an open range and for a suffix',
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
    sentence: 'a range with an If-Match that does not hold is 412',
    async run({ raw, path, key }) {
      await raw({ method: 'PUT', path: path(key()), body })
      const headers = { range: 'bytes=0-1', 'if-match': `"${'f'.repeat(32)}"` }
      expectError(await raw({ path: path(key()), headers }), 412, 'PreconditionFailed')
    },
  },
  'large-object': {
    sentence: 'ranges of a large object meet without a gap',
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
