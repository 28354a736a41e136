import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRecords, encodeRecord, JournalLog, type JournalRecord } from './journal.js'

const records = fc.array(
  fc.record({ type: fc.string(), number: fc.integer(), text: fc.string({ unit: 'grapheme' }) }),
  { maxLength: 8 },
)

test('what was appended is what is read', () => {
  fc.assert(
    fc.property(records, (list) => {
      expect(decodeRecords(Buffer.concat(list.map(encodeRecord)))).toEqual(list)
    }),
  )
})

test('a crash in the middle of a line costs that line only, also when another run goes on after it', () => {
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

test('a line separator of Unicode inside of a record is no end of a line', () => {
  const record = { type: 'part', text: '\u2028' }
  expect(decodeRecords(encodeRecord(record))).toEqual([record])
})

test('no flipped bit is believed', () => {
  const record: JournalRecord = { type: 'part', partNumber: 7, etag: 'abc' }
  const line = encodeRecord(record)
  for (let bit = 0; bit < line.length * 8; bit++) {
    const flipped = line.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    const read = decodeRecords(flipped)
    // A line break that is damaged still leaves a whole line.
    if (read.length > 0) expect(read).toEqual([record])
  }
})

test('lines are appended in the order of asking, and a failure does not stop those behind it', async () => {
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
