import fc from 'fast-check'
import { expect, test } from 'vitest'
import { partSegmentBytes, planRanges } from './plan.js'

const mebibyte = 1024 * 1024
const lengths = (ranges: Iterable<{ readonly length: number }>) => [...ranges].map(({ length }) => length)

test('ranges have one size until less than one per connection is left', () => {
  const plan = lengths(planRanges([{ offset: 0, length: 1024 * mebibyte }], 10 * mebibyte, () => mebibyte, 32))
  expect(plan.slice(0, 70).every((length) => length === 10 * mebibyte)).toBe(true)
  expect(plan.slice(-32).every((length) => length === mebibyte / 2)).toBe(true)
})

test('ranges that are small by option are not cut further', () => {
  expect(lengths(planRanges([{ offset: 0, length: 1000 }], 300, undefined, 32))).toEqual([300, 300, 300, 100])
})

test('ranges cover the missing bytes in order and once, and end inside a segment only if they began in it', () => {
  const step = mebibyte / 4
  const stretch = fc.record({ gap: fc.integer({ min: 0, max: 50 }), length: fc.integer({ min: 1, max: 400 }) })
  const sizes = fc.integer({ min: 1, max: 80 })
  fc.assert(
    fc.property(fc.array(stretch, { maxLength: 5 }), sizes, fc.option(sizes, { nil: undefined }), sizes, (...drawn) => {
      const [stretches, rangeSize, partSize, sharers] = drawn
      let at = 0
      const missing = stretches.map(({ gap, length }) => {
        const offset = at + gap * step
        at = offset + length * step
        return { offset, length: length * step }
      })
      const part = partSize === undefined ? undefined : partSize * step
      const ranges = [...planRanges(missing, rangeSize * step, () => part, sharers)]
      const wanted = missing.flatMap(({ offset, length }) => [offset, offset + length])
      const ends = ranges.flatMap(({ offset, length }) => [offset, offset + length])
      const joined = ends.filter((end, index) => end !== ends[index % 2 === 0 ? index - 1 : index + 1])
      expect(joined).toEqual(wanted.filter((end, index) => end !== wanted[index % 2 === 0 ? index - 1 : index + 1]))
      if (part === undefined) return
      for (const { offset, length } of ranges) {
        const end = offset + length
        const isBoundary = end % part === 0 || wanted.includes(end)
        expect(isBoundary || Math.floor(offset / part) === Math.floor((end - 1) / part)).toBe(true)
      }
    }),
  )
})

test.each([
  ['10 MiB', 10 * mebibyte, mebibyte],
  ['6 MB', 6_000_000, 1_000_000],
  ['100 bytes', 100, 100],
  ['a prime number of bytes', 5_242_883, 5_242_883],
])('a part of %s is verified in equal segments of about 1 MiB, or as a whole', (_, partBytes, segmentBytes) => {
  expect(partSegmentBytes(partBytes)).toBe(segmentBytes)
})
