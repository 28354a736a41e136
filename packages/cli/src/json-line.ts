/** Characters that act on a terminal or reorder its text, and that JSON leaves as they are. */
const acting = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A value as one line of JSON that is also safe to print on a terminal: DEL, the controls from U+0080 on, line separators and
 * bidirectional overrides become escapes, which every parser reads as the same text. JSON itself escapes the rest.
 */
export const jsonLine = (value: object): string => `${JSON.stringify(value).replace(acting, escaped)}\n`

const escaped = (character: string): string => {
  let text = ''
  // Unit by unit: JSON writes characters beyond U+FFFF as two.
  for (let index = 0; index < character.length; index++)
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  return text
}
