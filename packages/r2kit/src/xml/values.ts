/** Values of elements, read from their text. Each function throws `InvalidResponse` for a text of another form. */

import { isOpaqueTag } from '../base/bytes.js'
import { shown } from '../base/shown.js'
import { R2Error } from '../errors/index.js'
import { childOf, textOf, type XmlNode } from './tree.js'

/** Throws the error for a document without the expected structure. */
export const failRead = (problem: string, cause?: unknown): never => {
  throw new R2Error('InvalidResponse', `Unexpected XML document: ${problem}`, { cause })
}

/** Throws the error for an element whose text has another form. @param expected with its article: `a date` */
export const failValue = (node: XmlNode, expected: string): never =>
  failRead(`<${node.name}> is ${shown(node.text)}, not ${expected}`)

/** The child with this name. @throws R2Error `InvalidResponse` if it is absent */
export const requiredChild = (parent: XmlNode, name: string): XmlNode =>
  childOf(parent, name) ?? failRead(`<${parent.name}> lacks <${name}>`)

/** The text of the child with this name, or undefined if it is absent. */
export const optionalText = (parent: XmlNode, name: string): string | undefined => {
  const child = childOf(parent, name)
  return child && textOf(child)
}

/** A whole number from 0. */
export const integerOf = (node: XmlNode): number => {
  const value = Number(node.text)
  const isWhole = Number.isSafeInteger(value) && value >= 0 && node.text.trim() !== ''
  return isWhole ? value : failValue(node, 'a whole number')
}

/** `true` or `false`. */
export const booleanOf = (node: XmlNode): boolean =>
  node.text === 'true' || (node.text !== 'false' && failValue(node, 'true or false'))

const quote = 34

/** An ETag without its quotes. A malformed one could not be sent again in a condition. */
export const etagOf = (node: XmlNode): string => {
  const value = textOf(node)
  const quoted = value.length > 1 && value.charCodeAt(0) === quote && value.charCodeAt(value.length - 1) === quote
  const etag = quoted ? value.slice(1, -1) : value
  return isOpaqueTag(etag) ? etag : failValue(node, 'an ETag')
}

/** A moment in ISO 8601. */
export const dateOf = (node: XmlNode): Date => {
  const time = isoTime(node.text)
  return Number.isNaN(time) ? failValue(node, 'a date') : new Date(time)
}

const isoDate = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T\d\d:\d\d:\d\d(?:|\.\d+)(?:Z|[+-]\d\d:\d\d)$/

/** Milliseconds of `2026-01-31T12:00:00.000Z`; NaN for a text that is not a date. */
const isoTime = (iso: string): number => {
  if (!isoDate.test(iso)) return Number.NaN
  const year = 100 * twoDigits(iso, 0) + twoDigits(iso, 2)
  const month = twoDigits(iso, 5)
  const day = twoDigits(iso, 8)
  // Date.parse takes February 30 for March 1.
  if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return Number.NaN
  const hours = twoDigits(iso, 11)
  const minutes = twoDigits(iso, 14)
  const seconds = twoDigits(iso, 17)
  const isUsual = iso.length === 24 && iso.endsWith('Z') && hours < 24 && minutes < 60 && seconds < 60
  if (!isUsual) return Date.parse(iso)
  // R2's form, with milliseconds. Date.parse and Date.UTC take longer for it.
  const minuteOfEpoch = (daysOf(year, month, day) * 24 + hours) * 60 + minutes
  return (minuteOfEpoch * 60 + seconds) * 1000 + 10 * twoDigits(iso, 20) + iso.charCodeAt(22) - zero
}

const zero = 48

/** The number of two digits. */
const twoDigits = (text: string, at: number): number => 10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * zero

/** Days from January 1, 1970 to a date. Its years begin in March, so that February 29 is the last day of one. */
const daysOf = (year: number, month: number, day: number): number => {
  const years = month > 2 ? year : year - 1
  const months = month > 2 ? month - 3 : month + 9
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400)
  return 365 * years + leapDays + Math.floor((153 * months + 2) / 5) + day - 719_469
}
