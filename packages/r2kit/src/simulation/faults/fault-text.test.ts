import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fault, FaultRule, FaultSelection } from './fault-rule.js'
import { parseFaultRule, printFaultRule } from './fault-text.js'

const texts = fc.string({ unit: 'binary', maxLength: 20 })
const positive = fc.double({ min: 0.001, max: 1e9, noNaN: true })
const milliseconds = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e9, noNaN: true })).map((value) => value + 0)
const ascending = ([a, b]: [number, number]): [number, number] => [Math.min(a, b), Math.max(a, b)]

const selection: fc.Arbitrary<FaultSelection> = fc.record(
  {
    operation: fc.constantFrom('PutObject', 'GetObject', 'UploadPart', 'ListObjectsV2', 'Unknown'),
    bucket: texts,
    key: texts,
    partNumber: fc.integer({ min: 1, max: 10_000 }),
    attempt: fc.integer({ min: 1 }),
    nth: fc.integer({ min: 1 }),
    rate: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
    times: fc.nat(),
  },
  { requiredKeys: [] },
)
const retryAfter = fc.oneof(fc.nat(), positive, texts, fc.nat().map(String))
const withRetryAfter = <const Kind extends string>(kind: Kind) =>
  fc.record({ kind: fc.constant(kind), retryAfter }, { requiredKeys: ['kind'] })

const faults: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constant('latency' as const),
    latencyMs: fc.oneof(
      milliseconds,
      fc
        .tuple(milliseconds, milliseconds)
        .map(ascending)
        .map(([minMs, maxMs]) => ({ minMs, maxMs })),
      fc
        .tuple(positive, positive)
        .map(ascending)
        .map(([medianMs, p99Ms]) => ({ medianMs, p99Ms })),
    ),
  }),
  fc.record({
    kind: fc.constantFrom(
      'timeout' as const,
      'connection-refused' as const,
      'reset-before-request' as const,
      'reset-during-request' as const,
      'reset-after-commit' as const,
      'reset-during-response' as const,
      'corrupted-response' as const,
      'corrupted-request' as const,
    ),
  }),
  fc.record(
    { kind: fc.constant('truncated-response' as const), contentLength: fc.constantFrom('right', 'wrong') },
    { requiredKeys: ['kind'] },
  ),
  fc.record(
    { kind: fc.constant('status' as const), status: fc.integer({ min: 200, max: 599 }), code: texts, retryAfter },
    { requiredKeys: ['kind', 'status'] },
  ),
  withRetryAfter('slow-down'),
  withRetryAfter('too-many-requests'),
  fc.record({ kind: fc.constant('error-in-200' as const), code: texts }, { requiredKeys: ['kind'] }),
  fc.record({ kind: fc.constant('slow-drip' as const), bytesPerSecond: positive }),
  fc.record({ kind: fc.constant('clock-skew' as const), skewMs: fc.integer() }),
) as fc.Arbitrary<Fault>

const rules: fc.Arbitrary<FaultRule> = fc.tuple(selection, faults).map(([fields, fault]) => ({ ...fields, ...fault }))

describe('fault rules as text', () => {
  test.each<[string, FaultRule]>([
    [
      'kind=status,status=503,operation=PutObject,key=films/*,rate=0.3',
      { kind: 'status', status: 503, operation: 'PutObject', key: 'films/*', rate: 0.3 },
    ],
    ['kind=latency,latencyMs=100', { kind: 'latency', latencyMs: 100 }],
    ['kind=latency,minMs=10,maxMs=200', { kind: 'latency', latencyMs: { minMs: 10, maxMs: 200 } }],
    ['kind=latency, medianMs=50, p99Ms=2e3', { kind: 'latency', latencyMs: { medianMs: 50, p99Ms: 2000 } }],
    ['kind=timeout,key=a%2Cb%25c=d%20', { kind: 'timeout', key: 'a,b%c=d ' }],
    [
      'kind=slow-down,retryAfter=Wed%2C 21 Oct 2026 07:28:00 GMT',
      { kind: 'slow-down', retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' },
    ],
    ['kind=timeout,key=42', { kind: 'timeout', key: '42' }],
    [' kind = status , status = 503 , rate = .5 ', { kind: 'status', status: 503, rate: 0.5 }],
    ['kind=\ttimeout\n', { kind: 'timeout' }],
    ['kind=timeout, key = films/* ', { kind: 'timeout', key: 'films/*' }],
    ['kind=timeout,key=%20a b%20', { kind: 'timeout', key: ' a b ' }],
    ['kind=clock-skew,skewMs=-1.2e6', { kind: 'clock-skew', skewMs: -1_200_000 }],
    ['kind=timeout,key=', { kind: 'timeout', key: '' }],
  ])('parse: %s', (text, rule) => {
    expect(parseFaultRule(text)).toEqual(rule)
  })

  test('parsing a printed rule returns the same rule', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        expect(parseFaultRule(printFaultRule(rule))).toEqual(rule)
      }),
      { numRuns: 1000 },
    )
  })

  test.each<[text: string, field: string, message: string, hint: string]>([
    ['kind=slow-donw', 'kind', 'kind is "slow-donw", which is not a kind of fault', 'Did you mean slow-down?'],
    ['status=503', 'kind', 'kind is missing', 'Use one of latency, timeout'],
    ['', '""', 'must be name=value', 'Separate fields by commas'],
    ['kind=timeout,', '""', 'must be name=value', 'Separate fields by commas'],
    ['kind=SLOW-DOWN', 'kind', 'is not a kind of fault', 'Did you mean slow-down?'],
    ['kind=slow_down', 'kind', 'is not a kind of fault', 'Did you mean slow-down?'],
    ['kind=timeout,Rate=1', 'Rate', "is not a field of a 'timeout' fault", 'Did you mean rate?'],
    ['kind=timeout,rate=50%', 'rate', 'must be a number', 'For example'],
    ['kind=timeout,nth=0', 'nth', 'must be a whole number from 1', 'Pass a whole number'],
    ['kind=timeout,attempt=1.5', 'attempt', 'must be a whole number from 1', 'Pass a whole number'],
    ['kind=timeout,rate', '"rate"', 'must be name=value', 'Separate fields by commas'],
    ['kind=status,statsu=503', 'statsu', "is not a field of a 'status' fault", 'Did you mean status?'],
    ['kind=timeout,__proto__=1', '__proto__', "is not a field of a 'timeout' fault", 'Use kind, operation'],
    ['kind=status,status=50x', 'status', 'must be a number, but it is "50x"', 'For example: status=1.'],
    ['kind=status,status=99', 'status', 'must be a whole number from 200 to 599, but it is 99', 'Pass a whole number'],
    ['kind=status', 'status', 'status is a required field', ''],
    ['kind=timeout,rate=1.5', 'rate', 'must be a number from 0 to 1, but it is 1.5', 'Pass a number'],
    ['kind=timeout,rate=1,rate=0', 'rate', 'is given twice', 'Keep one'],
    ['kind=timeout,operation=PutObjet', 'operation', 'is not an operation of S3', 'Did you mean PutObject?'],
    ['kind=timeout,key=100%', 'key', 'has a % that does not start', 'Write %25 for %.'],
    ['kind=latency,minMs=5', 'maxMs', 'maxMs is a required field', ''],
    ['kind=latency,minMs=6,maxMs=5', 'minMs', 'minMs is 6, which is more than maxMs, 5', 'Exchange the two.'],
    ['kind=latency,medianMs=9,p99Ms=5', 'medianMs', 'medianMs is 9, which is more than p99Ms, 5', 'Exchange the two.'],
    ['kind=latency,latencyMs=1,minMs=5,maxMs=6', 'latencyMs', 'excludes minMs', 'Keep one form.'],
  ])('reject %j with the field, the rule and what to write', (text, field, message, hint) => {
    let error: unknown
    try {
      parseFaultRule(text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'InvalidConfig', field, hint: expect.stringContaining(hint) })
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).toContain('fault rule')
  })

  test('any text is a rule or an InvalidConfig error', () => {
    const isRuleOrRefused = (text: string): boolean => {
      try {
        return parseFaultRule(text).kind !== undefined
      } catch (error) {
        return (error as { code?: string }).code === 'InvalidConfig'
      }
    }
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          texts.map((text) => `kind=status,${text}`),
        ),
        isRuleOrRefused,
      ),
    )
  })
})
