/**
 * The fields of public inputs and options as data: what each takes, checked before any I/O. A table compiles only if it has
 * every field of its type; plain JavaScript, and objects that TypeScript does not check for surplus fields, get the same
 * protection at run time. `compound-fields.ts` has objects and arrays.
 */
import { isWellFormed } from '../base/bytes.js'
import { shown, typeNameOf } from '../base/shown.js'
import { nearestName } from './nearest-name.js'

/** Makes the error for a field: what is wrong with it, and what to do. */
export type Refuse = (field: string, problem: string, hint: string, cause?: unknown) => Error

/** What a field takes. */
export interface Field<out T> {
  /** What a value must be, after "must be": `a whole number from 1`. */
  readonly takes: string
  /** The fields of an object, which errors suggest where one of them was passed beside the object. */
  readonly fields?: Readonly<Record<string, Field<unknown>>> | undefined
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

export const required = <T>(field: Field<T>): RequiredField<T> => ({ ...field, isRequired: true })

export const mustBe = (takes: string, value: unknown): string => `must be ${takes}, but it is ${shown(value)}`

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

/** What R2 returns beside what it takes, so that a result can be passed on as it is. No error suggests it. */
export const returned: Field<never> & { readonly isReturned: true } = {
  ...anything<never>('a field of a result'),
  isReturned: true,
}

/** A path in the file system of this machine. */
export const path: Field<string> = {
  takes: 'a path',
  read(value, name, refuse) {
    const hint = typeNameOf(value) === 'a URL' ? 'Pass fileURLToPath(url).' : "Pass a path such as './film.mp4'."
    if (typeof value !== 'string') throw refuse(name, mustBe('a path (a string)', value), hint)
    if (value === '') throw refuse(name, 'must be a path, but it is empty', hint)
    if (value.includes('\0'))
      throw refuse(name, 'must be a path, but it has a NUL character', 'Remove the NUL character.')
    return value
  },
}

const numeric = (takes: string, test: (value: number) => boolean): Field<number> => ({
  takes,
  read(value, name, refuse) {
    if (typeof value === 'number' && test(value)) return value
    if (typeof value !== 'string') throw refuse(name, mustBe(takes, value), `Pass ${takes}.`)
    const isMeant = value.trim() !== '' && test(Number(value))
    const hint = isMeant ? `Pass the number ${Number(value)}, without quotes.` : `Pass ${takes}.`
    throw refuse(name, `must be ${takes}, but it is the string ${shown(value)}`, hint)
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
    const given = typeNameOf(value) === 'a Date' ? 'an invalid Date' : shown(value)
    throw refuse(name, `must be a valid Date, but it is ${given}`, 'Pass a Date, such as new Date(text).')
  },
}

/** A Date whose year has four digits, as HTTP (RFC 9110, section 5.6.7) and XML write it; copied. */
export const calendarDate: Field<Date> = {
  takes: 'a Date in the years 0 to 9999',
  read(value, name, refuse) {
    const date = moment.read(value, name, refuse)
    const year = date.getUTCFullYear()
    if (year >= 0 && year <= 9999) return date
    const hint = 'Pass milliseconds, not microseconds, to new Date().'
    throw refuse(name, `must be ${this.takes}, but it is in the year ${year}`, hint)
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
    typeof value.addEventListener === 'function' &&
    'removeEventListener' in value &&
    typeof value.removeEventListener === 'function',
)

/** An object with these methods, such as a transport or a journal of the caller's. */
export const withMethods = <T extends object>(takes: string, ...methods: (keyof T & string)[]): Field<T> => ({
  takes,
  read(value, name, refuse) {
    if (typeof value !== 'object' || value === null) throw refuse(name, mustBe(takes, value), `Pass ${takes}.`)
    const missing = methods.find((method) => typeof (value as Record<string, unknown>)[method] !== 'function')
    if (missing === undefined) return value as T
    throw refuse(name, `must be ${takes}, but it has no method ${missing}`, `Pass ${takes}.`)
  },
})
