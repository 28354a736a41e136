/** Decodes `encoding-type=url`, with which responses carry keys that XML cannot. */
import { shown } from '../base/shown.js'
import type { XmlNode } from './tree.js'
import { failRead } from './values.js'

/** Whether decoding would change the text. */
export const isUrlEncoded = (text: string): boolean => text.includes('%') || text.includes('+')

/** Decodes a text. `+` is a space, as AWS writes it. R2 writes `%20`, and both write a plus as `%2B`. @throws R2Error `InvalidResponse` */
export const urlDecoded = (text: string): string => {
  if (!isUrlEncoded(text)) return text
  try {
    return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text)
  } catch (cause) {
    return failRead(`${shown(text)} cannot be percent-decoded`, cause)
  }
}

const encodedElements = new Set(['Key', 'Prefix', 'Delimiter', 'KeyMarker', 'NextKeyMarker'])

/** Decodes the keys of a document that declares them as encoded. */
export const decodeKeys = (document: XmlNode): XmlNode => {
  const decode = (node: XmlNode) => {
    if (encodedElements.has(node.name)) node.text = urlDecoded(node.text)
    for (const child of node.children) decode(child)
  }
  if (document.children.some(({ name, text }) => name === 'EncodingType' && text === 'url')) decode(document)
  return document
}
