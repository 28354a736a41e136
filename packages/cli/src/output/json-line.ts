/** Characters that control a terminal or reorder its text, and that `JSON.stringify` does not escape. */
const terminalControls = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/**
 * A value as one line of JSON that is safe to print on a terminal. DEL, C1 controls, line separators and bidirectional overrides
 * become escapes, which every parser decodes to the same text. `JSON.stringify` escapes the other control characters.
 */
export const jsonLine = (value: object): string => `${JSON.stringify(value).replace(terminalControls, escaped)}\n`

const escaped = (character: string): string => {
  let text = ''
  // JSON escapes UTF-16 code units: two for a character beyond U+FFFF.
  for (let index = 0; index < character.length; index++)
    text += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  return text
}
