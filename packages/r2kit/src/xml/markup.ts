/**
 * One piece of markup: where a tag ends and what a start tag holds. A tag comes from the other side of a socket, so its length
 * and its attributes have limits, and each pattern here matches one attribute at most: a pattern that repeats a group
 * overflows the stack of the engine on a tag of a million attributes.
 */

/** Longest tag, comment or processing instruction, in characters; they are held until they are complete. */
export const markupLengthMax = 16_384
/** Most attributes of one tag: S3's documents have two. */
export const attributesMax = 64

const name = /[^\s<>&"'=/!?.\-\d][^\s<>&"'=/!?]*/y
const attribute = /\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*')/y
const ending = /\s*(\/?)$/y

export interface StartTag {
  /** As written, prefix included. */
  readonly name: string
  /** Whether the tag closes itself: `<a/>`. */
  readonly isEmpty: boolean
}

/** The `>` that ends the tag, passing over quoted values; -1 when it has not arrived, or not within `markupLengthMax`. */
export const tagEnd = (source: string, from: number): number => {
  const stop = Math.min(source.length, from + markupLengthMax)
  let quote = ''
  for (let at = from; at < stop; at++) {
    const character = source[at] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '>') return at
    else if (character === '"' || character === "'") quote = character
  }
  return -1
}

/**
 * Reads what stands between `<` and `>` of a start tag; attributes mean nothing in S3's documents and are passed over.
 *
 * @returns the problem as a text for markup that is no start tag
 */
export const readStartTag = (markup: string): StartTag | string => {
  name.lastIndex = 0
  const found = name.exec(markup)?.[0]
  if (found === undefined) return 'is not a tag'
  let at = found.length
  for (let count = 0; at < markup.length; count++) {
    attribute.lastIndex = at
    if (!attribute.test(markup)) {
      ending.lastIndex = at
      const end = ending.exec(markup)
      return end === null ? 'is not a tag' : { name: found, isEmpty: end[1] === '/' }
    }
    if (count === attributesMax) return `has more than ${attributesMax} attributes`
    at = attribute.lastIndex
  }
  return { name: found, isEmpty: false }
}
