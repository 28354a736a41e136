/** Values in error messages: their type, and as much of the value as is safe to print. */

/** Number of characters of a value that an error shows. */
const shownLengthMax = 80

/** A text cut to a number of characters, with its full length: `abc… (1000 characters)`. */
export const shortened = (text: string, lengthMax = 60): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}… (${text.length} characters)`

/** The type of a value with its article: `a string`, `an array`, `a Map`; `null` and `undefined` without. Never throws. */
export const typeNameOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  const name = typeof value === 'object' ? classNameOf(value) : typeof value
  return `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`
}

/** The name of a built-in class of any realm; `object` for literals and instances of other classes. Never throws. */
export const classNameOf = (value: object): string => {
  try {
    if (Array.isArray(value)) return 'array'
    const name = Object.prototype.toString.call(value).slice(8, -1)
    return name !== 'Object' && /^[A-Za-z]\w{0,40}$/.test(name) ? name : 'object'
  } catch {
    // The value is a revoked Proxy, or has a tag whose getter throws.
    return 'object'
  }
}

/**
 * A value as an error shows it: strings quoted and shortened, numbers and booleans, and the type of other values. Not for values
 * that may be secret.
 *
 * @example shown('x'.repeat(100)) // '"xxx…xxx"… (100 characters)'
 */
export const shown = (value: unknown): string => {
  if (typeof value === 'string') {
    const start = JSON.stringify(value.slice(0, shownLengthMax))
    return value.length > shownLengthMax ? `${start}… (${value.length} characters)` : start
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeNameOf(value)
}

/** A name as an error shows it: unchanged if it is short and plain, otherwise quoted and shortened. */
export const shownName = (name: string): string => {
  if (/^[\w$-]{1,60}$/.test(name)) return name
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
}

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
