/**
 * How S3's structures are read: one table per structure says which field of ours is which element, and what kind of value it
 * holds. Elements that no table names are passed over, because servers add new ones. What every client needs stands here;
 * kinds of documents that are rarer have more in `read-rarely.ts`, and those that are written too in `shape.ts`.
 */
import { R2Error } from '../errors/index.js'
import { shortened } from './scanner.js'
import { childOf, textOf, type XmlNode } from './tree.js'

/** A value from an element: from its own content, or (a field of a structure) from its children. */
export interface Reader<T> {
  read(node: XmlNode): T
}

export type Readers<T> = { readonly [Name in keyof T]-?: Reader<T[Name]> }

const invalid = (problem: string): never => {
  throw new R2Error('InvalidResponse', `The XML document is not what it should be: ${problem}`)
}

/** Throws: the element's content is something else than was expected. */
export const wrong = (node: XmlNode, expected: string): never =>
  invalid(`<${node.name}> is ${JSON.stringify(shortened(node.text))}, not ${expected}`)

export const text: Reader<string> = { read: textOf }

/** A whole number that is not negative. */
export const integer: Reader<number> = {
  read: (node) => {
    const value = Number(node.text)
    return Number.isSafeInteger(value) && value >= 0 && node.text.trim() !== '' ? value : wrong(node, 'a whole number')
  },
}

export const boolean: Reader<boolean> = {
  read: (node) => node.text === 'true' || (node.text !== 'false' && wrong(node, 'true or false')),
}

const quote = 34

/** Bare in our types, quoted on the wire. */
export const etag: Reader<string> = {
  read: (node) => {
    const value = textOf(node)
    const quoted = value.length > 1 && value.charCodeAt(0) === quote && value.charCodeAt(value.length - 1) === quote
    return quoted ? value.slice(1, -1) : value
  },
}

export const date: Reader<Date> = {
  read: (node) => {
    const time = isoTime(node.text)
    return Number.isNaN(time) ? wrong(node, 'a date') : new Date(time)
  },
}

const isoDate = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d\d:\d\d:\d\d(?:|\.\d+)(?:Z|[+-]\d\d:\d\d)$/

/** Milliseconds of `2026-01-31T12:00:00.000Z`; NaN for what is no date. */
const isoTime = (iso: string): number => {
  if (!isoDate.test(iso)) return Number.NaN
  const day = Number(iso.slice(8, 10))
  // Date.parse takes February 30 for March 1.
  if (day > 28 && day > new Date(Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), 0)).getUTCDate())
    return Number.NaN
  return Date.parse(iso)
}

export const record = <T>(readers: Readers<T>): Reader<T> => {
  const fields = Object.entries(readers) as [string, Reader<unknown>][]
  return {
    read: (node) => {
      const result: Record<string, unknown> = {}
      for (let index = 0; index < fields.length; index++) {
        const entry = fields[index]
        if (entry === undefined) break
        const value = entry[1].read(node)
        if (value !== undefined) result[entry[0]] = value
      }
      // The mapped type of `readers` says that every field of T was read.
      return result as T
    },
  }
}

/** An element that must be there. */
export const one = <T>(name: string, reader: Reader<T>): Reader<T> => ({
  read: (parent) => {
    const node = childOf(parent, name)
    return node === undefined ? invalid(`<${parent.name}> lacks <${name}>`) : reader.read(node)
  },
})

/** An element that may be missing. */
export const maybe = <T>(name: string, reader: Reader<T>): Reader<T | undefined> => ({
  read: (parent) => {
    const node = childOf(parent, name)
    return node === undefined ? undefined : reader.read(node)
  },
})
