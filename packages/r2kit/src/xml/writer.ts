/**
 * Functions that write XML, for requests and for the responses of a server. Quotes are escaped as R2 escapes them (`&apos;`,
 * `&quot;`).
 */
import { shown } from '../base/shown.js'
import { R2Error } from '../errors/index.js'

/** The namespace of S3's documents. Only `Error` has none. */
const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'
/** Characters that XML 1.0 (section 2.2) forbids even as references, and halves of surrogate pairs. */
const forbidden = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Cs}/u
/** Characters that are escaped. Line ends and tabs are among them, because a reader may change them (XML 1.0, 2.11). */
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
 * Whether XML 1.0 can carry a text unchanged. DeleteObjects cannot name a key with a control character; DeleteObject can, because
 * the key is in its path.
 */
export const xmlCanCarry = (text: string): boolean => !forbidden.test(text)

/**
 * Escapes text. Control characters become references such as `&#1;`, which XML 1.0 forbids, but S3 writes in its responses.
 * Requests must not contain them (`xmlCanCarry`).
 */
export const escapeXml = (text: string): string => text.replace(escaped, referenceTo)

/**
 * Escapes text for a request.
 *
 * @param field name of the text in errors
 * @throws R2Error `InvalidInput` for a text that XML cannot carry
 */
export const requestText = (text: string, field: string): string => {
  if (xmlCanCarry(text)) return escapeXml(text)
  throw new R2Error(
    'InvalidInput',
    `${field} must not have characters that XML cannot carry, but it is ${shown(text)}`,
    { field, hint: 'Remove control characters and unpaired surrogates.' },
  )
}

/** An element with markup as its content. */
export const xmlElement = (name: string, markup: string): string => `<${name}>${markup}</${name}>`

/** An element with a value as its content, or nothing for undefined. */
export const xmlValue = (name: string, value: string | number | boolean | undefined): string =>
  value === undefined ? '' : xmlElement(name, escapeXml(String(value)))

/** A document: the declaration, and a root with markup as its content. @param namespace empty for none */
export const xmlDocument = (root: string, markup: string, namespace = s3Namespace): string =>
  `${declaration}<${root}${namespace === '' ? '' : ` xmlns="${namespace}"`}>${markup}</${root}>`
