/**
 * A scanner for the XML that S3 speaks, fed with bytes as they arrive and cut anywhere. It knows elements, text, CDATA,
 * comments and the five entities (XML 1.0, https://www.w3.org/TR/xml/). Attributes and namespace prefixes mean nothing in
 * S3's documents and are passed over. Document types are refused, for they are how entity bombs are made.
 *
 * Speed: a page of a list has some 14,000 tags, so a tag costs two string comparisons and no object.
 */
import { R2Error } from '../errors/index.js'

/** What one document may cost. The defaults are several times what R2's largest answer needs. */
export interface XmlLimits {
  /** Longest document, in bytes. @defaultValue 32 MiB: a page of 1,000 keys, each fully escaped, stays below 8 MiB. */
  readonly documentBytes?: number
  /** Longest text of one element, in characters. @defaultValue 262,144: the canonical request in a signature error is the longest. */
  readonly textLength?: number
  /** Elements within elements. @defaultValue 16: S3's deepest document has 6. */
  readonly depth?: number
}

export interface XmlHandler {
  open(name: string): void
  /** `text` is what stood in the element after its last child: all of it for an element without children. */
  close(text: string): void
}

/** Longest tag, comment or processing instruction, in characters; they are held until they are complete. */
const markupLengthMax = 16_384
/** Longest reference, `&` and `;` included: `&#x10FFFF;` with room for leading zeros. */
const referenceLengthMax = 32
const knownNamesMax = 256
/** How much of a document an error shows. */
const excerptLength = 80

const [carriageReturn, space, bang, slash, greater, question] = [13, 32, 33, 47, 62, 63] as const
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const declaredEncoding = /^\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)/
const attributes = /^(?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*\/?$/
const elementName = /^[^\s<>&"'=/!?.\-\d][^\s<>&"'=/!?]*$/

export class XmlScanner {
  readonly #handler: XmlHandler
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #documentBytesMax: number
  readonly #textLengthMax: number
  readonly #depthMax: number
  /** Names of the open elements as written, prefix included. */
  readonly #open: string[] = []
  /** Names that were seen, and what they are without a prefix: a document has few, and repeats them. */
  readonly #names = new Map<string, string>()
  #bytes = 0
  #started = false
  #inCdata = false
  #text = ''
  /** What has arrived and is not complete enough to be understood. */
  #rest = ''
  #excerpt = ''

  constructor(handler: XmlHandler, limits: XmlLimits = {}) {
    this.#handler = handler
    this.#documentBytesMax = limits.documentBytes ?? 32 * 1024 * 1024
    this.#textLengthMax = limits.textLength ?? 256 * 1024
    this.#depthMax = limits.depth ?? 16
  }

  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#documentBytesMax) this.fail(`the document is longer than ${this.#documentBytesMax} bytes`)
    this.#scan(this.#decode(chunk))
  }

  /** Says that no more bytes come: an incomplete document is an error. */
  end(): void {
    this.#scan(this.#decode())
    if (!this.#started) this.fail(this.#bytes === 0 ? 'the body is empty' : 'there is no element in the body')
    const open = this.#open.at(-1)
    if (open !== undefined) this.fail(`the document ends inside of <${open}>`)
    if (this.#rest.trim() !== '') this.fail('something follows the document')
  }

  /** Throws an `InvalidResponse` that shows how the document starts. */
  fail(problem: string, cause?: unknown): never {
    const found = this.#excerpt === '' ? '' : `; it starts with ${JSON.stringify(this.#excerpt)}`
    throw new R2Error('InvalidResponse', `Not a valid XML document: ${problem}${found}`, { cause })
  }

  #decode(chunk?: Uint8Array): string {
    try {
      const text = chunk === undefined ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true })
      if (this.#excerpt.length < excerptLength) this.#excerpt = (this.#excerpt + text).slice(0, excerptLength)
      return text
    } catch (cause) {
      return this.fail('its bytes are not UTF-8', cause)
    }
  }

  #scan(arrived: string): void {
    const source = this.#rest === '' ? arrived : this.#rest + arrived
    const end = source.length
    const open = this.#open
    let at = 0
    // The next `&` at or after `at`: found once, not once per text, because most texts have none.
    let reference = source.indexOf('&')
    while (at < end) {
      if (this.#inCdata) {
        const stop = source.indexOf(']]>', at)
        // Two characters stay, because they may be the start of the end.
        let until = stop === -1 ? Math.max(at, end - 2) : stop
        if (stop === -1 && until > at && source.charCodeAt(until - 1) === carriageReturn) until--
        this.#addText(lineEndings(source.slice(at, until)))
        at = until
        if (stop === -1) break
        this.#inCdata = false
        at += 3
        continue
      }

      const tag = source.indexOf('<', at)
      if (tag !== at) {
        let until = tag === -1 ? heldFrom(source, at) : tag
        if (reference !== -1 && reference < at) reference = source.indexOf('&', at)
        const plain = reference === -1 || reference >= until
        if (tag === -1 && !plain) {
          // A reference that is cut off waits for its end, unless it is too long to be one.
          const last = source.lastIndexOf('&')
          if (last >= at && source.indexOf(';', last) === -1 && end - last <= referenceLengthMax)
            until = Math.min(until, last)
        }
        const text = source.slice(at, until)
        this.#addText(plain ? lineEndings(text) : this.#resolve(lineEndings(text)))
        at = until
        if (tag === -1) break
      }

      const first = source.charCodeAt(tag + 1)
      if (first === slash) {
        const name = open.at(-1)
        if (name === undefined) this.fail('an end tag has no start')
        let next = tag + 2 + name.length
        if (source.charCodeAt(next) !== greater || !source.startsWith(name, tag + 2)) {
          next = source.indexOf('>', tag)
          if (next === -1) break
          const found = source.slice(tag + 2, next).trimEnd()
          if (found !== name) this.fail(`<${name}> is closed by </${shortened(found)}>`)
        }
        at = next + 1
        open.pop()
        const text = this.#text
        this.#text = ''
        this.#handler.close(text)
      } else if (first === bang || first === question) {
        const next = this.#passOver(source, tag, first)
        if (next === -1) break
        at = next
      } else {
        let stop = tag + 1
        let code = first
        while (stop < end && code !== greater && code !== slash && code > space) code = source.charCodeAt(++stop)
        const name = source.slice(tag + 1, stop)
        let selfClosing = false
        if (code !== greater) {
          stop = tagEnd(source, stop)
          if (stop === -1) break
          const tail = source.slice(tag + 1 + name.length, stop)
          if (!attributes.test(tail)) this.fail(`the tag <${shortened(name + tail)}> is malformed`)
          selfClosing = tail.endsWith('/')
        }
        at = stop + 1
        this.#openElement(name)
        if (selfClosing) {
          open.pop()
          this.#handler.close('')
        }
      }
    }
    this.#rest = at < end ? source.slice(at) : ''
    if (this.#rest.length > markupLengthMax) this.fail(`a tag or comment is longer than ${markupLengthMax} characters`)
  }

  #openElement(name: string): void {
    const open = this.#open
    if (open.length === 0 && this.#started) this.fail(`<${shortened(name)}> follows the document`)
    let local = this.#names.get(name)
    if (local === undefined) {
      if (!elementName.test(name)) this.fail(`<${shortened(name)}> is not a tag`)
      local = name.slice(name.indexOf(':') + 1)
      if (this.#names.size < knownNamesMax) this.#names.set(name, local)
    }
    if (open.length >= this.#depthMax) this.fail(`elements are nested deeper than ${this.#depthMax}`)
    this.#started = true
    this.#text = ''
    open.push(name)
    this.#handler.open(local)
  }

  #addText(text: string): void {
    if (text === '') return
    if (this.#open.length === 0) {
      if (text.trim() !== '')
        this.fail(this.#started ? 'something follows the document' : 'it does not start with a tag')
      return
    }
    this.#text = this.#text === '' ? text : this.#text + text
    if (this.#text.length > this.#textLengthMax) this.fail(`a text is longer than ${this.#textLengthMax} characters`)
  }

  /** Comment, CDATA, declaration: where the scan goes on, or -1 when the end has not arrived. */
  #passOver(source: string, tag: number, first: number): number {
    if (first === question) {
      const stop = source.indexOf('?>', tag)
      if (stop === -1) return -1
      const encoding = declaredEncoding.exec(source.slice(tag + 1, stop))?.[1]
      if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) {
        this.fail(`its encoding is declared as ${shortened(encoding)}, not UTF-8`)
      }
      return stop + 2
    }
    const opening = source.slice(tag, tag + 9)
    if (opening.startsWith('<!--')) {
      const stop = source.indexOf('-->', tag + 4)
      return stop === -1 ? -1 : stop + 3
    }
    if (opening === '<![CDATA[') {
      if (this.#open.length === 0) this.fail('text stands outside of the document')
      this.#inCdata = true
      return tag + 9
    }
    if ('<!--'.startsWith(opening) || '<![CDATA['.startsWith(opening)) return -1
    return this.fail('document types are not accepted')
  }

  #resolve(text: string): string {
    let resolved = ''
    let at = 0
    for (let start = text.indexOf('&'); start !== -1; start = text.indexOf('&', at)) {
      const stop = text.indexOf(';', start)
      const reference = stop === -1 ? text.slice(start + 1) : text.slice(start + 1, stop)
      const character = stop === -1 ? undefined : characterOf(reference)
      if (character === undefined) this.fail(`the reference &${shortened(reference)} is unknown`)
      resolved += text.slice(at, start) + character
      at = stop + 1
    }
    return resolved + text.slice(at)
  }
}

/** Characters that XML 1.0 forbids are let in as `&#1;`, as AWS writes them, except NUL and halves of surrogate pairs. */
const characterOf = (reference: string): string | undefined => {
  if (!reference.startsWith('#')) return Object.hasOwn(entities, reference) ? entities[reference] : undefined
  const hex = reference[1] === 'x'
  const digits = reference.slice(hex ? 2 : 1)
  if (!(hex ? /^[\da-fA-F]+$/ : /^\d+$/).test(digits)) return undefined
  const code = Number.parseInt(digits, hex ? 16 : 10)
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? undefined : String.fromCodePoint(code)
}

/** XML 1.0, 2.11: a literal CR LF or CR is read as LF. */
const lineEndings = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text)

/** Text is understood up to its end, but for a CR that may be half of a CR LF. */
const heldFrom = (source: string, at: number): number => {
  const last = source.length - 1
  return last >= at && source.charCodeAt(last) === carriageReturn ? last : last + 1
}

/** The `>` that ends a tag, passing over quoted values; -1 when it has not arrived. */
const tagEnd = (source: string, from: number): number => {
  let quote = ''
  for (let at = from; at < source.length; at++) {
    const character = source[at] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '>') return at
    else if (character === '"' || character === "'") quote = character
  }
  return -1
}

/** Text for an error message. */
export const shortened = (text: string, lengthMax = 60): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}… (${text.length} characters)`
