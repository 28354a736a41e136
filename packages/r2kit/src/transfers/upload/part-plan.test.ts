import fc from 'fast-check'
import { expect, test } from 'vitest'
import { choosePartSize, partRange, r2PartLimits } from './part-plan.js'

const mebibyte = 1024 ** 2

test('the default part size is 10 MiB for a known length, and 16 MiB for an unknown one', () => {
  expect(choosePartSize(r2PartLimits, 1)).toBe(10 * mebibyte)
  expect(choosePartSize(r2PartLimits, 100_000 * mebibyte)).toBe(10 * mebibyte)
  expect(choosePartSize(r2PartLimits, undefined)).toBe(16 * mebibyte)
})

test('the part size grows by whole MiB when 10,000 parts would not hold the object', () => {
  expect(choosePartSize(r2PartLimits, 100_000 * mebibyte + 1)).toBe(11 * mebibyte)
  expect(choosePartSize(r2PartLimits, r2PartLimits.maxObjectBytes)).toBe(524 * mebibyte)
})

test('any object that R2 stores fits 10,000 parts, which cover it without gaps', () => {
  const { maxObjectBytes, maxPartBytes, minPartBytes } = r2PartLimits
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: maxObjectBytes }),
      fc.integer({ min: minPartBytes, max: maxPartBytes }),
      (size, wanted) => {
        const partSize = choosePartSize(r2PartLimits, size, wanted)
        const count = Math.ceil(size / partSize)
        expect(count).toBeLessThanOrEqual(10_000)
        expect(partSize).toBeLessThanOrEqual(maxPartBytes)
        const last = partRange(count, partSize, size)
        expect(last.offset + last.length).toBe(size)
        expect(last.length).toBeGreaterThan(0)
        expect(partRange(1, partSize, size).offset).toBe(0)
      },
    ),
  )
})

test('part sizes and object lengths that R2 would refuse are rejected before anything is read', () => {
  expect(() => choosePartSize(r2PartLimits, 10, 5 * mebibyte - 1)).toThrow(/partSizeBytes/)
  expect(() => choosePartSize(r2PartLimits, undefined, 5 * 1024 ** 3 - 5 * mebibyte + 1)).toThrow(/partSizeBytes/)
  expect(() => choosePartSize(r2PartLimits, 10, Number.NaN)).toThrow(/partSizeBytes/)
  expect(() => choosePartSize(r2PartLimits, 5 * 1024 ** 4)).toThrow(/stores objects of at most/)
})
