import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRecords, encodeRecord, JournalLog, type JournalRecord } from './journal.js'

const records = fc.array(
  fc.record({ type: fc.string(), number: fc.integer(), text: fc.string({ unit: 'grapheme' }) }),
  { maxLength: 8 },
)

test('a journal returns the records that were appended', () => {
  fc.assert(
    fc.property(records, (list) => {
      expect(decodeRecords(Buffer.concat(list.map(encodeRecord)))).toEqual(list)
    }),
  )
})

test('a crash in the middle of a line loses only that line, even if a later run appends more', () => {
  fc.assert(
    fc.property(records, records, fc.nat(200), (before, after, cut) => {
      const torn = encodeRecord({ type: 'torn', text: 'x'.repeat(200) })
      const bytes = Buffer.concat([
        ...before.map(encodeRecord),
        torn.subarray(0, Math.min(cut, torn.length - 1)),
        ...after.map(encodeRecord),
      ])
      expect(decodeRecords(bytes)).toEqual([...before, ...after])
    }),
  )
})

test('a Unicode line separator in a record does not end its line', () => {
  const record = { type: 'part', text: '\u2028' }
  expect(decodeRecords(encodeRecord(record))).toEqual([record])
})

test('a record with a flipped bit is ignored', () => {
  const record: JournalRecord = { type: 'part', partNumber: 7, etag: 'abc' }
  const line = encodeRecord(record)
  for (let bit = 0; bit < line.length * 8; bit++) {
    const flipped = line.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const read = decodeRecords(flipped)
    // A damaged line break still leaves an intact line.
    if (read.length > 0) expect(read).toEqual([record])
  }
})

test('lines are appended in the order of the calls, and a failed one does not stop the next', async () => {
  const written: string[] = []
  let calls = 0
  const log = new JournalLog(
    {
      read: async () => undefined,
      append: async (_id, line) => {
        if (++calls === 1) throw new Error('disk full')
        await new Promise((resolve) => setImmediate(resolve))
        written.push(new TextDecoder().decode(line))
      },
      remove: async () => undefined,
    },
    'id',
  )
  const failing = log.append({ type: 'a' })
  const appended = [log.append({ type: 'b' }), log.append({ type: 'c' })]
  await expect(failing).rejects.toThrow('disk full')
  await Promise.all(appended)
  expect(written.map((line) => line.slice(line.indexOf('{')))).toEqual(['{"type":"b"}', '{"type":"c"}'])
})
