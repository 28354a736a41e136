/**
 * Documents as small trees. `DocumentReader` passes on each child of the root when it is complete, and keeps no reference to it.
 * Reading a list therefore takes the memory of one record, not of the document.
 */
import { type XmlHandler, type XmlLimits, XmlScanner } from './scanner.js'

/** An element. */
export interface XmlNode {
  /** Name without the prefix. */
  readonly name: string
  /** Text of the element; empty if it has children. */
  text: string
  /** Child elements in document order. */
  children: XmlNode[]
}

/** Shared by all elements without children, which are most. Nothing is added to it. */
const none: XmlNode[] = []

/** Reads one document, and calls `onRecord` with each child of the root as soon as it is complete. */
export class DocumentReader implements XmlHandler {
  readonly #scanner: XmlScanner
  readonly #onRecord: (record: XmlNode) => void
  readonly #roots: readonly string[]
  /** Open elements, from the root inwards. */
  readonly #path: XmlNode[] = []
  #hasRecords = false
  #root: XmlNode = { name: '', text: '', children: [] }

  /** @param roots permitted names of the root; any name if there are none */
  constructor(roots: readonly string[], onRecord: (record: XmlNode) => void, limits?: XmlLimits) {
    this.#roots = roots
    this.#onRecord = onRecord
    this.#scanner = new XmlScanner(this, limits)
  }

  /** Reads the next bytes. @throws R2Error `InvalidResponse` as soon as the document is invalid */
  write(chunk: Uint8Array): void {
    this.#scanner.write(chunk)
  }

  /** Ends the document and returns the root without its children. @throws R2Error `InvalidResponse` if it is incomplete */
  end(): XmlNode {
    this.#scanner.end()
    return this.#root
  }

  /** Called by the scanner. */
  open(name: string): void {
    const depth = this.#path.length
    const node: XmlNode = { name, text: '', children: none }
    if (depth === 0) {
      if (this.#roots.length > 0 && !this.#roots.includes(name))
        this.#scanner.fail(`its root is <${name}>, not <${this.#roots[0]}>`)
      this.#root = node
    } else if (depth > 1) {
      const parent = this.#path[depth - 1]
      if (parent?.children === none) parent.children = [node]
      else parent?.children.push(node)
    }
    this.#path.push(node)
  }

  /** Called by the scanner. */
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
 * A copy of a text. Engines store a part of a long string as a reference into it, so one key that a program keeps
 * would keep its whole page in memory: 230 KB, as measured. Adding a character and removing it again copies the text.
 */
export const copied = (text: string): string => ` ${text}`.slice(1)

/** A copy of the text of a node. */
export const textOf = ({ text }: XmlNode): string => copied(text)

/** Reads a whole document as a tree, for documents with one record or a bounded list. @throws R2Error `InvalidResponse` */
export const readTree = (bytes: Uint8Array, roots: readonly string[] = [], limits?: XmlLimits): XmlNode => {
  const records: XmlNode[] = []
  const reader = new DocumentReader(roots, (record) => records.push(record), limits)
  reader.write(bytes)
  const { name, text } = reader.end()
  return { name, text, children: records }
}

/** The first child with this name. */
export const childOf = (parent: XmlNode, name: string): XmlNode | undefined => {
  const children = parent.children
  for (let index = 0; index < children.length; index++) {
    const child = children[index]
    if (child?.name === name) return child
  }
  return undefined
}

/** All children with this name, in document order. */
export const childrenOf = (parent: XmlNode, name: string): XmlNode[] =>
  parent.children.filter((child) => child.name === name)
