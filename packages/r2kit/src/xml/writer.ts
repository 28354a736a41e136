/**
 * Writing XML: the few functions that requests, and a server's answers, are put together with. Quotes are escaped as R2
 * escapes them (`&apos;`, `&quot;`).
 */
import { R2Error } from '../errors/index.js'
import { shortened } from './scanner.js'

/** The namespace of S3's documents; only `Error` has none. */
const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'
/** What XML 1.0 (section 2.2) has no place for, not even as a reference, and halves of surrogate pairs. */
const forbidden = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Cs}/u
/** Line ends and tabs are written as references: a reader may change them otherwise (XML 1.0, 2.11). */
const escaped = /[&<>"'\t\n\r]|(?![\x7f-\x9f])\p{Cc}/gu
const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
const referenceTo = (character: string): string => references[character] ?? `&#${character.charCodeAt(0)};`

/**
 * Whether XML 1.0 can carry the text unchanged. A key with a control character cannot stand in a DeleteObjects request:
 * delete it with DeleteObject, which has the key in its path.
 */
export const xmlCanCarry = (text: string): boolean => !forbidden.test(text)

/**
 * Text as XML. Control characters become references such as `&#1;`, which XML 1.0 forbids, as S3 writes them in its
 * answers; a request must not have them (`xmlCanCarry`).
 */
export const escapeXml = (text: string): string => text.replace(escaped, referenceTo)

/** Escapes, or refuses what XML cannot carry. `field` is what the error calls the text. */
export const requestText = (text: string, field: string): string => {
  if (xmlCanCarry(text)) return escapeXml(text)
  throw new R2Error(
    'InvalidInput',
    `${field} has a character that XML cannot carry: ${JSON.stringify(shortened(text))}`,
    { field },
  )
}

/** An element around markup. */
export const xmlElement = (name: string, markup: string): string => `<${name}>${markup}</${name}>`

/** An element around a value; nothing for undefined. */
export const xmlValue = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? '' : xmlElement(name, escapeXml(String(value)))

/** A document: declaration, and a root around markup. An empty `namespace` writes none. */
export const xmlDocument = (root: string, markup: string, namespace = s3Namespace): string =>
  `${declaration}<${root}${namespace === '' ? '' : ` xmlns="${namespace}"`}>${markup}</${root}>`
