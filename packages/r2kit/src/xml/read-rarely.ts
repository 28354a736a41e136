/** The readers that lists of objects and errors can do without: see `read.ts`. */
import { type Reader, wrong } from './read.js'
import { childOf, childrenOf, textOf } from './tree.js'

/** A text that says nothing when it is empty, such as an upload's id. */
export const filled: Reader<string> = {
  read: (node) => (node.text === '' ? wrong(node, 'a text') : textOf(node)),
}

/** One of a few words. */
export const oneOf = <const T extends string>(...values: readonly T[]): Reader<T> => ({
  read: (node) => values.find((value) => value === node.text) ?? wrong(node, values.join(' or ')),
})

/** An element that may come any number of times. */
export const many = <T>(name: string, reader: Reader<T>): Reader<readonly T[]> => ({
  read: (parent) => childrenOf(parent, name).map((node) => reader.read(node)),
})

/** A field one element further in: `inside('Filter', one('Prefix', text))`. */
export const inside = <T>(name: string, field: Reader<T>): Reader<T> => ({
  read: (parent) => field.read(childOf(parent, name) ?? { name, text: '', children: [] }),
})

/** A field that has a value even where the element is missing. */
export const otherwise = <T>(field: Reader<T | undefined>, value: T): Reader<T> => ({
  read: (parent) => field.read(parent) ?? value,
})
