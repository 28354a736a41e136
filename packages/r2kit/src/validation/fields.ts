/**
 * The fields of public inputs and options as data, and the one way to read them: each field once, unknown fields and wrong
 * types refused before any I/O. A table compiles only if it has every field of its type; plain JavaScript, and objects
 * that TypeScript does not check for surplus fields, get the same protection at run time.
 */
import { isWellFormed } from '../base/bytes.js'
import { isBranded } from '../errors/base-error.js'
import { nearestName } from './nearest-name.js'
import { shown, typeNameOf } from './rules.js'

/** Makes the error for a field: what is wrong with it, and what to do. */
export type Refuse = (field: string, problem: string, hint: string, cause?: unknown) => Error

/** What a field takes. */
export interface Field<out T> {
  /** What a value must be, after "must be": `a whole number from 1`. */
  readonly takes: string
  /**
   * The value as it will be used: what a caller changes later, or a getter returns later, has no effect.
   *
   * @param name what errors call the field: `range.offset`
   */
  read(value: unknown, name: string, refuse: Refuse): T
}

/** A field that must be given. */
export interface RequiredField<out T> extends Field<T> {
  readonly isRequired: true
}

/** A table of the fields of `T`: complete, and with those required that `T` requires. */
export type Fields<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name] ? Field<Exclude<T[Name], undefined>> : RequiredField<T[Name]>
}

/** An object that has fields of its own. */
export interface ObjectField<out T> extends Field<T> {
  readonly fields: Readonly<Record<string, Field<unknown>>>
}

export const required = <T>(field: Field<T>): RequiredField<T> => ({ ...field, isRequired: true })

const mustBe = (takes: string, value: unknown): string => `must be ${takes}, but it is ${shown(value)}`

const isRequired = (field: Field<unknown>): boolean => 'isRequired' in field

/** A field whose values pass a test. */
const tested = <T>(takes: string, hint: string, test: (value: unknown) => value is T): Field<T> => ({
  takes,
  read(value, name, refuse) {
    if (test(value)) return value
    throw refuse(name, mustBe(takes, value), hint)
  },
})

/** A string. Where it stands for bytes (keys, names), its own check follows. */
export const anyText = tested('a string', 'Pass a string.', (value): value is string => typeof value === 'string')

/** A string of well-formed Unicode: half of a surrogate pair has no UTF-8 form, so no request can carry it. */
export const text: Field<string> = {
  takes: 'a string of well-formed Unicode',
  read(value, name, refuse) {
    const string = anyText.read(value, name, refuse)
    if (isWellFormed(string)) return string
    const hint = 'Half of a surrogate pair stands alone: was the text cut in the middle of an emoji?'
    throw refuse(name, mustBe('well-formed Unicode', string), hint)
  },
}

export const flag = tested('true or false', 'Pass true or false.', (value) => typeof value === 'boolean')

export const callback = <T extends (...parameters: never[]) => unknown>(): Field<T> =>
  tested('a function', 'Pass a function.', (value): value is T => typeof value === 'function')

/** A value that is checked where it is used, such as a body, which has a reader of its own. */
export const anything = <T>(takes: string): Field<T> => ({ takes, read: (value) => value as T })

const numberHint = (takes: string, value: unknown): string =>
  typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
    ? `Pass the number ${Number(value)}, not a string.`
    : `Pass ${takes}.`

const numeric = (takes: string, test: (value: number) => boolean): Field<number> => ({
  takes,
  read(value, name, refuse) {
    if (typeof value === 'number' && test(value)) return value
    throw refuse(name, mustBe(takes, value), numberHint(takes, value))
  },
})

/** A whole number between two bounds, both allowed. */
export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER): Field<number> =>
  numeric(
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`,
    (value) => Number.isSafeInteger(value) && value >= min && value <= max,
  )

/** A number between two bounds, both allowed. */
export const number = (min: number, max: number): Field<number> =>
  numeric(`a number from ${min} to ${max}`, (value) => value >= min && value <= max)

/** Milliseconds, more than none; `Infinity` for no bound. */
export const duration = numeric('a number of milliseconds above 0, or Infinity', (value) => value > 0)

/** One of a few words. */
export const oneOf = <const T extends string>(...words: readonly T[]): Field<T> => {
  const takes = words.map((word) => `'${word}'`).join(words.length > 2 ? ', ' : ' or ')
  return {
    takes: words.length > 2 ? `one of ${takes}` : takes,
    read(value, name, refuse) {
      const word = words.find((known) => known === value)
      if (word !== undefined) return word
      const nearest = typeof value === 'string' ? nearestName(value, words) : undefined
      throw refuse(name, mustBe(this.takes, value), `Use ${nearest === undefined ? takes : `'${nearest}'`}.`)
    },
  }
}

/** A Date of any realm, copied. */
export const moment: Field<Date> = {
  takes: 'a valid Date',
  read(value, name, refuse) {
    const timeMs = timeOf(value)
    if (!Number.isNaN(timeMs)) return new Date(timeMs)
    throw refuse(name, mustBe('a valid Date', value), 'Pass a Date, such as new Date(text).')
  },
}

/** `instanceof` knows only the Dates of one realm (a test environment and its host have two). */
const timeOf = (value: unknown): number => {
  try {
    return Date.prototype.getTime.call(value)
  } catch {
    // No Date: the method takes nothing else.
    return Number.NaN
  }
}

/** Bytes of any realm; a view of the same memory. Errors show no value: it may be a key. */
export const bytes: Field<Uint8Array> = {
  takes: 'a Uint8Array',
  read(value, name, refuse) {
    if (value instanceof Uint8Array) return value
    if (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]')
      return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    throw refuse(name, `must be a Uint8Array, but it is ${typeNameOf(value)}`, 'Pass a Uint8Array or a Buffer.')
  },
}

export const abortSignal = tested(
  'an AbortSignal',
  'Pass the signal of an AbortController, not the controller.',
  (value): value is AbortSignal =>
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function',
)

/** An array whose elements all are such; copied. */
export const listOf = <T>(element: Field<T>): Field<readonly T[]> => ({
  takes: 'an array',
  read(value, name, refuse) {
    if (!Array.isArray(value)) throw refuse(name, mustBe('an array', value), 'Pass an array.')
    return Array.from(value, (one: unknown, index) => element.read(one, `${name}[${index}]`, refuse))
  },
})

/** A plain assignment would make `__proto__` something else than a field. */
const setOwn = (record: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true, configurable: true })
  else record[name] = value
}

/** An object with names of the caller's choice, such as metadata; copied. */
export const recordOf = <T>(element: Field<T>): Field<Readonly<Record<string, T>>> => ({
  takes: 'an object',
  read(value, name, refuse) {
    if (!isObject(value)) throw refuse(name, mustBe('an object', value), 'Pass an object of names and values.')
    const record: Record<string, T> = {}
    for (const key of Object.keys(value)) setOwn(record, key, element.read(value[key], `${name}.${key}`, refuse))
    return record
  },
})

/** The first of several fields that takes the value, chosen by what the value is. */
export const eitherOf = <T>(
  takes: string,
  hint: string,
  choose: (value: unknown) => Field<T> | undefined,
): Field<T> => ({
  takes,
  read(value, name, refuse) {
    const field = choose(value)
    if (field === undefined) throw refuse(name, mustBe(takes, value), hint)
    return field.read(value, name, refuse)
  },
})

/** An object with these methods, such as a transport or a journal of the caller's. */
export const withMethods = <T extends object>(takes: string, ...methods: (keyof T & string)[]): Field<T> => ({
  takes,
  read(value, name, refuse) {
    const missing =
      typeof value === 'object' && value !== null
        ? methods.find((method) => typeof (value as Record<string, unknown>)[method] !== 'function')
        : methods[0]
    if (missing === undefined) return value as T
    throw refuse(name, `must be ${takes}, but it has no method ${missing}`, `Pass ${takes}.`)
  },
})

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether an object is a literal, of this realm or another: nothing but `Object.prototype` is above it. */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

export interface ObjectFieldOptions {
  /** What errors call the object where it is no field of another. @defaultValue 'input' */
  readonly argument?: string
  /** What an error says of an unknown field, where more is known about its name. */
  readonly explainUnknown?: (name: string) => { readonly problem: string; readonly hint: string } | undefined
}

/**
 * An object with these fields and no others. Fields whose value is `undefined` count as absent.
 *
 * @param what what errors call the object: `PutObject`, `a lifecycle rule`
 */
export const objectOf = <T extends object>(
  what: string,
  table: Fields<T>,
  { argument = 'input', explainUnknown }: ObjectFieldOptions = {},
): ObjectField<T> => {
  // Without a prototype, so that `constructor` and `__proto__` are no fields.
  const fields: Readonly<Record<string, Field<unknown>>> = Object.assign(Object.create(null), table)
  const names = Object.keys(fields)
  const requiredNames = names.filter((name) => isRequired(fields[name] as Field<unknown>))

  const unknown = (name: string, path: string, refuse: Refuse): Error => {
    const explained = explainUnknown?.(name)
    if (explained !== undefined) return refuse(path, explained.problem, explained.hint)
    const nearest = nearestName(name, names)
    const problem = `is not a field of ${what}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
    return refuse(path, problem, nearest === undefined ? `Its fields are ${names.join(', ')}.` : `Use ${nearest}.`)
  }

  const read = (value: unknown, parent: string, refuse: Refuse): T => {
    if (!isObject(value)) {
      const hint = names.length === 0 ? 'Leave it out.' : `Pass an object with ${names.slice(0, 6).join(', ')}.`
      throw refuse(parent === '' ? argument : parent, mustBe(`an object (${what})`, value), hint)
    }
    const taken: Record<string, unknown> = {}
    // The field that is being read, for the error of a getter that throws.
    let path = parent === '' ? argument : parent
    const take = (name: string, field: Field<unknown>): void => {
      path = parent === '' ? name : `${parent}.${name}`
      const given = value[name]
      if (given !== undefined) taken[name] = field.read(given, path, refuse)
    }
    try {
      for (const name in value) {
        const field = fields[name]
        if (field !== undefined) take(name, field)
        else if (value[name] !== undefined) throw unknown(name, parent === '' ? name : `${parent}.${name}`, refuse)
      }
      // A class may define its fields as accessors, which no enumeration shows.
      if (!isPlain(value)) for (const name of names) if (!(name in taken)) take(name, fields[name] as Field<unknown>)
    } catch (error) {
      throw isBranded(error) ? error : refuse(path, 'could not be read: its getter threw', 'Pass a plain value.', error)
    }
    for (const name of requiredNames) {
      if (taken[name] !== undefined) continue
      const field = fields[name] as Field<unknown>
      throw refuse(parent === '' ? name : `${parent}.${name}`, 'is a required field', `Pass ${field.takes}.`)
    }
    return taken as T
  }
  return { takes: `an object (${what})`, fields, read }
}
