import { describe, expect, test } from 'vitest'
import { bucket, object, startServer, testMistakes, untyped } from '../../support/inputs/mistake-suite.js'

const server = await startServer()
const { r2 } = server

describe('reads', () => {
  const get = (more: object) => () => r2.objects.get(untyped({ ...object, ...more }))
  const either = /Pass \{ offset/

  testMistakes(server, [
    [
      'a range in the form of a header',
      get({ range: 'bytes=0-1' }),
      'range',
      /must be an object, but it is "bytes=0-1"/,
      either,
    ],
    ['a range as an array', get({ range: [0, 1] }), 'range', /but it is an array/, /offset/],
    [
      'a range of start and end',
      get({ range: { start: 0, end: 1 } }),
      'range.start',
      /not a field of a range/,
      /offset, length, suffix/,
    ],
    [
      'a range of offset and end',
      get({ range: { offset: 0, end: 1 } }),
      'range.end',
      /not a field/,
      /offset, length, suffix/,
    ],
    [
      'a range offset as text',
      get({ range: { offset: '0' } }),
      'range.offset',
      /the string "0"/,
      'Pass the number 0, without quotes.',
    ],
    ['an empty range', get({ range: {} }), 'range', /either an offset or a suffix/, either],
    [
      'a range with an offset and a suffix',
      get({ range: { offset: 0, suffix: 1 } }),
      'range',
      /either an offset or a suffix/,
      either,
    ],
    ['a range with only a length', get({ range: { length: 2 } }), 'range', /either an offset or a suffix/, either],
    ['a range of zero bytes', get({ range: { offset: 0, length: 0 } }), 'range.length', /from 1/, /from 1/],
    ['a Map as a range', get({ range: new Map([['offset', 0]]) }), 'range', /but it is a Map/, /offset/],
    ['an offset outside the range', get({ offset: 5 }), 'offset', /did you mean range: \{ offset \}/, /range/],
    ['a part number as text', get({ partNumber: '1' }), 'partNumber', /the string "1"/, /Pass the number 1/],
    [
      'the part number 0 as text',
      get({ partNumber: '0' }),
      'partNumber',
      /1 to 10000/,
      'Pass a whole number from 1 to 10000.',
    ],
    [
      'an invalid Date',
      get({ ifModifiedSince: new Date(Number.NaN) }),
      'ifModifiedSince',
      /an invalid Date/,
      /new Date/,
    ],
    ['a date as text', get({ ifModifiedSince: '2026-01-01' }), 'ifModifiedSince', /"2026-01-01"/, /new Date\(text\)/],
    [
      'microseconds as a date',
      get({ ifModifiedSince: new Date(1.7e15) }),
      'ifModifiedSince',
      /years 0 to 9999/,
      /milliseconds/,
    ],
    ['an empty list of ETags', get({ ifMatch: [] }), 'ifMatch', /at least one/, /omit the field/],
    ['an empty ETag', get({ ifMatch: [''] }), 'ifMatch[0]', /must be an ETag or \*/, /unchanged/],
    [
      'bucket and key as two parameters',
      () => r2.objects.get(untyped(bucket), untyped('k')),
      'input',
      /but it is a string/,
      /bucket, key/,
    ],
    ['bytes as ssec', get({ ssec: new Uint8Array(32) }), 'ssec', /but it is a Uint8Array/, /with key/],
    [
      'an ssec key of 31 bytes',
      get({ ssec: { key: new Uint8Array(31) } }),
      'ssec.key',
      /32 bytes, but it has 31/,
      /not its base64/,
    ],
    [
      'an ssec key as text',
      get({ ssec: { key: 'c2VjcmV0' } }),
      'ssec.key',
      /a Uint8Array, but it is a string/,
      /Buffer/,
    ],
    [
      'SSECustomerKey in the shape of AWS',
      get({ SSECustomerKey: 'x' }),
      'SSECustomerKey',
      /not a field of GetObject/,
      /Pass ssec: \{ key \}/,
    ],
  ])

  test('json() of invalid JSON throws InvalidJson with the bucket and the key', async () => {
    await r2.objects.put({ bucket, key: 'not.json', body: 'hello' })
    const read = await r2.objects.get({ bucket, key: 'not.json' })
    expect(() => read.json()).toThrow(expect.objectContaining({ code: 'InvalidJson', bucket, key: 'not.json' }))
  })
})

describe('call options', () => {
  const call = (options: unknown) => () => r2.objects.head(object, untyped(options))

  testMistakes(server, [
    [
      'an AbortController as signal',
      call({ signal: new AbortController() }),
      'signal',
      /AbortController/,
      /not the controller/,
    ],
    ['an AbortController as options', call(new AbortController()), 'options', /AbortController/, /signal/],
    [
      'an AbortSignal as options',
      call(new AbortController().signal),
      'options',
      /AbortSignal/,
      'Pass it as { signal }.',
    ],
    [
      'a Promise of options',
      call(Promise.resolve({ timeoutMs: 1 })),
      'options',
      /a Promise/,
      'Await the promise first.',
    ],
    ['timeout instead of timeoutMs', call({ timeout: 5 }), 'timeout', /did you mean timeoutMs/, 'Use timeoutMs.'],
    ['retries instead of maxAttempts', call({ retries: 5 }), 'retries', /did you mean maxAttempts/, 'Use maxAttempts.'],
    [
      'abortSignal instead of signal',
      call({ abortSignal: AbortSignal.timeout(1) }),
      'abortSignal',
      /did you mean signal/,
      'Use signal.',
    ],
    ['timeoutMs as text', call({ timeoutMs: '5' }), 'timeoutMs', /the string "5"/, /Pass the number 5/],
    ['null as options', call(null), 'options', /but it is null/, /signal, timeoutMs/],
  ])
})
