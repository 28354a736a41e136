import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RequestTarget } from '../request-target.js'
import { FaultPlan } from './fault-plan.js'
import type { FaultRule } from './fault-rule.js'

const put = (key: string): RequestTarget => ({ operation: 'PutObject', bucket: 'photos', key })
const kinds = (plan: FaultPlan, targets: readonly RequestTarget[]) =>
  targets.map((target) => plan.decide(target).fault?.kind)

describe('a fault plan', () => {
  test('injects nothing without rules', () => {
    expect(new FaultPlan([], 1).decide(put('a'))).toEqual({ latencyMs: 0, fault: undefined, fraction: 0 })
  })

  test.each<[rule: Partial<FaultRule>, matches: RequestTarget, misses: RequestTarget]>([
    [{ operation: 'PutObject' }, put('a'), { operation: 'GetObject', bucket: 'photos', key: 'a' }],
    [{ bucket: 'photos' }, put('a'), { operation: 'PutObject', bucket: 'films', key: 'a' }],
    [{ key: 'a/b' }, put('a/b'), put('a/b/c')],
    [{ key: 'a/*.jpg' }, put('a/b/c.jpg'), put('a/b.png')],
    [{ key: '*b*d' }, put('abcd'), put('acbc')],
    [{ key: 'ab*bc' }, put('abbc'), put('abc')],
    [{ key: '*' }, put(''), { operation: 'ListBuckets' }],
    [
      { partNumber: 3 },
      { operation: 'UploadPart', key: 'a', partNumber: 3 },
      { operation: 'UploadPart', key: 'a', partNumber: 4 },
    ],
  ])('selects requests by %j', (rule, matches, misses) => {
    const plan = new FaultPlan([{ ...rule, kind: 'timeout' }], 1)
    expect(kinds(plan, [matches, misses])).toEqual(['timeout', undefined])
  })

  test('counts attempts for each target, and nth over all selected requests', () => {
    const first = new FaultPlan([{ kind: 'timeout', attempt: 1 }], 1)
    expect(kinds(first, [put('a'), put('a'), put('b'), put('b')])).toEqual(['timeout', undefined, 'timeout', undefined])
    const third = new FaultPlan([{ kind: 'timeout', nth: 3 }], 1)
    expect(kinds(third, [put('a'), put('b'), put('c'), put('d')])).toEqual([undefined, undefined, 'timeout', undefined])
  })

  test('injects a rule at most as often as it says, and then the next rule that applies', () => {
    const plan = new FaultPlan([{ kind: 'timeout', times: 1 }, { kind: 'slow-down' }], 1)
    expect(kinds(plan, [put('a'), put('b'), put('c')])).toEqual(['timeout', 'slow-down', 'slow-down'])
    expect(plan.injected).toEqual([1, 2])
  })

  test('adds the latencies of all rules that apply, also to a request that fails', () => {
    const plan = new FaultPlan(
      [
        { kind: 'latency', latencyMs: 10 },
        { kind: 'slow-down' },
        { kind: 'latency', latencyMs: { minMs: 5, maxMs: 5 } },
      ],
      1,
    )
    expect(plan.decide(put('a'))).toMatchObject({ latencyMs: 15, fault: { kind: 'slow-down' } })
  })

  test('draws a uniform latency between its bounds', () => {
    const plan = new FaultPlan([{ kind: 'latency', latencyMs: { minMs: 10, maxMs: 30 } }], 7)
    const drawn = Array.from({ length: 20_000 }, (_, index) => plan.decide(put(`${index}`)).latencyMs)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10)
    expect(Math.max(...drawn)).toBeLessThan(30)
    const inQuarter = drawn.filter((latencyMs) => latencyMs < 15).length / drawn.length
    expect(Math.abs(inQuarter - 0.25)).toBeLessThan(0.02)
    expect(drawn.reduce((sum, latencyMs) => sum + latencyMs, 0) / drawn.length).toBeCloseTo(20, 0)
  })

  test('counts the ranges of one key as its attempts, but draws for each range', () => {
    const range = (detail: string): RequestTarget => ({ operation: 'GetObject', bucket: 'photos', key: 'a', detail })
    const ranges = Array.from({ length: 200 }, (_, index) => range(`bytes=${index}-`))
    const first = new FaultPlan([{ kind: 'timeout', attempt: 1 }], 1)
    expect(kinds(first, ranges).filter((kind) => kind !== undefined)).toHaveLength(1)
    const half = (targets: readonly RequestTarget[]) => {
      const plan = new FaultPlan([{ kind: 'timeout', rate: 0.5 }], 1)
      return new Map(targets.map((target) => [target.detail, plan.decide(target).fault?.kind]))
    }
    const forwards = half(ranges)
    expect(half([...ranges].reverse())).toEqual(new Map([...forwards].reverse()))
    expect(new Set(forwards.values())).toEqual(new Set(['timeout', undefined]))
  })

  test('draws a long-tailed latency with the median and the 99th percentile that were asked for', () => {
    const plan = new FaultPlan([{ kind: 'latency', latencyMs: { medianMs: 50, p99Ms: 2_000 } }], 7)
    const drawn = Array.from({ length: 20_000 }, (_, index) => plan.decide(put(`${index}`)).latencyMs).sort(
      (a, b) => a - b,
    )
    expect(drawn[10_000]).toBeGreaterThan(47)
    expect(drawn[10_000]).toBeLessThan(53)
    expect(drawn[19_800]).toBeGreaterThan(1_700)
    expect(drawn[19_800]).toBeLessThan(2_350)
  })

  test('hits the share of requests that the rate says', () => {
    const plan = new FaultPlan([{ kind: 'timeout', rate: 0.3 }], 3)
    const targets = Array.from({ length: 20_000 }, (_, index) => put(`${index}`))
    const hit = kinds(plan, targets).filter((kind) => kind !== undefined).length
    expect(hit / targets.length).toBeCloseTo(0.3, 1)
    expect(Math.abs(hit / targets.length - 0.3)).toBeLessThan(0.01)
  })

  test('makes the same decisions in whatever order the requests of different targets arrive', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 }),
        fc.func(fc.integer()),
        (seed, keys, order) => {
          const rules: FaultRule[] = [
            { kind: 'timeout', rate: 0.4 },
            { kind: 'latency', latencyMs: { minMs: 0, maxMs: 9 } },
          ]
          const decisions = (sequence: readonly string[]) => {
            const plan = new FaultPlan(rules, seed)
            const decided = sequence.map((key) => [key, plan.decide(put(key))] as const)
            return keys.map((key) => decided.filter(([one]) => one === key))
          }
          const shuffled = keys.map((key, index) => [key, order(index)] as const).sort((a, b) => a[1] - b[1])
          expect(decisions(shuffled.map(([key]) => key))).toEqual(decisions(keys))
        },
      ),
    )
  })
})
