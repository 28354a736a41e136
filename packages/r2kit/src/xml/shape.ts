/**
 * One table per S3 structure says how it is read and how it is written: which field of ours is which element, and what
 * kind of value it holds. Elements that no table names are passed over, because servers add new ones.
 */
import { R2Error } from '../errors/index.js'
import { shortened } from './scanner.js'
import { childOf, childrenOf, textOf, type XmlNode } from './tree.js'
import { requestText, xmlElement } from './writer.js'

/** A kind of value: how an element's content becomes one, and the other way. */
export interface Codec<T> {
  read(node: XmlNode): T
  /** Markup to stand in the element. `field` is what an error calls the value. */
  write(value: T, field: string): string
}

/** A field of a structure: where its value stands among the children of the structure's element. */
export interface Field<T> {
  read(parent: XmlNode): T
  /** Markup with the element; empty where there is no value. */
  write(value: T, field: string): string
}

export type Shape<T> = { readonly [Name in keyof T]-?: Field<T[Name]> }

const invalid = (problem: string): never => {
  throw new R2Error('InvalidResponse', `The XML document is not what it should be: ${problem}`)
}

const wrong = (node: XmlNode, expected: string): never =>
  invalid(`<${node.name}> is ${JSON.stringify(shortened(node.text))}, not ${expected}`)

export const text: Codec<string> = { read: textOf, write: requestText }

/** A text that says nothing when it is empty, such as an upload's id. */
export const filled: Codec<string> = {
  read: (node) => (node.text === '' ? wrong(node, 'a text') : textOf(node)),
  write: requestText,
}

/** One of a few words. */
export const oneOf = <const T extends string>(...values: readonly T[]): Codec<T> => ({
  read: (node) => values.find((value) => value === node.text) ?? wrong(node, values.join(' or ')),
  write: (value) => value,
})

/** A whole number that is not negative. */
export const integer: Codec<number> = {
  read: (node) => {
    const value = Number(node.text)
    return Number.isSafeInteger(value) && value >= 0 && node.text.trim() !== '' ? value : wrong(node, 'a whole number')
  },
  write: (value, field) => {
    if (Number.isSafeInteger(value) && value >= 0) return String(value)
    throw new R2Error('InvalidInput', `${field} must be a whole number, but is ${value}`, { field })
  },
}

export const boolean: Codec<boolean> = {
  read: (node) => node.text === 'true' || (node.text !== 'false' && wrong(node, 'true or false')),
  write: String,
}

const quote = 34

/** Bare in our types, quoted on the wire. */
export const etag: Codec<string> = {
  read: (node) => {
    const value = textOf(node)
    const quoted = value.length > 1 && value.charCodeAt(0) === quote && value.charCodeAt(value.length - 1) === quote
    return quoted ? value.slice(1, -1) : value
  },
  write: (value, field) => requestText(`"${value}"`, field),
}

export const date: Codec<Date> = {
  read: (node) => {
    const time = isoTime(node.text)
    return Number.isNaN(time) ? wrong(node, 'a date') : new Date(time)
  },
  write: (value, field) => {
    if (!Number.isNaN(value.getTime())) return value.toISOString()
    throw new R2Error('InvalidInput', `${field} is not a valid date`, { field })
  },
}

const isoDate = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** Milliseconds of `2026-01-31T12:00:00.000Z`; NaN for what is no date. */
const isoTime = (iso: string): number => {
  if (!isoDate.test(iso)) return Number.NaN
  const day = Number(iso.slice(8, 10))
  // Date.parse takes February 30 for March 1.
  if (day > 28 && day > new Date(Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), 0)).getUTCDate())
    return Number.NaN
  return Date.parse(iso)
}

export const record = <T>(shape: Shape<T>): Codec<T> => {
  const fields = Object.entries(shape) as [string, Field<unknown>][]
  return {
    read: (node) => {
      const result: Record<string, unknown> = {}
      for (let index = 0; index < fields.length; index++) {
        const entry = fields[index]
        if (entry === undefined) break
        const value = entry[1].read(node)
        if (value !== undefined) result[entry[0]] = value
      }
      // The mapped type of `shape` says that every field of T was read.
      return result as T
    },
    write: (value, path) =>
      fields
        .map(([name, field]) => field.write(value[name as keyof T], path === '' ? name : `${path}.${name}`))
        .join(''),
  }
}

/** An element that must be there. */
export const one = <T>(name: string, codec: Codec<T>): Field<T> => ({
  read: (parent) => {
    const node = childOf(parent, name)
    return node === undefined ? invalid(`<${parent.name}> lacks <${name}>`) : codec.read(node)
  },
  write: (value, field) => xmlElement(name, codec.write(value, field)),
})

/** An element that may be missing. */
export const maybe = <T>(name: string, codec: Codec<T>): Field<T | undefined> => ({
  read: (parent) => {
    const node = childOf(parent, name)
    return node === undefined ? undefined : codec.read(node)
  },
  write: (value, field) => (value === undefined ? '' : xmlElement(name, codec.write(value, field))),
})

/** An element that may come any number of times. */
export const many = <T>(name: string, codec: Codec<T>): Field<readonly T[]> => ({
  read: (parent) => childrenOf(parent, name).map((node) => codec.read(node)),
  write: (values, field) =>
    values.map((value, index) => xmlElement(name, codec.write(value, `${field}[${index}]`))).join(''),
})

/** A field one element further in: `inside('Filter', one('Prefix', text))`. */
export const inside = <T>(name: string, field: Field<T>): Field<T> => ({
  read: (parent) => field.read(childOf(parent, name) ?? { name, text: '', children: [] }),
  write: (value, path) => {
    const markup = field.write(value, path)
    return markup === '' ? '' : xmlElement(name, markup)
  },
})

/** A field that has a value even where the element is missing. */
export const otherwise = <T>(field: Field<T | undefined>, value: T): Field<T> => ({
  read: (parent) => field.read(parent) ?? value,
  write: field.write,
})

/** A structure of which one field matters: the value stands for the structure. */
export const only = <T>(field: Field<T>): Codec<T> => field
