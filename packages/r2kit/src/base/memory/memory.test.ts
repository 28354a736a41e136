import { afterEach, expect, test, vi } from 'vitest'
import { gaveAway } from './node.js'
import { gaveAway as gaveAwayElsewhere } from './none.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const mebibyte = 1024 * 1024

test('after each 8 MiB that were given away, memory that is never touched makes V8 collect', () => {
  const construct = vi.spyOn(Reflect, 'construct')
  for (let given = 0; given < 24 * mebibyte; given += 64 * 1024) gaveAway(64 * 1024)
  const made = construct.mock.results.map(({ value }) => value)
  expect(made).toHaveLength(3)
  // What makes Node 20 collect: twice the largest new space, of 16 MiB, together with what was given away.
  for (const ballast of made) {
    expect(ballast).toBeInstanceOf(ArrayBuffer)
    expect(ballast.byteLength + 8 * mebibyte).toBeGreaterThan(32 * mebibyte)
    expect(ballast.resizable).toBe(true)
  }
})

test('where there is no address space left, nothing fails', () => {
  vi.spyOn(Reflect, 'construct').mockImplementation(() => {
    throw new RangeError('Array buffer allocation failed')
  })
  expect(() => gaveAway(8 * mebibyte)).not.toThrow()
})

test('elsewhere nothing is done', () => {
  const construct = vi.spyOn(Reflect, 'construct')
  gaveAwayElsewhere(100 * mebibyte)
  expect(construct).not.toHaveBeenCalled()
})
