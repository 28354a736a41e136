/**
 * Percent-encoding for Signature V4: the unreserved characters of RFC 3986 are kept, and every other UTF-8 byte becomes `%XX` with
 * upper-case digits. A path is encoded once, here, and must reach the wire unchanged. A later step that collapses `..` or encodes
 * `%` again would address another object.
 */

/** Characters that are encoded: all except the unreserved ones of RFC 3986, section 2.3, and in a path `/`. */
const reserved = /[^A-Za-z0-9\-._~]/
const reservedInPath = /[^A-Za-z0-9\-._~/]/

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

/**
 * Encodes a key for the path of a request: every byte except unreserved characters and `/`. Dots are unreserved, so `a/../b` is
 * kept.
 *
 * @throws URIError for a lone surrogate, which has no UTF-8 form; validation rejects such a key earlier
 * @example encodeKeyPath('a b/ü') === 'a%20b/%C3%BC'
 */
export const encodeKeyPath = (key: string): string =>
  // `%` itself is encoded, so every %2F in the result comes from a slash in the key.
  reservedInPath.test(key) ? encodeQueryValue(key).replaceAll('%2F', '/') : key

/**
 * Encodes the name or value of a query parameter, including `/`; a space becomes `%20`.
 *
 * @throws URIError for a lone surrogate
 */
export const encodeQueryValue = (text: string): string =>
  // encodeURIComponent follows the older RFC 2396, which does not encode these five.
  reserved.test(text) ? encodeURIComponent(text).replace(/[!'()*]/g, percent) : text

/**
 * A query in canonical form: encoded, then sorted by encoded name and value. A parameter without a value is written `name=`.
 *
 * @example canonicalQuery([['prefix', 'a/b'], ['list-type', '2']]) === 'list-type=2&prefix=a%2Fb'
 */
export const canonicalQuery = (parameters: readonly (readonly [name: string, value: string])[]): string =>
  joinSortedQuery(parameters.map(([name, value]) => [encodeQueryValue(name), encodeQueryValue(value)] as const))

/** A query in canonical form, from names and values that are encoded already. NUL sorts before all their characters, `=` does not. */
export const joinSortedQuery = (encoded: readonly (readonly [name: string, value: string])[]): string =>
  encoded
    .map(([name, value]) => `${name}\0${value}`)
    .sort()
    .join('&')
    .replaceAll('\0', '=')
