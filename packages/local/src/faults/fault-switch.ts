/** The fault rules of a running server, which tests replace at run time. */
import { type FaultDecision, FaultPlan, faultRulesField, refuseOption } from 'r2kit/protocol'
import type { FaultRule, RequestTarget } from 'r2kit/simulation'

/** A rule, and how many faults it has injected. */
export interface InjectedFaults {
  readonly rule: FaultRule
  /** Since the rules were set. */
  readonly count: number
}

export class FaultSwitch {
  readonly seed: number
  #rules: readonly FaultRule[] = []
  #plan: FaultPlan | undefined

  /** @param rules - already checked */
  constructor(rules: readonly FaultRule[], seed: number) {
    this.seed = seed
    this.#use(rules)
  }

  /** How many faults each rule has injected, in the order of the rules. */
  get injected(): readonly InjectedFaults[] {
    const counts = this.#plan?.injected ?? []
    return this.#rules.map((rule, index) => ({ rule, count: counts[index] ?? 0 }))
  }

  /**
   * Replaces all rules and starts their counters at zero. Requests that have already met a fault keep it.
   * @throws R2Error `InvalidConfig` with the field in `field`: `faults[0].kind`. The present rules then stay.
   */
  set(rules: readonly FaultRule[]): void {
    this.#use(faultRulesField.read(rules, 'faults', refuseOption))
  }

  /** The faults of a request, or undefined if there are none. `target` is called only if there are rules. */
  decide(target: () => RequestTarget): FaultDecision | undefined {
    if (this.#plan === undefined) return undefined
    const decision = this.#plan.decide(target())
    return decision.fault === undefined && decision.latencyMs === 0 ? undefined : decision
  }

  #use(rules: readonly FaultRule[]): void {
    this.#rules = rules
    this.#plan = rules.length === 0 ? undefined : new FaultPlan(rules, this.seed)
  }
}
