/** The head of a request as text for the wire (RFC 9112, sections 3 and 5). */
import { R2Error } from '../../errors/index.js'
import type { HeaderFields } from '../transport.js'

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Field values that reach the server as one line. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/
const target = /^\/[\x21-\x7e]*$/

/** Fields that would change how the request is framed or what the connection does. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Names that have been checked: a client sends few different ones. */
const knownNames = new Set<string>()
const knownNamesMax = 256

/**
 * @param contentLength of the body; undefined where the request has none and needs no length
 * @returns the head as Latin-1, with the empty line at its end
 * @throws R2Error `InvalidInput` for anything that could end a line early or contradict the body
 */
export const requestHead = (
  method: string,
  path: string,
  headers: Readonly<HeaderFields>,
  contentLength: number | undefined,
): string => {
  if (!target.test(path)) throw invalid('the path has a character that is not percent-encoded')
  let head = `${method} ${path} HTTP/1.1\r\n`
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    if (!knownNames.has(name)) check(name)
    if (!fieldValue.test(value))
      throw invalid(`the value of the header ${name} has a character that no header can have`)
    if (name === 'content-length') {
      if (value !== String(contentLength))
        throw invalid(`content-length is ${value}, and the body has ${contentLength ?? 0} bytes`)
    } else head += `${name}: ${value}\r\n`
  }
  return contentLength === undefined ? `${head}\r\n` : `${head}content-length: ${contentLength}\r\n\r\n`
}

const check = (name: string): void => {
  if (!token.test(name)) throw invalid('a header name has a character that no name can have')
  if (ofTheConnection.has(name)) throw invalid(`the header ${name} is the transport's to set`)
  if (knownNames.size < knownNamesMax) knownNames.add(name)
}

const invalid = (why: string): R2Error =>
  new R2Error('InvalidInput', `the request cannot be sent: ${why}`, {
    hint: 'Check the key, the headers that layers add, and the length and type of the body.',
  })
