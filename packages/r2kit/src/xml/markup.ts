/**
 * Single pieces of markup: the end of a tag, and the content of a start tag. A peer writes the tags, so their length
 * and the number of their attributes are limited. Each pattern matches at most one attribute, because a pattern that repeats a
 * group overflows the engine's stack on a tag of a million attributes.
 */

/** Longest tag, comment or processing instruction, in characters. Each is buffered until it is complete. */
export const markupLengthMax = 16_384
/** Most attributes of one tag. S3's documents have two. */
export const attributesMax = 64

const name = /[^\s<>&"'=/!?.\-\d][^\s<>&"'=/!?]*/y
const attribute = /\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*')/y
const ending = /\s*(\/?)$/y

/** A start tag without its attributes. */
export interface StartTag {
  /** Name as written, including the prefix. */
  readonly name: string
  /** Whether the tag closes itself: `<a/>`. */
  readonly isEmpty: boolean
}

/** Index of the `>` that ends a tag, outside quoted values; -1 if it has not arrived, or is not within `markupLengthMax`. */
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
 * Reads the text between `<` and `>` of a start tag. Attributes have no meaning in S3's documents and are skipped.
 *
 * @returns for invalid markup, the problem as the predicate of a sentence: `is not a tag`
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
