/**
 * A scanner for the XML of S3. It takes bytes as they arrive, split anywhere, and recognises elements, text, CDATA, comments and
 * the five predefined entities (XML 1.0, https://www.w3.org/TR/xml/). Attributes and namespace prefixes have no meaning in S3's
 * documents and are skipped. Document types are rejected, because entity bombs need them.
 *
 * Speed: a page of a list has about 14,000 tags, so a tag costs two string comparisons and no object.
 */
import { shortened } from '../base/shown.js'
import { R2Error } from '../errors/index.js'
import { ChunkDecoder } from './chunk-decoder.js'
import { markupLengthMax, readStartTag, tagEnd } from './markup.js'
import { referenced } from './references.js'

/** Limits for one document. The defaults are several times the size of R2's largest response. */
export interface XmlLimits {
  /** Longest document, in bytes. @defaultValue 32 MiB; a page of 1,000 fully escaped keys takes less than 8 MiB */
  readonly documentBytes?: number
  /** Longest text of one element, in characters. @defaultValue 262,144; the longest is the canonical request in a signature error */
  readonly textLength?: number
  /** Deepest nesting of elements. @defaultValue 16; S3's deepest document has 6 */
  readonly depth?: number
  /**
   * Most elements. `<a/>` takes 4 bytes on the wire and about 80 in memory.
   *
   * @defaultValue 262,144; the longest document, a list of 10,000 parts with checksums, has 40,000
   */
  readonly elements?: number
}

/** Receives the elements of a document. */
export interface XmlHandler {
  /** Called for each start tag. @param name name without the prefix */
  open(name: string): void
  /** Called for each end tag. @param text text of the element after its last child, which is all text for a leaf */
  close(text: string): void
}

/** A text of hundreds of kilobytes is memory that the engine takes from the system each time: a fifth of the time of a page. */
const pieceBytes = 16 * 1024
/** Longest reference, including `&` and `;`: `&#x10FFFF;` with leading zeros. */
const referenceLengthMax = 32
const quoteReference = '&quot;'
const knownTagsMax = 256
/** Number of characters of a document that an error shows. */
const excerptLength = 80

const [carriageReturn, bang, slash, less, greater, question] = [13, 33, 47, 60, 62, 63] as const
const declaredEncoding = /^\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)/

interface Tag {
  /** Name as written. */
  readonly raw: string
  /** Name without the prefix. */
  readonly name: string
  /** The start tag that followed this one the last time. */
  next: Tag | undefined
}

/** Calls a handler for each element of a document that arrives in chunks. */
export class XmlScanner {
  readonly #handler: XmlHandler
  readonly #decoder = new ChunkDecoder()
  readonly #documentBytesMax: number
  readonly #textLengthMax: number
  readonly #depthMax: number
  readonly #elementsMax: number
  /** Names of the open elements as written, including the prefix. */
  readonly #open: string[] = []
  /** Tags seen so far. A document has few different ones. */
  readonly #tags = new Map<string, Tag>()
  #lastTag: Tag = { raw: '', name: '', next: undefined }
  #bytes = 0
  #elements = 0
  #started = false
  #inCdata = false
  #text = ''
  /** Received text that is incomplete: the start of a tag, of a reference or of the end of CDATA. */
  #rest = ''
  /** The text that is being scanned. */
  #source = ''
  /** Index of the next character. */
  #at = 0
  /** Index of the next `&` at or after `at`, or -1. */
  #reference = -1
  #hasReturn = false
  #excerpt = ''

  constructor(handler: XmlHandler, limits: XmlLimits = {}) {
    this.#handler = handler
    this.#documentBytesMax = limits.documentBytes ?? 32 * 1024 * 1024
    this.#textLengthMax = limits.textLength ?? 256 * 1024
    this.#depthMax = limits.depth ?? 16
    this.#elementsMax = limits.elements ?? 256 * 1024
  }

  /** Scans the next bytes. @throws R2Error `InvalidResponse` as soon as the document is invalid or exceeds a limit */
  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#documentBytesMax) this.fail(`the document is longer than ${this.#documentBytesMax} bytes`)
    for (let at = 0; at < chunk.length; ) {
      // After a tag where there is one, so that nothing is scanned twice.
      const end = chunk.lastIndexOf(greater, at + pieceBytes - 1) + 1
      const until = end > at ? end : at + pieceBytes
      this.#scan(this.#decode(chunk.subarray(at, until)))
      at = until
    }
  }

  /** Ends the document. @throws R2Error `InvalidResponse` if it is incomplete */
  end(): void {
    this.#scan(this.#decode())
    if (!this.#started) this.fail(this.#bytes === 0 ? 'the body is empty' : 'there is no element in the body')
    const open = this.#open.at(-1)
    if (open !== undefined) this.fail(`the document ends inside <${open}>`)
    if (this.#rest.trim() !== '') this.fail('text follows the document')
  }

  /** Throws an `InvalidResponse` that shows the start of the document. */
  fail(problem: string, cause?: unknown): never {
    const found = this.#excerpt === '' ? '' : `; it starts with ${JSON.stringify(this.#excerpt)}`
    throw new R2Error('InvalidResponse', `Invalid XML document: ${problem}${found}`, { cause })
  }

  #decode(chunk?: Uint8Array): string {
    try {
      const text = chunk === undefined ? this.#decoder.end() : this.#decoder.decode(chunk)
      if (this.#excerpt.length < excerptLength) this.#excerpt = (this.#excerpt + text).slice(0, excerptLength)
      return text
    } catch (cause) {
      return this.fail('its bytes are not UTF-8', cause)
    }
  }

  #scan(arrived: string): void {
    const source = this.#rest === '' ? arrived : this.#rest + arrived
    this.#source = source
    this.#at = 0
    this.#reference = source.indexOf('&')
    this.#hasReturn = source.includes('\r')
    while (this.#at < source.length && this.#step());
    this.#rest = source.slice(this.#at)
    this.#source = ''
    if (this.#rest.length > markupLengthMax) this.#failTooLong()
  }

  #failTooLong(): never {
    return this.fail(`a tag or comment is longer than ${markupLengthMax} characters`)
  }

  /** Scans one text or tag. Each of these methods advances, or returns false if it needs more bytes. */
  #step(): boolean {
    if (this.#inCdata) return this.#cdata()
    const source = this.#source
    const at = this.#at
    const tag = source.charCodeAt(at) === less ? at : source.indexOf('<', at)
    if (tag !== at) this.#characters(tag)
    if (tag === -1) return false
    const first = source.charCodeAt(tag + 1)
    if (first === slash) return this.#endTag(tag)
    return first === bang || first === question ? this.#aside(tag, first) : this.#startTag(tag)
  }

  /** Scans text up to the tag, or the part of it that has arrived. */
  #characters(tag: number): void {
    const source = this.#source
    const at = this.#at
    let until = tag
    if (this.#reference !== -1 && this.#reference < at) this.#reference = source.indexOf('&', at)
    if (tag === -1) {
      until = source.length
      const last = this.#reference === -1 ? -1 : source.lastIndexOf('&')
      // An incomplete reference is kept for later, unless it is too long to be one. A CR may be half of a CR LF.
      if (last >= at && !source.includes(';', last) && until - last < referenceLengthMax) until = last
      else if (source.charCodeAt(until - 1) === carriageReturn) until--
    }
    const plain = this.#reference === -1 || this.#reference >= until
    const text = this.#lineEnds(source.slice(at, until))
    this.#addText(plain ? text : this.#resolve(text))
    this.#at = until
  }

  #cdata(): boolean {
    const source = this.#source
    const stop = source.indexOf(']]>', this.#at)
    // Two characters are kept, because they may begin the end, and a CR before them, which may be half of a CR LF.
    let until = stop === -1 ? Math.max(this.#at, source.length - 2) : stop
    if (stop === -1 && until > this.#at && source.charCodeAt(until - 1) === carriageReturn) until--
    this.#addText(this.#lineEnds(source.slice(this.#at, until)))
    this.#inCdata = stop === -1
    this.#at = stop === -1 ? until : stop + 3
    return stop !== -1
  }

  #startTag(tag: number): boolean {
    const source = this.#source
    // The tag that followed this one the last time mostly follows it again: it is compared in place, without a slice or look-up.
    const predicted = this.#lastTag.next
    if (predicted !== undefined) {
      const end = tag + 1 + predicted.raw.length
      if (source.charCodeAt(end) === greater && source.startsWith(predicted.raw, tag + 1)) {
        this.#at = end + 1
        this.#openElement(predicted)
        return true
      }
    }
    const end = tagEnd(source, tag + 1)
    if (end === -1) return false
    const found = readStartTag(source.slice(tag + 1, end))
    if (typeof found === 'string') return this.fail(`${shortened(source.slice(tag, end + 1))} ${found}`)
    this.#at = end + 1
    this.#lastTag.next = this.#tag(found.name)
    this.#openElement(this.#lastTag.next)
    if (found.isEmpty) this.#closeElement()
    return true
  }

  #endTag(tag: number): boolean {
    const source = this.#source
    const name = this.#open.at(-1)
    if (name === undefined) return this.fail('an end tag has no start')
    let end = tag + 2 + name.length
    if (source.charCodeAt(end) !== greater || !source.startsWith(name, tag + 2)) {
      end = source.indexOf('>', tag)
      if (end === -1) return false
      if (end - tag > markupLengthMax) this.#failTooLong()
      const found = source.slice(tag + 2, end).trimEnd()
      if (found !== name) this.fail(`<${name}> is closed by </${shortened(found)}>`)
    }
    this.#at = end + 1
    this.#closeElement()
    return true
  }

  #tag(raw: string): Tag {
    const known = this.#tags.get(raw)
    if (known !== undefined) return known
    const tag: Tag = { raw, name: raw.slice(raw.indexOf(':') + 1), next: undefined }
    if (this.#tags.size < knownTagsMax) this.#tags.set(raw, tag)
    return tag
  }

  #openElement(tag: Tag): void {
    const open = this.#open
    if (open.length === 0 && this.#started) this.fail(`<${shortened(tag.raw)}> follows the document`)
    if (open.length >= this.#depthMax) this.fail(`elements are nested deeper than ${this.#depthMax}`)
    if (++this.#elements > this.#elementsMax) this.fail(`the document has more than ${this.#elementsMax} elements`)
    this.#started = true
    this.#text = ''
    this.#lastTag = tag
    open.push(tag.raw)
    this.#handler.open(tag.name)
  }

  #closeElement(): void {
    this.#open.pop()
    const text = this.#text
    this.#text = ''
    this.#handler.close(text)
  }

  #addText(text: string): void {
    if (text === '') return
    if (this.#open.length === 0) {
      if (text.trim() !== '') this.fail(this.#started ? 'text follows the document' : 'it does not start with a tag')
      return
    }
    this.#text = this.#text === '' ? text : this.#text + text
    if (this.#text.length > this.#textLengthMax) this.fail(`a text is longer than ${this.#textLengthMax} characters`)
  }

  /** Scans a comment, the start of CDATA, or a declaration. */
  #aside(tag: number, first: number): boolean {
    const source = this.#source
    const opening = source.slice(tag, tag + 9)
    if (opening === '<![CDATA[') {
      if (this.#open.length === 0) this.fail('text is outside the document')
      this.#inCdata = true
      this.#at = tag + 9
      return true
    }
    const comment = opening.startsWith('<!--')
    if (!comment && first === bang) {
      return (
        !'<!--'.startsWith(opening) && !'<![CDATA['.startsWith(opening) && this.fail('document types are not permitted')
      )
    }
    const closing = comment ? '-->' : '?>'
    const end = source.indexOf(closing, tag + (comment ? 4 : 2))
    if (end === -1) return false
    // The last character does not count, as for a comment whose end has not arrived.
    if (end + closing.length - 1 - tag > markupLengthMax) this.#failTooLong()
    const encoding = comment ? undefined : declaredEncoding.exec(source.slice(tag + 1, end))?.[1]
    if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) {
      this.fail(`its encoding is declared as ${shortened(encoding)}, not UTF-8`)
    }
    this.#at = end + closing.length
    return true
  }

  /** XML 1.0, 2.11: a literal CR LF or CR is read as LF. */
  #lineEnds(text: string): string {
    return this.#hasReturn ? text.replace(/\r\n?/g, '\n') : text
  }

  #resolve(text: string): string {
    let resolved = ''
    let at = 0
    for (let start = text.indexOf('&'); start !== -1; start = text.indexOf('&', at)) {
      // Each ETag has two of them.
      if (text.startsWith(quoteReference, start)) {
        resolved += `${text.slice(at, start)}"`
        at = start + quoteReference.length
        continue
      }
      const stop = text.indexOf(';', start)
      const reference = stop === -1 ? text.slice(start + 1) : text.slice(start + 1, stop)
      const isReference = stop !== -1 && reference.length <= referenceLengthMax - 2
      const character = isReference ? referenced(reference) : undefined
      if (character === undefined) this.fail(`the reference &${shortened(reference)} is unknown`)
      resolved += text.slice(at, start) + character
      at = stop + 1
    }
    return resolved + text.slice(at)
  }
}
