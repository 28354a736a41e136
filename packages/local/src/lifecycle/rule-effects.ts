/**
 * Computes when lifecycle rules affect an object or upload. An action after `n` days is due at the first midnight UTC that is
 * at least `n` days after the creation (AWS's rule; R2 documents "usually within 24 hours").
 */
import type { LifecycleMoment, LifecycleRule } from 'r2kit/protocol'

const dayMs = 86_400_000

export const startOfDay = (timeMs: number): number => Math.floor(timeMs / dayMs) * dayMs

const dueMs = (moment: LifecycleMoment, createdMs: number): number =>
  moment.date === undefined ? daysAfter(moment.days ?? 0, createdMs) : moment.date.getTime()

const daysAfter = (days: number, createdMs: number): number => Math.ceil((createdMs + days * dayMs) / dayMs) * dayMs

const appliesTo = (rule: LifecycleRule, key: string): boolean => key.startsWith(rule.prefix ?? '')

/** The rule that deletes the object first, and the time; undefined if no rule does. */
export const expirationOf = (
  rules: readonly LifecycleRule[],
  key: string,
  createdMs: number,
): { readonly ruleId: string; readonly dueMs: number } | undefined => {
  let first: { ruleId: string; dueMs: number } | undefined
  for (const rule of rules) {
    if (rule.expiration === undefined || !appliesTo(rule, key)) continue
    const due = dueMs(rule.expiration, createdMs)
    if (first === undefined || due < first.dueMs) first = { ruleId: rule.id ?? '', dueMs: due }
  }
  return first
}

/** When the object moves to infrequent access, in ms since the epoch; Infinity for never. Objects never move back. */
export const transitionMs = (rules: readonly LifecycleRule[], key: string, createdMs: number): number =>
  earliest(
    rules
      .filter((rule) => appliesTo(rule, key))
      .flatMap((rule) => rule.transitions ?? [])
      .map((transition) => dueMs(transition, createdMs)),
  )

/** When an unfinished upload is aborted, in ms since the epoch; Infinity for never. The earliest rule wins. */
export const abortMs = (rules: readonly LifecycleRule[], key: string, initiatedMs: number): number =>
  earliest(
    rules
      .filter((rule) => appliesTo(rule, key))
      .flatMap((rule) => rule.abortIncompleteMultipartUploadDays ?? [])
      .map((days) => daysAfter(days, initiatedMs)),
  )

const earliest = (times: readonly number[]): number => Math.min(Number.POSITIVE_INFINITY, ...times)
