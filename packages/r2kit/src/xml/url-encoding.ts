/** Undoes `encoding-type=url`, which lets answers carry keys that XML cannot. */
import { R2Error } from '../errors/index.js'
import { shortened } from './scanner.js'
import type { XmlNode } from './tree.js'

/** Whether decoding would change the text. */
export const isUrlEncoded = (text: string): boolean => text.includes('%') || text.includes('+')

/** `+` is a space, as AWS writes it; R2 writes `%20`, and both write a plus as `%2B`. */
export const urlDecoded = (text: string): string => {
  if (!isUrlEncoded(text)) return text
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text)
  } catch (cause) {
    throw new R2Error(
      'InvalidResponse',
      `The response has a text that cannot be percent-decoded: ${JSON.stringify(shortened(text))}`,
      { cause },
    )
  }
}

const encodedElements = new Set(['Key', 'Prefix', 'Delimiter', 'KeyMarker', 'NextKeyMarker'])

/** Decodes the keys of a document that says they are encoded. */
export const decodeKeys = (document: XmlNode): XmlNode => {
  const decode = (node: XmlNode) => {
    if (encodedElements.has(node.name)) node.text = urlDecoded(node.text)
    for (const child of node.children) decode(child)
  }
  if (document.children.some(({ name, text }) => name === 'EncodingType' && text === 'url')) decode(document)
  return document
}
