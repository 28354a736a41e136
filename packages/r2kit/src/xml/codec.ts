/** The tables of structures that are written as well as read (`read.ts`): requests, and the configurations of a bucket. */
import { R2Error } from '../errors/index.js'
import * as reading from './read.js'
import * as rare from './read-rarely.js'
import { requestText, xmlElement } from './writer.js'

/** A kind of value, or a field of a structure: how it is read, and how it is written. */
export interface Codec<T> extends reading.Reader<T> {
  /** Markup: the element's content, or (a field) the element, which is left out for no value. `field` is what an error calls the value. */
  write(value: T, field: string): string
}

export type Shape<T> = { readonly [Name in keyof T]-?: Codec<T[Name]> }

export const text: Codec<string> = { ...reading.text, write: requestText }

/** One of a few words. */
export const oneOf = <const T extends string>(...values: readonly T[]): Codec<T> => ({
  ...rare.oneOf(...values),
  write: (value) => value,
})

/** A whole number that is not negative. */
export const integer: Codec<number> = {
  ...reading.integer,
  write: (value, field) => {
    if (Number.isSafeInteger(value) && value >= 0) return String(value)
    throw new R2Error('InvalidInput', `${field} must be a whole number, but is ${value}`, { field })
  },
}

export const boolean: Codec<boolean> = { ...reading.boolean, write: String }

/** Bare in our types, quoted on the wire. */
export const etag: Codec<string> = {
  ...reading.etag,
  write: (value, field) => requestText(`"${value}"`, field),
}

export const date: Codec<Date> = {
  ...reading.date,
  write: (value, field) => {
    if (!Number.isNaN(value.getTime())) return value.toISOString()
    throw new R2Error('InvalidInput', `${field} is not a valid date`, { field })
  },
}

export const record = <T>(shape: Shape<T>): Codec<T> => {
  const fields = Object.entries(shape) as [string, Codec<unknown>][]
  return {
    ...reading.record<T>(shape),
    write: (value, path) =>
      fields
        .map(([name, field]) => field.write(value[name as keyof T], path === '' ? name : `${path}.${name}`))
        .join(''),
  }
}

/** An element that must be there. */
export const one = <T>(name: string, codec: Codec<T>): Codec<T> => ({
  ...reading.one(name, codec),
  write: (value, field) => xmlElement(name, codec.write(value, field)),
})

/** An element that may be missing. */
export const maybe = <T>(name: string, codec: Codec<T>): Codec<T | undefined> => ({
  ...reading.maybe(name, codec),
  write: (value, field) => (value === undefined ? '' : xmlElement(name, codec.write(value, field))),
})

/** An element that may come any number of times. */
export const many = <T>(name: string, codec: Codec<T>): Codec<readonly T[]> => ({
  ...rare.many(name, codec),
  write: (values, field) =>
    values.map((value, index) => xmlElement(name, codec.write(value, `${field}[${index}]`))).join(''),
})

/** A field one element further in: `inside('Filter', one('Prefix', text))`. */
export const inside = <T>(name: string, field: Codec<T>): Codec<T> => ({
  ...rare.inside(name, field),
  write: (value, path) => {
    const markup = field.write(value, path)
    return markup === '' ? '' : xmlElement(name, markup)
  },
})

/** A field that has a value even where the element is missing. */
export const otherwise = <T>(field: Codec<T | undefined>, value: T): Codec<T> => ({
  ...rare.otherwise(field, value),
  write: field.write,
})
