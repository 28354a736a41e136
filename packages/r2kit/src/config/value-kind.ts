/**
 * The kinds of values that a setting can have, as data: the loader checks values by them, and the JSON Schema is generated from
 * them. A value from the environment or from a `${VARIABLE}` is text, which the kind converts.
 */
import { type Field, flag, integer, listOf, number, oneOf, type Refuse, shown, text } from '../validation/index.js'

/** A number, with the unit and bounds of the file. */
export interface NumberKind {
  readonly type: 'number'
  /** Only whole numbers. */
  readonly isWhole?: boolean
  /** Smallest value. */
  readonly min?: number
  /** Exclusive lower bound. */
  readonly above?: number
  /** Largest value. */
  readonly max?: number
  /** Words that stand for values, such as `none` for no limit. */
  readonly words?: Readonly<Record<string, number | string>>
  /** Factor from the unit of the file to the unit of the option: 1000 for seconds. */
  readonly scale?: number
}

export type ValueKind =
  | NumberKind
  | { readonly type: 'flag' }
  /** `isPath`: a relative path in a file counts from the folder of that file. */
  | { readonly type: 'text'; readonly pattern?: string; readonly form?: string; readonly isPath?: boolean }
  | { readonly type: 'choice'; readonly words: readonly string[] }
  /** Texts, or some of these words. */
  | { readonly type: 'list'; readonly words?: readonly string[] }

/** The longest duration in seconds: 31 years. Longer ones are likely milliseconds. */
const secondsMax = 1_000_000_000

export const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER): NumberKind => ({
  type: 'number',
  isWhole: true,
  min,
  max,
})
export const fraction = (min: number, max: number): NumberKind => ({ type: 'number', min, max })
/** A duration in seconds, or `none` for no limit. */
export const seconds: NumberKind = {
  type: 'number',
  above: 0,
  max: secondsMax,
  scale: 1000,
  words: { none: Number.POSITIVE_INFINITY },
}
export const trueOrFalse: ValueKind = { type: 'flag' }
export const anyString: ValueKind = { type: 'text' }
export const filePath: ValueKind = { type: 'text', isPath: true }
export const textOf = (pattern: string, form: string): ValueKind => ({ type: 'text', pattern, form })
export const choice = (...words: readonly string[]): ValueKind => ({ type: 'choice', words })
export const list = (...words: readonly string[]): ValueKind =>
  words.length === 0 ? { type: 'list' } : { type: 'list', words }

/** The permitted values in words, as they follow "must be". */
export const takesOf = (kind: ValueKind): string => {
  switch (kind.type) {
    case 'flag':
      return flag.takes
    case 'choice':
      return oneOf(...kind.words).takes
    case 'list':
      return kind.words === undefined ? 'a list of texts' : `a list of ${kind.words.join(', ')}`
    case 'text':
      return kind.form ?? (kind.isPath === true ? 'a path' : 'a text')
    case 'number':
      return takesOfNumber(kind)
  }
}

const takesOfNumber = ({ isWhole, min, above, max, words = {} }: NumberKind): string => {
  const lower = above === undefined ? `from ${min}` : `above ${above}`
  const bound = above === undefined ? ' to' : ' and up to'
  const upper = max === undefined || max === Number.MAX_SAFE_INTEGER ? '' : `${bound} ${max}`
  const alternatives = Object.keys(words).map((word) => `, or '${word}'`)
  return `a ${isWhole === true ? 'whole ' : ''}number ${lower}${upper}${alternatives.join('')}`
}

/** Checks a value of YAML or of a program, and converts it to the unit of the option. @throws the error that `refuse` makes */
export const readTyped = (kind: ValueKind, value: unknown, name: string, refuse: Refuse): unknown => {
  switch (kind.type) {
    case 'flag':
      return readFlag(value, name, refuse)
    case 'choice':
      return oneOf(...kind.words).read(value, name, refuse)
    case 'list':
      return readList(kind.words === undefined ? nonEmpty : oneOf(...kind.words), value, name, refuse)
    case 'text':
      return readText(kind, value, name, refuse)
    case 'number':
      return readNumber(kind, value, name, refuse)
  }
}

/** Converts a text of the environment by the kind, and checks it. @throws the error that `refuse` makes */
export const readFromText = (kind: ValueKind, given: string, name: string, refuse: Refuse): unknown => {
  if (kind.type === 'flag') return readTyped(kind, flags.get(given) ?? given, name, refuse)
  if (kind.type === 'number') {
    const isNumber = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(given)
    return readTyped(kind, isNumber ? Number(given) : given, name, refuse)
  }
  if (kind.type !== 'list') return readTyped(kind, given, name, refuse)
  const items = given.split(',').map((item) => item.trim())
  return readTyped(kind, items, name, refuse)
}

const flags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** YAML 1.1 read these as booleans, and many tools print them. */
const otherFlags: ReadonlyMap<string, boolean> = new Map([
  ...['yes', 'on', 'y', '1'].map((word) => [word, true] as const),
  ...['no', 'off', 'n', '0'].map((word) => [word, false] as const),
  ['true', true],
  ['false', false],
])

const readFlag = (value: unknown, name: string, refuse: Refuse): boolean => {
  if (typeof value === 'boolean') return value
  const meant = otherFlags.get(String(value).toLowerCase())
  throw refuse(
    name,
    `must be true or false, but it is ${shown(value)}`,
    `Write ${meant ?? 'true or false'}, without quotes.`,
  )
}

/** A list with at least one element. */
const readList = (element: Field<string>, value: unknown, name: string, refuse: Refuse): readonly string[] => {
  const items = listOf(element).read(value, name, refuse)
  if (items.length > 0) return items
  throw refuse(name, 'must have at least one element, but it is empty', 'Add an element, or remove the field.')
}

const nonEmpty: Field<string> = {
  takes: 'a text',
  read(value, name, refuse) {
    if (typeof value === 'number' || typeof value === 'boolean') {
      throw refuse(name, `must be a text, but it is the ${typeof value} ${shown(value)}`, 'Put it in quotes.')
    }
    const given = text.read(value, name, refuse)
    if (given !== '') return given
    throw refuse(name, 'must be a text, but it is empty', 'Write a value, or remove the field.')
  },
}

const readText = (
  { pattern, form, isPath }: ValueKind & { type: 'text' },
  value: unknown,
  name: string,
  refuse: Refuse,
): string => {
  const given = nonEmpty.read(value, name, refuse)
  if (isPath === true && given.includes('\0'))
    throw refuse(name, 'must be a path, but it has a NUL character', 'Remove it.')
  if (pattern === undefined || new RegExp(pattern).test(given)) return given
  throw refuse(name, `must be ${form}, but it is ${shown(given)}`, `Write ${form}.`)
}

const readNumber = (kind: NumberKind, value: unknown, name: string, refuse: Refuse): number | string => {
  const { isWhole = false, min = -Number.MAX_VALUE, above, max = Number.MAX_VALUE, words = {}, scale = 1 } = kind
  const word = typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined
  if (word !== undefined) return word
  const field: Field<number> = isWhole ? integer(min, max) : number(min, max)
  const takes = takesOfNumber(kind)
  if (value === Number.POSITIVE_INFINITY && Object.hasOwn(words, 'none'))
    throw refuse(name, `must be ${takes}, but it is infinite`, 'Write none for no limit.')
  try {
    const given = field.read(value, name, refuse)
    // Products of fractions are rounded to the 15 digits that a double has: 1.1 s are 1,100 ms.
    if (above === undefined || given > above) return scale === 1 ? given : Number((given * scale).toPrecision(15))
  } catch {
    // The message below has the bounds and words of this kind.
  }
  const isQuoted = typeof value === 'string' && value.trim() !== '' && isReadable(kind, Number(value))
  const hint = isQuoted ? `Write ${Number(value)}, without quotes.` : hintOfNumber(kind)
  throw refuse(
    name,
    `must be ${takes}, but it is ${typeof value === 'string' ? `the text ${shown(value)}` : shown(value)}`,
    hint,
  )
}

const isReadable = ({ isWhole, min, above, max }: NumberKind, value: number): boolean =>
  Number.isFinite(value) &&
  (isWhole !== true || Number.isSafeInteger(value)) &&
  (min === undefined || value >= min) &&
  (above === undefined || value > above) &&
  (max === undefined || value <= max)

const hintOfNumber = (kind: NumberKind): string =>
  kind.scale === 1000 ? 'Write a number of seconds, such as 30.' : `Write ${takesOfNumber(kind)}.`
