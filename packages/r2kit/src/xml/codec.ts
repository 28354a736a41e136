/**
 * S3's structures as tables: which field of ours is which element, and what kind of value it holds. One table both reads and
 * writes a structure, so that a server reads exactly what a client writes. Unknown elements are ignored, because servers add
 * new ones.
 */
import { R2Error } from '../errors/index.js'
import { childOf, childrenOf, textOf, type XmlNode } from './tree.js'
import { booleanOf, dateOf, etagOf, failValue, integerOf, requiredChild } from './values.js'
import { requestText, xmlElement } from './writer.js'

/** Reads and writes one kind of value, or one field of a structure. */
export interface Codec<T> {
  /** Reads a value from its element, or a field from the element of its structure. @throws R2Error `InvalidResponse` */
  read(node: XmlNode): T
  /**
   * Writes a value as the content of its element, or a field as its element; an absent field as nothing.
   *
   * @param field name of the value in errors: `rules[0].id`
   * @throws R2Error `InvalidInput`
   */
  write(value: T, field: string): string
}

/** A codec for each field of a structure. */
export type Shape<T> = { readonly [Name in keyof T]-?: Codec<T[Name]> }

/** Any text. */
export const text: Codec<string> = { read: textOf, write: requestText }

/** A text that has no meaning when empty, such as an upload ID. */
export const filledText: Codec<string> = {
  read: (node) => (node.text === '' ? failValue(node, 'a text') : textOf(node)),
  write: requestText,
}

/** One of a few words. */
export const oneOf = <const T extends string>(...values: readonly T[]): Codec<T> => ({
  read: (node) => values.find((value) => value === node.text) ?? failValue(node, values.join(' or ')),
  write: (value) => value,
})

/** A whole number from 0. */
export const integer: Codec<number> = {
  read: integerOf,
  write: (value, field) => {
    if (Number.isSafeInteger(value) && value >= 0) return String(value)
    const hint = 'Pass a whole number.'
    throw new R2Error('InvalidInput', `${field} must be a whole number from 0, but it is ${value}`, { field, hint })
  },
}

/** `true` or `false`. */
export const boolean: Codec<boolean> = { read: booleanOf, write: String }

/** An ETag: without quotes in our types, with quotes on the wire. */
export const etag: Codec<string> = { read: etagOf, write: (value, field) => requestText(`"${value}"`, field) }

/** A moment in ISO 8601. */
export const date: Codec<Date> = {
  read: dateOf,
  write: (value, field) => {
    if (!Number.isNaN(value.getTime())) return value.toISOString()
    throw new R2Error('InvalidInput', `${field} must be a valid Date`, { field, hint: 'Pass a valid Date.' })
  },
}

/** A structure: an object with these fields. */
export const record = <T>(shape: Shape<T>): Codec<T> => {
  const fields = Object.entries(shape) as [string, Codec<unknown>][]
  return {
    read: (node) => {
      const result: Record<string, unknown> = {}
      for (const [name, field] of fields) {
        const value = field.read(node)
        if (value !== undefined) result[name] = value
      }
      // The mapped type of `shape` proves that every field of T was read.
      return result as T
    },
    write: (value, path) =>
      fields
        .map(([name, field]) => field.write(value[name as keyof T], path === '' ? name : `${path}.${name}`))
        .join(''),
  }
}

/** An element that must be present. */
export const required = <T>(name: string, codec: Codec<T>): Codec<T> => ({
  read: (parent) => codec.read(requiredChild(parent, name)),
  write: (value, field) => xmlElement(name, codec.write(value, field)),
})

/** An element that may be absent. */
export const optional = <T>(name: string, codec: Codec<T>): Codec<T | undefined> => ({
  read: (parent) => {
    const node = childOf(parent, name)
    return node === undefined ? undefined : codec.read(node)
  },
  write: (value, field) => (value === undefined ? '' : xmlElement(name, codec.write(value, field))),
})

/** An element that may occur any number of times. */
export const list = <T>(name: string, codec: Codec<T>): Codec<readonly T[]> => ({
  read: (parent) => childrenOf(parent, name).map((node) => codec.read(node)),
  write: (values, field) =>
    values.map((value, index) => xmlElement(name, codec.write(value, `${field}[${index}]`))).join(''),
})

/** A field one element further in: `nested('Filter', required('Prefix', text))`. */
export const nested = <T>(name: string, field: Codec<T>): Codec<T> => ({
  read: (parent) => field.read(childOf(parent, name) ?? { name, text: '', children: [] }),
  write: (value, path) => {
    const markup = field.write(value, path)
    return markup === '' ? '' : xmlElement(name, markup)
  },
})

/** A field with a default for an absent element. */
export const withDefault = <T>(field: Codec<T | undefined>, value: T): Codec<T> => ({
  read: (parent) => field.read(parent) ?? value,
  write: field.write,
})
