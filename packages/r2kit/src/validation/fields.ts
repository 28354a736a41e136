/**
 * The fields of public inputs and options as data: the values that each field takes, checked before any I/O. A table compiles
 * only if it has every field of its type. The checks at run time protect callers in plain JavaScript, and objects that
 * TypeScript does not check for surplus fields. `compound-fields.ts` has objects and arrays.
 */
import { isWellFormed } from '../base/bytes.js'
import { shown, typeNameOf } from '../base/shown.js'
import { nearestName } from './nearest-name.js'
import { mustBe, type Refuse } from './refuse.js'

/** Checks and copies one kind of value. */
export interface Field<out T> {
  /** The permitted values, as they follow "must be" in a message: `a whole number from 1`. */
  readonly takes: string
  /** The fields of an object. Errors suggest them if one of them was passed beside the object. */
  readonly fields?: Readonly<Record<string, Field<unknown>>> | undefined
  /**
   * Returns the value as it will be used. Objects are copied, so that later changes by the caller have no effect.
   *
   * @param name name of the field in errors: `range.offset`
   * @throws the error that `refuse` makes
   */
  read(value: unknown, name: string, refuse: Refuse): T
}

/** A field that must not be absent. */
export interface RequiredField<out T> extends Field<T> {
  /** Marks the field. */
  readonly isRequired: true
}

/** A table of the fields of `T`. It compiles only if it has every field, and marks those as required that `T` requires. */
export type Fields<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name] ? Field<Exclude<T[Name], undefined>> : RequiredField<T[Name]>
}

/** Marks a field as required. */
export const required = <T>(field: Field<T>): RequiredField<T> => ({ ...field, isRequired: true })

/** A field whose values pass a test. */
const tested = <T>(takes: string, test: (value: unknown) => value is T, hint = `Pass ${takes}.`): Field<T> => ({
  takes,
  read(value, name, refuse) {
    if (test(value)) return value
    throw refuse(name, mustBe(takes, value), hint)
  },
})

/** Hint for a text with half of a surrogate pair. */
export const brokenPairHint = 'It has half of a surrogate pair: check whether it was cut in the middle of an emoji.'

/** Any string. Keys and names have checks of their own, which follow. */
export const anyText = tested('a string', (value): value is string => typeof value === 'string')

/** A string of well-formed Unicode. Half of a surrogate pair has no UTF-8 form, so no request can carry it. */
export const text: Field<string> = {
  takes: 'a string of well-formed Unicode',
  read(value, name, refuse) {
    const string = anyText.read(value, name, refuse)
    if (isWellFormed(string)) return string
    throw refuse(name, mustBe('well-formed Unicode', string), brokenPairHint)
  },
}

/** `true` or `false`. */
export const flag = tested('true or false', (value) => typeof value === 'boolean')

/** A function of the caller's. */
export const callback = <T extends (...parameters: never[]) => unknown>(): Field<T> =>
  tested('a function', (value): value is T => typeof value === 'function')

/** A value that is not checked here: the code that uses it checks it, as for bodies. */
export const anything = <T>(takes: string): Field<T> => ({ takes, read: (value) => value as T })

/** A field that only results have. Inputs accept it, so that a result can be passed on unchanged; no error suggests it. */
export const returned: Field<never> & { readonly isReturned: true } = {
  takes: 'a field of a result',
  read: (value) => value as never,
  isReturned: true,
}

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

/** A valid Date of any realm; copied. */
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

/** Milliseconds of a Date of any realm, else NaN. `instanceof` recognises the Dates of one realm only; a test environment has two. */
const timeOf = (value: unknown): number => {
  try {
    return Date.prototype.getTime.call(value)
  } catch {
    // Not a Date: the method throws for every other value.
    return Number.NaN
  }
}

/** Bytes of any realm, as a view of the same memory. Errors do not show the value, because it may be an encryption key. */
export const bytes: Field<Uint8Array> = {
  takes: 'a Uint8Array',
  read(value, name, refuse) {
    if (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]')
      return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    throw refuse(name, `must be a Uint8Array, but it is ${typeNameOf(value)}`, 'Pass a Uint8Array or a Buffer.')
  },
}

/** Whether an object of any class has a method of this name. */
const hasMethod = (value: object, name: string): boolean => typeof Reflect.get(value, name) === 'function'

/** An AbortSignal of any implementation, recognised by its methods. */
export const abortSignal = tested(
  'an AbortSignal',
  (value): value is AbortSignal =>
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'aborted') === 'boolean' &&
    hasMethod(value, 'addEventListener') &&
    hasMethod(value, 'removeEventListener'),
  'Pass the signal of an AbortController, not the controller.',
)

/** An object with these methods, such as a transport or a journal that the caller implements. */
export const withMethods = <T extends object>(takes: string, ...methods: (keyof T & string)[]): Field<T> => ({
  takes,
  read(value, name, refuse) {
    if (typeof value !== 'object' || value === null) throw refuse(name, mustBe(takes, value), `Pass ${takes}.`)
    const missing = methods.find((method) => !hasMethod(value, method))
    if (missing === undefined) return value as T
    throw refuse(name, `must be ${takes}, but it has no method ${missing}`, `Pass ${takes}.`)
  },
})
