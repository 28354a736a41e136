/** The head of a response as values: status, header fields, and how its body ends (RFC 9112, sections 4 to 6). */
import { type HeaderFields, type HttpMethod, headerOf } from '../transport.js'
import { HttpParserError } from './protocol-error.js'

/** How a body ends: after a number of bytes, with the last chunk, or with the connection. */
type Framing = number | 'chunked' | 'close'

/** The head of one response. */
export interface ResponseHead {
  readonly status: number
  readonly headers: HeaderFields
  readonly framing: Framing
  /** Whether the server keeps the connection open after this response. */
  readonly keepsAlive: boolean
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const [tab, lineFeed, carriageReturn, space, deletes] = [0x09, 0x0a, 0x0d, 0x20, 0x7f]

/** Whether a character is one that no line contains (RFC 9110, section 5.5): all control characters but the tab. */
export const isControl = (code: number): boolean => (code < space && code !== tab) || code === deletes

/** Names as servers spell them → names in lower case. Servers repeat few names, so each is checked once. */
const knownNames = new Map<string, string>()
const knownNamesMax = 256
/** A name may be a view of its head, which stays in memory with it. */
const knownNameLengthMax = 64

/**
 * Reads a head, strictly: whatever two readers could understand differently is rejected.
 *
 * @param text the head as Latin-1, without the empty line at its end
 * @throws HttpParserError
 */
export const readHead = (text: string, method: HttpMethod): ResponseHead => {
  let end = text.indexOf('\r\n')
  if (end < 0) end = text.length
  const [, minor, digits] = statusLine.exec(text.slice(0, end)) ?? []
  if (digits === undefined) throw new HttpParserError('invalid status line')
  const status = Number(digits)
  const headers: HeaderFields = {}
  while (end < text.length) end = addField(headers, text, end + 2)
  const isOld = minor === '0'
  const framing = framingOf(headers, method, status, isOld)
  const connection = headers.connection
  const options = connection === undefined ? [] : connection.toLowerCase().split(/[ \t]*,[ \t]*/)
  const keepsAlive = framing !== 'close' && (isOld ? options.includes('keep-alive') : !options.includes('close'))
  return { status, headers, framing, keepsAlive }
}

/** Adds the field whose line begins at `from`, in one pass over its characters. Returns where the line ends. */
const addField = (headers: HeaderFields, text: string, from: number): number => {
  const colon = text.indexOf(':', from)
  const name = nameOf(text.slice(from, Math.max(from, colon)))
  let start = colon + 1
  while (isSpace(text.charCodeAt(start))) start++
  let isAscii = true
  let valueEnd = start
  let end = start
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === carriageReturn && text.charCodeAt(end + 1) === lineFeed) break
    if (isControl(code)) throw new HttpParserError(`the header field ${name} has a control character`)
    if (code > deletes) isAscii = false
    if (!isSpace(code)) valueEnd = end + 1
  }
  const value = text.slice(start, valueEnd)
  const decoded = isAscii ? value : Buffer.from(value, 'latin1').toString('utf8')
  // Nearly all names are new, so one look-up is enough.
  const isRepeated = headers[name] !== undefined && Object.hasOwn(headers, name)
  headers[name] = isRepeated ? `${headers[name]}, ${decoded}` : decoded
  return end
}

/** Rejects a line that begins with white space, which once continued the line before, and white space before the colon. */
const nameOf = (spelled: string): string => {
  const known = knownNames.get(spelled)
  if (known !== undefined) return known
  if (!token.test(spelled)) throw new HttpParserError('invalid header field name')
  const name = spelled.toLowerCase()
  if (knownNames.size < knownNamesMax && spelled.length <= knownNameLengthMax) knownNames.set(spelled, name)
  return name
}

const isSpace = (code: number): boolean => code === space || code === tab

/** RFC 9112, section 6.3. A length beside chunks, and more than one length, are how responses are smuggled. */
const framingOf = (headers: HeaderFields, method: HttpMethod, status: number, isOld: boolean): Framing => {
  const coding = headerOf(headers, 'transfer-encoding')
  const length = headerOf(headers, 'content-length')
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked' || isOld) throw new HttpParserError('unknown transfer coding')
    if (length !== undefined) throw new HttpParserError('both content-length and transfer-encoding')
  }
  if (length !== undefined && !(/^\d+$/.test(length) && Number.isSafeInteger(Number(length))))
    throw new HttpParserError('invalid content-length')
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0
  if (coding !== undefined) return 'chunked'
  return length === undefined ? 'close' : Number(length)
}
