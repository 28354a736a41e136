/** Decides which requests meet which fault. The same seed and rules give the same decisions, whatever the concurrency. */

import type { RequestTarget } from '../request-target.js'
import { seededFraction } from '../seeded-random.js'
import type { Fault, FaultRule, Latency } from './fault-rule.js'

/** The fate of one request. */
export interface FaultDecision {
  /** Sum of all latencies that apply. */
  readonly latencyMs: number
  /** The first other fault that applies. */
  readonly fault: Exclude<Fault, { kind: 'latency' }> | undefined
  /** A number from 0 to 1 for choices inside the fault, such as the place of a flipped bit. */
  readonly fraction: number
}

const untouched: FaultDecision = { latencyMs: 0, fault: undefined, fraction: 0 }

/** A rule and its counters. */
interface ActiveRule {
  readonly rule: FaultRule
  readonly matchesKey: (key: string) => boolean
  /** How many requests its selection has matched. */
  matched: number
  /** How many faults it has injected. */
  injected: number
}

export class FaultPlan {
  readonly #seed: number
  readonly #rules: readonly ActiveRule[]
  /** Target → number of requests for it. */
  readonly #requests = new Map<string, number>()
  /** Target and detail → number of requests. */
  readonly #draws = new Map<string, number>()

  constructor(rules: readonly FaultRule[], seed: number) {
    this.#seed = seed
    this.#rules = rules.map((rule) => ({ rule, matchesKey: keyMatcher(rule.key), matched: 0, injected: 0 }))
  }

  /** How many faults each rule has injected, in the order of the rules. */
  get injected(): readonly number[] {
    return this.#rules.map(({ injected }) => injected)
  }

  /** Counts the request and decides its fate. */
  decide(target: RequestTarget): FaultDecision {
    if (this.#rules.length === 0) return untouched
    const label = [target.operation, target.bucket, target.key, target.partNumber].join('\n')
    const attempt = counted(this.#requests, label)
    // Ranges of one object, and lists, may arrive in any order: each has draws of its own.
    const detailed = target.detail === undefined ? label : `${label}\n${target.detail}`
    const draw = `${detailed}\n${counted(this.#draws, detailed)}`
    let latencyMs = 0
    let fault: FaultDecision['fault']
    let fraction = 0
    for (const [index, active] of this.#rules.entries()) {
      if (!this.#applies(active, index, target, attempt, draw)) continue
      const { rule } = active
      const drawn = seededFraction(this.#seed, `${index}\nvalue\n${draw}`)
      if (rule.kind === 'latency') {
        latencyMs += drawLatency(rule.latencyMs, drawn)
      } else if (fault === undefined) {
        fault = rule
        fraction = drawn
      } else {
        // An earlier rule decides; this one keeps its fault for another request.
        continue
      }
      active.injected++
    }
    return latencyMs === 0 && fault === undefined ? untouched : { latencyMs, fault, fraction }
  }

  #applies(active: ActiveRule, index: number, target: RequestTarget, attempt: number, draw: string): boolean {
    const { rule, matchesKey } = active
    if (rule.operation !== undefined && rule.operation !== target.operation) return false
    if (rule.bucket !== undefined && rule.bucket !== target.bucket) return false
    if (rule.key !== undefined && (target.key === undefined || !matchesKey(target.key))) return false
    if (rule.partNumber !== undefined && rule.partNumber !== target.partNumber) return false
    if (rule.attempt !== undefined && rule.attempt !== attempt) return false
    active.matched++
    if (rule.nth !== undefined && rule.nth !== active.matched) return false
    if (rule.times !== undefined && active.injected >= rule.times) return false
    const { rate = 1 } = rule
    return rate >= 1 || seededFraction(this.#seed, `${index}\nrate\n${draw}`) < rate
  }
}

/** Counts one more under `label`, from 1. */
const counted = (counts: Map<string, number>, label: string): number => {
  const count = (counts.get(label) ?? 0) + 1
  counts.set(label, count)
  return count
}

/** A matcher for a pattern in which `*` stands for any text, by splitting: no regular expression runs over keys. */
const keyMatcher = (pattern: string | undefined): ((key: string) => boolean) => {
  if (pattern === undefined) return () => true
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (key) => key === first
  return (key) => {
    if (key.length < first.length + last.length || !key.startsWith(first) || !key.endsWith(last)) return false
    let from = first.length
    for (const piece of rest) {
      const found = key.indexOf(piece, from)
      if (found < 0) return false
      from = found + piece.length
    }
    return from <= key.length - last.length
  }
}

/** The 99th percentile of the standard normal distribution. */
const z99 = 2.326_347_874

const drawLatency = (latency: Latency, drawn: number): number => {
  if (typeof latency === 'number') return latency
  if ('minMs' in latency) return latency.minMs + drawn * (latency.maxMs - latency.minMs)
  const sigma = Math.log(latency.p99Ms / latency.medianMs) / z99
  return latency.medianMs * Math.exp(sigma * standardNormal(drawn))
}

/** The standard normal quantile of a probability: Acklam's rational approximation, exact to about 1e-9. */
const standardNormal = (probability: number): number => {
  const p = Math.min(Math.max(probability, 1e-12), 1 - 1e-12)
  const tail = 0.02425
  if (p < tail || p > 1 - tail) {
    const q = Math.sqrt(-2 * Math.log(p < tail ? p : 1 - p))
    const value =
      (((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q - 2.549732539343734) * q +
        4.374664141464968) *
        q +
        2.938163982698783) /
      ((((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
    return p < tail ? value : -value
  }
  const q = p - 0.5
  const r = q * q
  return (
    ((((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r + 1.38357751867269e2) * r -
      3.066479806614716e1) *
      r +
      2.506628277459239) *
      q) /
    (((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r + 6.680131188771972e1) * r -
      1.328068155288572e1) *
      r +
      1)
  )
}
