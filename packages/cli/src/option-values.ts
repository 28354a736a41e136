/** Readers of option values. A value that they refuse is a usage error with the option, the rule, the value and the fix. */
import { checkHeaderValue, checkMetadata, isR2Error, nearestName, partSizeBytesMax, shown } from 'r2kit/protocol'
import { UsageError } from './usage-error.js'

const refuse = (option: string, rule: string, text: string, hint?: string): UsageError =>
  new UsageError(`${option} must be ${rule}, but it is ${shown(text)}.`, hint)

const whole = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN)

/** A whole number within bounds, both included. */
export const wholeNumber =
  (option: string, [least, most]: readonly [least: number, most: number], example: number) =>
  (text: string): number => {
    const value = whole(text)
    if (value >= least && value <= most) return value
    throw refuse(option, `a whole number from ${least} to ${most}`, text, `For example: ${option} ${example}.`)
  }

const mebibyte = 1024 * 1024
const partMebibytesMin = 5
const partMebibytesMax = Math.floor(partSizeBytesMax / mebibyte)

/** The size of a part in MiB, with or without that unit, as bytes. */
export const partSize =
  (option: string) =>
  (text: string): number => {
    const mebibytes = whole(text.replace(/\s?MiB$/i, ''))
    if (mebibytes >= partMebibytesMin && mebibytes <= partMebibytesMax) return mebibytes * mebibyte
    const rule = `a whole number of MiB from ${partMebibytesMin} to ${partMebibytesMax}`
    throw refuse(option, rule, text, `For example: ${option} 64.`)
  }

const secondsPerUnit: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

export interface DurationRule {
  /** In seconds, both included. @defaultValue none */
  readonly bounds?: readonly [least: number, most: number]
  /** The bounds in words: `from 60s to 7d`. */
  readonly range?: string
  /** Refuses a number without a unit, where seconds and days are as likely to be meant. @defaultValue false */
  readonly needsUnit?: boolean
}

/** `90s`, `15m`, `1h`, `7d`, and `90` for seconds, as seconds. */
export const duration =
  (
    option: string,
    { bounds: [least, most] = [0, Number.MAX_SAFE_INTEGER], range, needsUnit = false }: DurationRule = {},
  ) =>
  (text: string): number => {
    const [, count = '', unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
    const seconds = count === '' ? Number.NaN : Number(count) * (secondsPerUnit[unit] ?? Number.NaN)
    const lacksUnit = needsUnit && count !== '' && unit === ''
    if (seconds >= least && seconds <= most && !lacksUnit) return seconds
    const rule = range === undefined ? 'a time such as 90s, 15m, 1h or 7d' : `a time ${range}, such as 90s, 15m or 1h`
    throw refuse(option, rule, text, lacksUnit ? `Write ${count}s, ${count}m, ${count}h or ${count}d.` : undefined)
  }

/** One of a few words. */
export const oneOf =
  <const Word extends string>(option: string, words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((known) => known === text)
    if (word !== undefined) return word
    const nearest = nearestName(text, words)
    throw refuse(option, `one of ${words.join(', ')}`, text, nearest && `Did you mean ${nearest}?`)
  }

/** The value of a header that is stored with an object: printable ASCII, and not empty. */
export const headerValue =
  (option: string) =>
  (text: string): string => {
    if (text.trim() === '') throw new UsageError(`${option} is empty.`, 'Give it a value, or leave it out.')
    // Only this header has a form for other scripts, and the client's hint explains it.
    const hint = option === '--content-disposition' ? undefined : 'Remove line breaks and letters beyond ASCII.'
    asUsage(() => checkHeaderValue(text, option), hint)
    return text
  }

/** R2's limit for names and values together, in bytes. */
export const metadataBytesMax = 8192

/** Metadata: collects the `name=value` pairs of an option that may be given more than once. */
export const metadata =
  (option: string) =>
  (text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const equals = text.indexOf('=')
    if (equals < 1) throw refuse(option, 'name=value', text, `For example: ${option} colour=blue.`)
    // A name such as __proto__ is a name like any other.
    const all = Object.fromEntries([...Object.entries(before), [text.slice(0, equals), text.slice(equals + 1)]])
    // Without the limit, which the client can raise: one that names only R2's follows.
    asUsage(() => checkMetadata(all, { metadataBytesMax: Number.MAX_SAFE_INTEGER }, option))
    asUsage(() => checkMetadata(all, { metadataBytesMax }, option), 'Shorten the values, or store them as an object.')
    return all
  }

/** Makes a rule of the client one of the command line: its error names the option. */
const asUsage = (check: () => void, hint?: string): void => {
  try {
    check()
  } catch (error) {
    throw isR2Error(error) ? new UsageError(`${error.message}.`, hint ?? error.hint) : error
  }
}
