/**
 * Documents as small trees. A list's tree never exists as a whole: `DocumentReader` hands out each child of the root when
 * it is complete and forgets it, so that memory is one record, not one document.
 */
import { type XmlHandler, type XmlLimits, XmlScanner } from './scanner.js'

export interface XmlNode {
  readonly name: string
  /** The element's text; empty where it has children. */
  text: string
  children: XmlNode[]
}

/** Shared by all elements without children, which are most: it is never added to. */
const none: XmlNode[] = []

/** Reads one document and calls `onRecord` with every child of its root, as soon as it has arrived. */
export class DocumentReader implements XmlHandler {
  readonly #scanner: XmlScanner
  readonly #onRecord: (record: XmlNode) => void
  readonly #roots: readonly string[]
  /** Open elements; the root is the first. */
  readonly #path: XmlNode[] = []
  #hasRecords = false
  #root: XmlNode = { name: '', text: '', children: [] }

  /** @param roots - names that the root may have; none means any. */
  constructor(roots: readonly string[], onRecord: (record: XmlNode) => void, limits?: XmlLimits) {
    this.#roots = roots
    this.#onRecord = onRecord
    this.#scanner = new XmlScanner(this, limits)
  }

  write(chunk: Uint8Array): void {
    this.#scanner.write(chunk)
  }

  /** The root, without its children, once the document is complete. */
  end(): XmlNode {
    this.#scanner.end()
    return this.#root
  }

  open(name: string): void {
    const depth = this.#path.length
    const node: XmlNode = { name, text: '', children: none }
    if (depth === 0) {
      if (this.#roots.length > 0 && !this.#roots.includes(name))
        this.#scanner.fail(`<${name}> came in place of <${this.#roots[0]}>`)
      this.#root = node
    } else if (depth > 1) {
      const parent = this.#path[depth - 1]
      if (parent?.children === none) parent.children = [node]
      else parent?.children.push(node)
    }
    this.#path.push(node)
  }

  close(text: string): void {
    const node = this.#path.pop()
    if (node === undefined) return
    if (node.children.length === 0) node.text = text
    if (this.#path.length === 1) {
      this.#hasRecords = true
      this.#onRecord(node)
    } else if (this.#path.length === 0 && this.#hasRecords) node.text = ''
  }
}

/**
 * The text alone. Engines make a part of a long string by pointing into it, so that one key that a program keeps would keep
 * the whole page that it came in: 230 KB, as measured. Putting a character before the text and taking it off again copies it.
 */
export const textOf = ({ text }: XmlNode): string => ` ${text}`.slice(1)

/** Reads a whole document as a tree: for answers and requests that hold one record or a bounded list. */
export const readTree = (bytes: Uint8Array, roots: readonly string[] = [], limits?: XmlLimits): XmlNode => {
  const records: XmlNode[] = []
  const reader = new DocumentReader(roots, (record) => records.push(record), limits)
  reader.write(bytes)
  const { name, text } = reader.end()
  return { name, text, children: records }
}

/** The first child of that name. */
export const childOf = (parent: XmlNode, name: string): XmlNode | undefined => {
  const children = parent.children
  for (let index = 0; index < children.length; index++) {
    const child = children[index]
    if (child?.name === name) return child
  }
  return undefined
}

/** All children of that name, in document order. */
export const childrenOf = (parent: XmlNode, name: string): XmlNode[] =>
  parent.children.filter((child) => child.name === name)
