import { expect, test } from 'vitest'
import { formatBytes, formatDuration, formatRate } from './format.js'

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [1536, '1.50 KiB'],
  [10 * 1024, '10.0 KiB'],
  [200 * 1024 ** 2, '200 MiB'],
  [1023.9 * 1024, '1.00 MiB'],
  [5 * 1024 ** 4, '5.00 TiB'],
  [5000 * 1024 ** 4, '5000 TiB'],
])('%d bytes are formatted as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [0, '0.0 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [10_920_000, '3 h 2 min'],
])('%d milliseconds are formatted as %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text)
})

test('a duration of zero has no rate', () => {
  expect(formatRate(100, 0)).toBe('–')
  expect(formatRate(1024, 500)).toBe('2.00 KiB/s')
})
