/** Control characters (Cc), format characters such as bidirectional overrides (Cf), line and paragraph separators (Zl, Zp), lone surrogates (Cs). */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Makes text of a peer or the system safe for messages and logs. Characters that move the cursor of a terminal, begin a line or
 * reorder text become escapes (`\u001b`).
 *
 * @example printable('a\u001b[2Jb') // 'a\\u001b[2Jb'
 */
export const printable = (text: string): string =>
  text.replace(unprintable, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16)
    return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`
  })
