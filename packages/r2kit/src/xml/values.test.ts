import { expect, test } from 'vitest'
import { dateOf } from './values.js'

const read = (text: string): number => dateOf({ name: 'LastModified', text, children: [] }).getTime()

test.each([
  '2026-01-31T12:34:56.789Z',
  '2024-02-29T00:00:00.000Z',
  '0050-01-31T12:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '2026-01-31T24:00:00.000Z',
  '2026-01-31T12:00:00Z',
  '2026-01-31T12:00:00.1Z',
  '2026-01-31T12:00:00.123456Z',
  '2026-01-31T12:00:00.123+02:00',
])('%s is read as Date.parse reads it', (text) => {
  expect(read(text)).toBe(Date.parse(text))
})

test('every day of 800 years is read as Date.parse reads it', () => {
  for (let time = Date.UTC(1600, 0, 1); time < Date.UTC(2400, 0, 1); time += 86_400_000) {
    const text = new Date(time).toISOString()
    if (read(text) !== time) expect.fail(`${text} is read as ${new Date(read(text)).toISOString()}`)
  }
})

test.each([
  '2026-02-29T12:00:00.000Z',
  '2026-13-01T12:00:00.000Z',
  '2026-01-31T25:00:00.000Z',
  '2026-01-31T12:60:00.000Z',
  '2026-01-31T12:00:60.000Z',
  '2026-01-31 12:00:00.000Z',
  '2026-01-31T12:00:00.0a0Z',
  '',
])('%j is not a date', (text) => {
  expect(() => read(text)).toThrow('not a date')
})
