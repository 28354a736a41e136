/** Every check of the oracle finds a violation that is planted in the evidence, and none in good evidence. */
import { isR2Error, R2Error } from 'r2kit'
import { expect, test } from 'vitest'
import type { BreakerEvent } from './breaker-log.js'
import { BreakerLog, problemsOfBreaker } from './breaker-log.js'
import type { CallRecord, IntendedObject, RecordedChange, RecordedExchange } from './call-record.js'
import { type Evidence, problemsOf } from './oracle.js'

const intended: IntendedObject = { bytes: Buffer.from('one'), contentType: 'text/plain', metadata: { owner: 'ann' } }
const etag = 'e1'

const stored = (
  call: number,
  change: { key?: string; text?: string; etag?: string; owner?: string } = {},
): RecordedChange => ({
  bucket: 'chaos',
  key: change.key ?? 'a',
  call,
  object: {
    bytes: Buffer.from(change.text ?? 'one'),
    etag: change.etag ?? etag,
    modifiedMs: 0,
    description: { 'content-type': 'text/plain', 'x-amz-meta-owner': change.owner ?? 'ann' },
  },
})
const deleted = (call: number, key = 'a'): RecordedChange => ({ bucket: 'chaos', key, call, object: undefined })

const callOf = (record: Partial<CallRecord>): CallRecord => ({
  id: 1,
  name: 'the call',
  key: 'a',
  kind: 'write',
  startedMs: 0,
  endedMs: 10,
  changesBefore: 0,
  changesAfter: 9,
  outcome: { value: undefined },
  ...record,
})

/** Replaces the outcome of `callOf`. */
const unended = { outcome: undefined } as unknown as Partial<CallRecord>

const found = (call: Partial<CallRecord>, changes: readonly RecordedChange[], rest: Partial<Evidence> = {}): string[] =>
  problemsOf({
    calls: [callOf(call)],
    changes,
    exchanges: [],
    uploads: new Map(),
    abandonedUploads: new Set(),
    checksums: 'verified',
    // Otherwise each write would need a checksum.
    isReduced: true,
    ...rest,
  })

const failure = (code: 'PreconditionFailed' | 'InvalidResponse') => ({ error: new R2Error(code, 'planted') })
const read = { etag, contentType: 'text/plain', metadata: { owner: 'ann' } }
const listOf = (keys: readonly string[], commonPrefixes: readonly string[] = []) => ({
  value: { prefix: '', delimiter: commonPrefixes.length > 0 ? '/' : undefined, keys, commonPrefixes },
})
const exchange = (operation: string, startedMs: number): RecordedExchange => ({
  call: 1,
  operation,
  bucket: 'chaos',
  key: 'a',
  partNumber: undefined,
  startedMs,
  endedMs: startedMs,
  outcome: 200,
})
const upload = {
  bucket: 'chaos',
  key: 'a',
  createdMs: 0,
  description: {},
  parts: new Map([[1, { bytes: intended.bytes, etag }]]),
}

test('good evidence has no violation', () => {
  expect([isR2Error(failure('PreconditionFailed').error), found({ intended }, [stored(1)])]).toEqual([true, []])
  expect(found({ kind: 'delete', outcome: { value: ['a'] } }, [stored(2), deleted(1)])).toEqual([])
  expect(found({ kind: 'read', outcome: { value: read } }, [stored(2)])).toEqual([])
  expect(found({ kind: 'list', outcome: listOf(['a']) }, [stored(2)])).toEqual([])
  expect(found({ kind: 'list', outcome: listOf([], ['b/']) }, [stored(2, { key: 'b/1' })])).toEqual([])
  expect(found({ kind: 'copy', source: 'b' }, [stored(2, { key: 'b' }), stored(1)])).toEqual([])
  expect(found({ ...unended, isKilled: true }, [stored(1)])).toEqual([])
  expect(found({ cleansUp: true, timeoutMs: 5 }, [stored(1)], { exchanges: [exchange('ListParts', 8)] })).toEqual([])
})

test.each<[what: string, expected: RegExp, problems: () => string[]]>([
  ['a call that never ended', /never ended/, () => found(unended, [])],
  ['an acknowledged write that was not stored', /not stored by this call/, () => found({ intended }, [])],
  ['other bytes', /other bytes/, () => found({ intended }, [stored(1, { text: 'two' })])],
  ['other metadata', /another description/, () => found({ intended }, [stored(1, { owner: 'ben' })])],
  [
    'a conditional write that was stored twice',
    /stored 2 times/,
    () => found({ isConditional: true }, [stored(1), stored(1)]),
  ],
  [
    'a condition that did not hold',
    /its condition names nothing/,
    () => found({ replaces: null }, [stored(2), stored(1)]),
  ],
  [
    'a write that was stored and reported as refused',
    /failed with PreconditionFailed, but was stored/,
    () => found({ outcome: failure('PreconditionFailed') }, [stored(1)]),
  ],
  ['an error that no fault explains', /InvalidResponse/, () => found({ outcome: failure('InvalidResponse') }, [])],
  ['an error that is no R2Error', /no R2Error/, () => found({ outcome: { error: new TypeError('x') } }, [])],
  [
    'a deletion that did not happen',
    /was there all the time/,
    () => found({ kind: 'delete', changesBefore: 1, outcome: { value: ['a'] } }, [stored(2)]),
  ],
  [
    'a late request that brings an object back',
    /after it had ended/,
    () => found({ changesAfter: 1 }, [stored(1), deleted(2), stored(1)]),
  ],
  ['a call that outlived its deadline', /longer than its timeoutMs/, () => found({ timeoutMs: 5 }, [stored(1)])],
  [
    'a request after the deadline',
    /sent UploadPart 3 ms after/,
    () => found({ cleansUp: true, timeoutMs: 5 }, [stored(1)], { exchanges: [exchange('UploadPart', 8)] }),
  ],
  [
    'a read of an object that was never there',
    /never there/,
    () => found({ kind: 'read', outcome: { value: { ...read, etag: 'e2' } } }, [stored(2)]),
  ],
  [
    'a read of other bytes',
    /never there/,
    () => found({ kind: 'read', outcome: { value: { ...read, bytes: Buffer.from('two') } } }, [stored(2)]),
  ],
  [
    'a read of an older version',
    /never there/,
    () => found({ kind: 'read', changesBefore: 2, outcome: { value: read } }, [stored(2), stored(3, { etag: 'e2' })]),
  ],
  [
    'a key that a list lacks',
    /did not list a/,
    () => found({ kind: 'list', changesBefore: 1, outcome: listOf([]) }, [stored(2)]),
  ],
  [
    'a key that a list invents',
    /listed b, which was not there/,
    () => found({ kind: 'list', changesBefore: 1, outcome: listOf(['a', 'b']) }, [stored(2)]),
  ],
  ['a key that is listed twice', /twice/, () => found({ kind: 'list', outcome: listOf(['a', 'a']) }, [stored(2)])],
  [
    'a common prefix that a list lacks',
    /did not list b\//,
    () =>
      found({ kind: 'list', changesBefore: 2, outcome: listOf([], ['c/']) }, [
        stored(2, { key: 'b/1' }),
        stored(2, { key: 'c/1' }),
      ]),
  ],
  ['an update that was not stored', /acknowledged, but not stored/, () => found({ kind: 'update' }, [])],
  ['a copy that was not made', /nothing was copied/, () => found({ kind: 'copy', source: 'b' }, [])],
  [
    'a copy of other bytes',
    /no copy of a version of b/,
    () => found({ kind: 'copy', source: 'b' }, [stored(2, { key: 'b', text: 'two' }), stored(1)]),
  ],
  [
    'a copy without its new description',
    /no copy of a version of b/,
    () =>
      found({ kind: 'copy', source: 'b', intended: { ...intended, contentType: 'text/html' } }, [
        stored(2, { key: 'b' }),
        stored(1),
      ]),
  ],
  [
    'an upload that remained',
    /upload-1 of a remained/,
    () => found({ intended }, [stored(1)], { uploads: new Map([['upload-1', upload]]) }),
  ],
])('the oracle finds %s', (_, expected, problems) => {
  expect(problems().join('\n')).toMatch(expected)
})

const limits = { failures: 2, openMs: 100, successes: 2 }
const sent = (request: number, atMs: number): BreakerEvent => ({ type: 'sent', request, atMs })
const ended = (request: number, atMs: number, health: 'good' | 'bad'): BreakerEvent => ({
  type: 'ended',
  request,
  atMs,
  health,
})
const changed = (state: 'open' | 'half-open' | 'closed', atMs: number): BreakerEvent => ({
  type: 'changed',
  state,
  atMs,
})
const opening = [sent(1, 0), ended(1, 1, 'bad'), sent(2, 2), ended(2, 3, 'bad'), changed('open', 3)]
const trial = [changed('half-open', 103), sent(3, 103)]

const breaker = (...events: readonly BreakerEvent[]): string => {
  const log = new BreakerLog(limits)
  log.events.push(...events)
  return [...problemsOfBreaker(log)].join('\n')
}

test('a circuit breaker that obeys its table has no violation', () => {
  const refused: BreakerEvent = { type: 'refused', retryAfterMs: 53, atMs: 50 }
  const recovery = [
    ...trial,
    ended(3, 104, 'good'),
    sent(4, 105),
    ended(4, 106, 'good'),
    changed('closed', 106),
  ] as const
  expect(breaker(...opening, refused, ...recovery)).toBe('')
  expect(breaker(...opening, ...trial, ended(3, 104, 'bad'), changed('open', 104))).toBe('')
})

test.each<[what: string, expected: RegExp, events: readonly BreakerEvent[]]>([
  [
    'opens after one failure',
    /changed to open at 1, when no change was due/,
    [sent(1, 0), ended(1, 1, 'bad'), changed('open', 1)],
  ],
  ['does not open', /did not report open/, [...opening.slice(0, -1), sent(3, 4)]],
  [
    'counts failures that are not in a row',
    /changed to open at 5/,
    [...opening.slice(0, 2), sent(2, 2), ended(2, 3, 'good'), sent(3, 4), ended(3, 5, 'bad'), changed('open', 5)],
  ],
  ['lets a request through while it is open', /let a request through at 50/, [...opening, sent(3, 50)]],
  ['turns half-open too early', /changed to half-open at 50/, [...opening, changed('half-open', 50)]],
  ['lets too many trials through', /let a trial through/, [...opening, ...trial, sent(4, 103), sent(5, 103)]],
  [
    'closes after one trial',
    /changed to closed/,
    [...opening, ...trial, ended(3, 104, 'good'), changed('closed', 104)],
  ],
  [
    'refuses while it is closed',
    /refused a request at 5, but was closed/,
    [{ type: 'refused', retryAfterMs: 0, atMs: 5 }],
  ],
  [
    'refuses a trial that is needed',
    /refused a trial/,
    [...opening, changed('half-open', 103), { type: 'refused', retryAfterMs: 0, atMs: 103 }],
  ],
  [
    'names a wrong time',
    /named 10 ms until the next trial/,
    [...opening, { type: 'refused', retryAfterMs: 10, atMs: 50 }],
  ],
])('the oracle finds a circuit breaker that %s', (_, expected, events) => {
  expect(breaker(...events)).toMatch(expected)
})

const checksum = { algorithm: 'CRC32', value: 'AAAAAA==', type: 'FULL_OBJECT' } as const
const guarded = (change: RecordedChange): RecordedChange =>
  change.object === undefined ? change : { ...change, object: { ...change.object, checksum } }
const verified = { intended, outcome: { value: { verifiedBy: 'CRC32' } } }

test.each<[string, Partial<CallRecord>, RecordedChange, Partial<Evidence>, string[]]>([
  ['guarded by a checksum', verified, guarded(stored(1)), {}, []],
  ['of a stream that was compared with its ETag', { ...verified, isStream: true }, stored(1), {}, []],
  ['guarded by less, as a client has said', verified, stored(1), { isReduced: true }, []],
  [
    'without a checksum',
    verified,
    stored(1),
    {},
    ['call 1, the call: was stored without a checksum, which no event says'],
  ],
  [
    'that only its ETag has verified',
    { intended, outcome: { value: { verifiedBy: 'etag' } } },
    stored(1),
    { checksums: 'ignored' },
    ['call 1, the call: has no checksum, which no event says'],
  ],
  [
    'that was not verified',
    { intended, outcome: { value: {} } },
    guarded(stored(1)),
    {},
    ['call 1, the call: was not verified, which no event says'],
  ],
])('a write %s', (_, call, change, rest, problems) => {
  expect(found(call, [change], { isReduced: false, ...rest })).toEqual(problems)
})

test('damaged bytes that a server with checksums has stored are a problem, although they were replaced', () => {
  const changes = [guarded(stored(1, { text: 'two' })), guarded(stored(1))]
  const problem = 'call 1, the call: was stored with damaged bytes, which its checksum should have prevented'
  expect(found(verified, changes, { isReduced: false })).toEqual([problem])
  expect(found(verified, changes, { isReduced: false, checksums: 'unchecked' })).toEqual([])
})

test('a read by the stored checksum may return damaged bytes only where the object has none', () => {
  const value = { ...read, bytes: Buffer.from('two') }
  const call = { id: 2, kind: 'read', byChecksum: true, changesBefore: 1, outcome: { value } } as const
  expect(found(call, [stored(1)])).toEqual([])
  expect(found(call, [guarded(stored(1))])).toHaveLength(1)
})
