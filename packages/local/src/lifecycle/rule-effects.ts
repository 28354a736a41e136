/**
 * What rules mean for one object or upload, as pure time: an action of `n` days is due at the first midnight UTC that is at
 * least `n` days after the object was made (AWS's rule; R2 promises the same within 24 hours).
 */
import type { LifecycleMoment, LifecycleRule } from 'r2kit/protocol'

const dayMs = 86_400_000

export const startOfDay = (timeMs: number): number => Math.floor(timeMs / dayMs) * dayMs

const dueMs = (moment: LifecycleMoment, madeMs: number): number =>
  moment.date === undefined ? daysAfter(moment.days ?? 0, madeMs) : moment.date.getTime()

const daysAfter = (days: number, madeMs: number): number => Math.ceil((madeMs + days * dayMs) / dayMs) * dayMs

const appliesTo = (rule: LifecycleRule, key: string): boolean => key.startsWith(rule.prefix ?? '')

/** The rule that deletes the object first, and when; undefined when none does. */
export const expirationOf = (
  rules: readonly LifecycleRule[],
  key: string,
  madeMs: number,
): { readonly ruleId: string; readonly dueMs: number } | undefined => {
  let first: { ruleId: string; dueMs: number } | undefined
  for (const rule of rules) {
    if (rule.expiration === undefined || !appliesTo(rule, key)) continue
    const due = dueMs(rule.expiration, madeMs)
    if (first === undefined || due < first.dueMs) first = { ruleId: rule.id ?? '', dueMs: due }
  }
  return first
}

/** When the object moves to infrequent access; there is no way back. */
export const transitionMs = (rules: readonly LifecycleRule[], key: string, madeMs: number): number =>
  earliest(
    rules
      .filter((rule) => appliesTo(rule, key))
      .flatMap((rule) => rule.transitions ?? [])
      .map((transition) => dueMs(transition, madeMs)),
  )

/** When an unfinished upload is aborted: the shortest rule counts. */
export const abortMs = (rules: readonly LifecycleRule[], key: string, initiatedMs: number): number =>
  earliest(
    rules
      .filter((rule) => appliesTo(rule, key))
      .flatMap((rule) => rule.abortIncompleteMultipartUploadDays ?? [])
      .map((days) => daysAfter(days, initiatedMs)),
  )

const earliest = (times: readonly number[]): number => Math.min(Number.POSITIVE_INFINITY, ...times)
