/** Controls (Unicode's Cc), formats such as bidirectional overrides and zero-width characters (Cf), line and paragraph separators, lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Text from a peer or the system, made safe for messages and logs: characters that move a terminal's cursor, begin a line
 * or reorder what is shown become escapes (`\u001b`).
 *
 * @example printable('a\u001b[2Jb') // 'a\\u001b[2Jb'
 */
export const printable = (text: string): string =>
  text.replace(unprintable, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16)
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`
  })
