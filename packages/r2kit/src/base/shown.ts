/** Values in error messages: what a value is, and as much of it as is safe to print. */

/** How much of a value an error shows. */
const shownLengthMax = 80

/** `a string`, `an array`, `a Map`, `null`: what a value is, without the value. Never throws. */
export const typeNameOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  const name = typeof value === 'object' ? classNameOf(value) : typeof value
  return `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`
}

/** A built-in class, whatever its realm; `object` for literals and instances of other classes. */
export const classNameOf = (value: object): string => {
  try {
    if (Array.isArray(value)) return 'array'
    const name = Object.prototype.toString.call(value).slice(8, -1)
    return name !== 'Object' && /^[A-Za-z]\w{0,40}$/.test(name) ? name : 'object'
  } catch {
    // A revoked Proxy, or an object whose tag has a getter that throws: it is an object all the same.
    return 'object'
  }
}

/** A value as an error shows it: shortened, and only what is safe to print. Not for values that may be secrets. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string') {
    const start = JSON.stringify(value.slice(0, shownLengthMax))
    return value.length > shownLengthMax ? `${start}… (${value.length} characters)` : start
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeNameOf(value)
}

/** A name as an error shows it: as it is where it is short and plain, else quoted and shortened. */
export const shownName = (name: string): string => {
  if (/^[\w$-]{1,60}$/.test(name)) return name
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
}
