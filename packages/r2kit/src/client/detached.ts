import { isBranded } from '../errors/base-error.js'
import { isPlain, refuseInput } from '../validation/index.js'

/** No input nests deeper; an object that refers to itself ends here. */
const depthMax = 6

/**
 * A copy of what a caller passed to an operation that is loaded first: what the caller changes in the meantime (the key of an
 * object that a loop uses again) has no effect. Bodies, streams and other objects with behaviour stay the same objects.
 *
 * @throws R2Error `InvalidInput` naming a field whose getter throws
 */
export const detached = <T>(given: T, name = '', depth = 0): T => {
  if (typeof given !== 'object' || given === null || depth > depthMax) return given
  if (Array.isArray(given)) return Array.from(given, (one, index) => detached(one, `${name}[${index}]`, depth + 1)) as T
  // An iterable, or an object with methods, is what it is by its identity.
  if (!isPlain(given) || Object.getOwnPropertySymbols(given).length > 0) return given
  const copy: Record<string, unknown> = {}
  for (const field in given) {
    const path = name === '' ? field : `${name}.${field}`
    const read = readField(given, field, path)
    if (typeof read === 'function' && depth > 0) return given
    const value = detached(read, path, depth + 1)
    // A plain assignment would make `__proto__` something else than a field.
    Object.defineProperty(copy, field, { value, enumerable: true, configurable: true, writable: true })
  }
  return copy as T
}

const readField = (given: object, field: string, path: string): unknown => {
  try {
    return (given as Record<string, unknown>)[field]
  } catch (error) {
    if (isBranded(error)) throw error
    throw refuseInput(path, 'could not be read: its getter threw', 'Pass a plain value.', error)
  }
}
