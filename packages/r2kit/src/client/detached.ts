import { classNameOf } from '../base/shown.js'
import { isPlain, type Refuse, refuseInput, unreadable } from '../validation/index.js'

/** No input has more levels. */
const depthMax = 6

/**
 * Copies the input of an operation that has to be loaded first. Changes that the caller makes meanwhile (to the key in an object
 * that a loop reuses, to a Date, to the bytes of a customer's key) have no effect. Bodies, streams and other objects with methods
 * are not copied.
 *
 * @param path name of the object in errors, where it is not the input: `target`
 * @param refuse makes the error for a field whose getter throws; by default `InvalidInput`
 */
export const detached = <T>(given: T, path = '', refuse: Refuse = refuseInput): T =>
  new Copier(refuse).copy(given, path, 0) as T

/** The copy of an instance of a class: accessors become values, which are not enumerable. */
class Instance {}

/** Copies one input. An object that occurs twice in it, or contains itself, is copied once. */
class Copier {
  readonly #copies = new Map<object, unknown>()
  readonly #refuse: Refuse

  constructor(refuse: Refuse) {
    this.#refuse = refuse
  }

  copy(given: unknown, path: string, depth: number): unknown {
    if (typeof given !== 'object' || given === null || depth > depthMax) return given
    if (this.#copies.has(given)) return this.#copies.get(given)
    return this.#reading(path, () => this.#copyOfObject(given, path, depth))
  }

  #copyOfObject(given: object, path: string, depth: number): unknown {
    switch (classNameOf(given)) {
      case 'array':
        return this.#elements(given as readonly unknown[], path, depth)
      case 'Date':
        return new Date(Date.prototype.getTime.call(given))
      case 'Set':
        return new Set(given as Set<unknown>)
      case 'Uint8Array':
        // A field is a body; at a deeper level it is a customer's key.
        return depth > 1 ? new Uint8Array(given as Uint8Array) : given
      case 'object':
        // The input itself is always copied. An iterable or an object with methods inside it cannot be.
        return depth > 0 && hasBehaviour(given) ? given : this.#fields(given, path, depth)
      default:
        return given
    }
  }

  #elements(given: readonly unknown[], path: string, depth: number): unknown[] {
    const copy: unknown[] = []
    this.#copies.set(given, copy)
    const { length } = given
    for (let index = 0; index < length; index++) {
      const element = `${path}[${index}]`
      const read = this.#reading(element, () => given[index])
      copy.push(this.copy(read, element, depth + 1))
      // No list permits a hole, and an array that consists of holes may have a length of four billion.
      if (!(index in given)) break
    }
    return copy
  }

  #fields(given: object, path: string, depth: number): object {
    const isLiteral = isPlain(given)
    const copy = isLiteral ? {} : new Instance()
    this.#copies.set(given, copy)
    const enumerable = new Set(isLiteral ? Object.keys(given) : enumerableNames(given))
    for (const name of isLiteral ? enumerable : new Set([...enumerable, ...hiddenNames(given)])) {
      const field = path === '' ? name : `${path}.${name}`
      const read = this.#reading(field, () => (given as Record<string, unknown>)[name])
      const value = this.copy(read, field, depth + 1)
      // Plain assignment to `__proto__` would set the prototype.
      Object.defineProperty(copy, name, { value, enumerable: enumerable.has(name), configurable: true })
    }
    return copy
  }

  #reading<T>(path: string, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw unreadable(error, path === '' ? 'input' : path, this.#refuse)
    }
  }
}

const enumerableNames = (given: object): string[] => {
  const names: string[] = []
  for (const name in given) if (Object.hasOwn(given, name) || !(name in Object.prototype)) names.push(name)
  return names
}

/** Accessors and methods of the classes of an object. */
const hiddenNames = (given: object): string[] =>
  levelsOf(given)
    .flatMap((level) => Object.getOwnPropertyNames(level))
    .filter((name) => name !== 'constructor')

const hasBehaviour = (given: object): boolean =>
  levelsOf(given).some((level) => {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(level))
    const hasMethod = descriptors.some(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    return hasMethod || Object.getOwnPropertySymbols(level).length > 0
  })

/** An object and its prototypes, without `Object.prototype`. */
const levelsOf = (given: object): object[] => {
  const levels = [given]
  for (let level = prototypeOf(given); level !== null && prototypeOf(level) !== null; level = prototypeOf(level)) {
    levels.push(level)
  }
  return levels
}

const prototypeOf = (level: object): object | null => Object.getPrototypeOf(level)
