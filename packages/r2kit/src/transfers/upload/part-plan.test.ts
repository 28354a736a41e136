import fc from 'fast-check'
import { expect, test } from 'vitest'
import { choosePartSize, partRange, r2PartLimits } from './part-plan.js'

const mebibyte = 1024 ** 2

test('parts have 10 MiB where the length is known, 16 MiB where it is not', () => {
  expect(choosePartSize(r2PartLimits, 1)).toBe(10 * mebibyte)
  expect(choosePartSize(r2PartLimits, 100_000 * mebibyte)).toBe(10 * mebibyte)
  expect(choosePartSize(r2PartLimits, undefined)).toBe(16 * mebibyte)
})

test('the part size grows by whole MiB once 10,000 parts would not suffice', () => {
  expect(choosePartSize(r2PartLimits, 100_000 * mebibyte + 1)).toBe(11 * mebibyte)
  expect(choosePartSize(r2PartLimits, r2PartLimits.maxObjectBytes)).toBe(524 * mebibyte)
})

test('any object that R2 takes fits into 10,000 parts, which cover it without gap', () => {
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

test('what R2 would refuse is refused before anything is read', () => {
  expect(() => choosePartSize(r2PartLimits, 10, 5 * mebibyte - 1)).toThrow(/partSizeBytes/)
  expect(() => choosePartSize(r2PartLimits, undefined, 5 * 1024 ** 3 + 1)).toThrow(/partSizeBytes/)
  expect(() => choosePartSize(r2PartLimits, 10, Number.NaN)).toThrow(/partSizeBytes/)
  expect(() => choosePartSize(r2PartLimits, 5 * 1024 ** 4)).toThrow(/stores objects of at most/)
})
