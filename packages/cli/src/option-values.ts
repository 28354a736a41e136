/** Readers of option values; what they refuse is a usage error that names the option. */
import { InvalidArgumentError } from 'commander'

/** A whole number within bounds, both included. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }

const secondsPerUnit: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** `90`, `90s`, `15m`, `1h`, `7d` as seconds. */
export const durationSeconds = (text: string): number => {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  const factor = secondsPerUnit[unit]
  if (count === '' || factor === undefined)
    throw new InvalidArgumentError('Expected a time such as 90s, 15m, 1h or 7d.')
  return Number(count) * factor
}

/** Collects `name=value` pairs of an option that may be given more than once. */
export const keyValue = (text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('Expected name=value.')
  // A name such as __proto__ is a name like any other.
  return Object.fromEntries([...Object.entries(before), [text.slice(0, equals), text.slice(equals + 1)]])
}
