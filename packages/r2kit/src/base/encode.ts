/**
 * Percent-encoding as Signature V4 wants it: RFC 3986's unreserved characters stay, every other UTF-8 byte becomes `%XX`
 * with upper-case digits. A path is encoded once, here, and must reach the wire unchanged: an encoder that comes later and
 * collapses `..` or re-encodes `%` would address another object.
 */

/** What is not among the characters that RFC 3986, section 2.3, calls unreserved; in a path `/` stays too. */
const reserved = /[^A-Za-z0-9\-._~]/
const reservedInPath = /[^A-Za-z0-9\-._~/]/

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

/**
 * A key as it stands in a request's path: every byte encoded but unreserved characters and `/`. Dots are unreserved, so
 * `a/../b` stays `a/../b`.
 *
 * @throws URIError for a lone surrogate, which has no UTF-8 form; validation refuses such a key before.
 */
export const encodeKeyPath = (key: string): string =>
  // `%` itself is encoded, so every %2F that comes out stands for a slash of the key.
  reservedInPath.test(key) ? encodeQueryValue(key).replaceAll('%2F', '/') : key

/**
 * A query parameter's name or value, `/` encoded too, a space as `%20`.
 *
 * @throws URIError for a lone surrogate.
 */
export const encodeQueryValue = (text: string): string =>
  // encodeURIComponent follows the older RFC 2396, which spares these five.
  reserved.test(text) ? encodeURIComponent(text).replace(/[!'()*]/g, percent) : text

/**
 * A query string in canonical form: encoded, sorted by encoded name and then by encoded value. Parameters without a
 * value are written `name=`.
 *
 * @example canonicalQuery([['prefix', 'a/b'], ['list-type', '2']]) === 'list-type=2&prefix=a%2Fb'
 */
export const canonicalQuery = (parameters: readonly (readonly [name: string, value: string])[]): string =>
  joinSortedQuery(parameters.map(([name, value]) => [encodeQueryValue(name), encodeQueryValue(value)] as const))

/** As `canonicalQuery`, for names and values that are encoded already. */
export const joinSortedQuery = (encoded: (readonly [name: string, value: string])[]): string =>
  encoded
    .sort((a, b) => compareUnits(a[0], b[0]) || compareUnits(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

const compareUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
