/** Parsers of option values. Each throws a `UsageError` with the option, the rule, the value and a correction. */
import { checkHeaderValue, checkMetadata, isR2Error, nearestName, partSizeBytesMax, shown } from 'r2kit/protocol'
import { UsageError } from '../errors/error-kinds.js'

const invalid = (option: string, rule: string, text: string, hint?: string): UsageError =>
  new UsageError(`${option} must be ${rule}, but it is ${shown(text)}.`, hint)

/** Digits only, unlike `Number`, which also accepts spaces, exponents and `0x`. `NaN` for any other text. */
const parseDigits = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN)

/** A whole number within inclusive bounds. `example` is a valid value for the hint. */
export const wholeNumber =
  (option: string, [min, max]: readonly [min: number, max: number], example: number) =>
  (text: string): number => {
    const value = parseDigits(text)
    if (value >= min && value <= max) return value
    throw invalid(option, `a whole number from ${min} to ${max}`, text, `For example: ${option} ${example}.`)
  }

const mebibyte = 1024 * 1024
const partMebibytesMin = 5
const partMebibytesMax = Math.floor(partSizeBytesMax / mebibyte)

/** A part size in MiB (`64`, `64MiB`), from 5 to 5115. Returns bytes. */
export const partSize =
  (option: string) =>
  (text: string): number => {
    const mebibytes = parseDigits(text.replace(/\s?MiB$/i, ''))
    if (mebibytes >= partMebibytesMin && mebibytes <= partMebibytesMax) return mebibytes * mebibyte
    const rule = `a whole number of MiB from ${partMebibytesMin} to ${partMebibytesMax}`
    throw invalid(option, rule, text, `For example: ${option} 64.`)
  }

const secondsPerUnit: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** Limits on a `duration`. */
export interface DurationRule {
  /** Inclusive bounds in seconds. @defaultValue from 0, without an upper bound */
  readonly bounds?: readonly [min: number, max: number]
  /** The bounds as the error message prints them: `from 60s to 7d`. */
  readonly range?: string
  /** Rejects a number without a unit, for options where users may expect days as well as seconds. @defaultValue false */
  readonly needsUnit?: boolean
}

/** A duration: `90s`, `15m`, `1h`, `7d`, or `90` for seconds. Returns seconds. */
export const duration =
  (
    option: string,
    { bounds: [min, max] = [0, Number.MAX_SAFE_INTEGER], range, needsUnit = false }: DurationRule = {},
  ) =>
  (text: string): number => {
    const [, count = '', unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
    const seconds = count === '' ? Number.NaN : Number(count) * (secondsPerUnit[unit] ?? Number.NaN)
    const lacksUnit = needsUnit && count !== '' && unit === ''
    if (seconds >= min && seconds <= max && !lacksUnit) return seconds
    const rule = range === undefined ? 'a time such as 90s, 15m, 1h or 7d' : `a time ${range}, such as 90s, 15m or 1h`
    throw invalid(option, rule, text, lacksUnit ? `Write ${count}s, ${count}m, ${count}h or ${count}d.` : undefined)
  }

/** One of a few names. For any other text, the error suggests the nearest name. */
export const oneOf =
  <const Name extends string>(option: string, names: readonly Name[]) =>
  (text: string): Name => {
    const name = names.find((known) => known === text)
    if (name !== undefined) return name
    const nearest = nearestName(text, names)
    throw invalid(option, `one of ${names.join(', ')}`, text, nearest && `Did you mean ${nearest}?`)
  }

/** Collects the values of a repeatable option. */
export const repeated = (text: string, previous: readonly string[] = []): string[] => [...previous, text]

/** The value of a header that is stored with an object: printable ASCII, and not empty. */
export const headerValue =
  (option: string) =>
  (text: string): string => {
    if (text.trim() === '') throw new UsageError(`${option} is empty.`, 'Set a value, or leave out the option.')
    // Content-Disposition is the only header with an encoding for non-ASCII text; the client's hint explains it.
    const hint = option === '--content-disposition' ? undefined : 'Remove line breaks and characters beyond ASCII.'
    asUsageError(() => checkHeaderValue(text, option), hint)
    return text
  }

/** R2's limit on an object's metadata, in bytes: names and values together. */
export const metadataBytesMax = 8192

/** Metadata: collects the `name=value` pairs of a repeatable option. */
export const metadata =
  (option: string) =>
  (text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const equals = text.indexOf('=')
    if (equals < 1) throw invalid(option, 'name=value', text, `For example: ${option} colour=blue.`)
    // `fromEntries` stores `__proto__` like any other name; an assignment would not.
    const all = Object.fromEntries([...Object.entries(previous), [text.slice(0, equals), text.slice(equals + 1)]])
    // The limit is checked separately, because the client's hint recommends an option of its API.
    asUsageError(() => checkMetadata(all, { metadataBytesMax: Number.MAX_SAFE_INTEGER }, option))
    asUsageError(
      () => checkMetadata(all, { metadataBytesMax }, option),
      'Shorten the values, or store them as an object.',
    )
    return all
  }

/** Rethrows an error of the client's check as a `UsageError`. */
const asUsageError = (check: () => void, hint?: string): void => {
  try {
    check()
  } catch (error) {
    throw isR2Error(error) ? new UsageError(`${error.message}.`, hint ?? error.hint) : error
  }
}
