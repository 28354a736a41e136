/** Fields with parts: objects and arrays. Each part is read once, so that the checked value is the value that is used. */
import { classNameOf, shownName, typeNameOf } from '../base/shown.js'
import type { Field, Fields } from './fields.js'
import { nearestName, sameName } from './nearest-name.js'
import { mustBe, type Refuse, unreadable } from './refuse.js'

/** An object with a table of fields. */
export interface ObjectField<out T> extends Field<T> {
  /** The table. */
  readonly fields: Readonly<Record<string, Field<unknown>>>
}

/**
 * One of several fields, chosen by the value.
 *
 * @param choose returns the field for the value, or undefined for a value that none takes
 */
export const eitherOf = <T>(
  takes: string,
  hint: string,
  choose: (value: unknown) => Field<T> | undefined,
): Field<T> => ({
  takes,
  read(value, name, refuse) {
    const field = choose(value)
    if (field === undefined) throw refuse(name, mustBe(takes, value), hint)
    return field.read(value, name, refuse)
  },
})

/**
 * An array of such elements; copied. A hole is rejected as `undefined` is.
 *
 * @param emptyHint what to pass in place of an empty array. @defaultValue an empty array is permitted
 */
export const listOf = <T>(element: Field<T>, emptyHint?: string): Field<readonly T[]> => ({
  takes: emptyHint === undefined ? 'an array' : 'an array of at least one element',
  read(value, name, refuse) {
    if (!Array.isArray(value)) throw refuse(name, mustBe('an array', value), 'Pass an array.')
    const { length } = value
    const list: T[] = []
    let path = name
    try {
      // By index: the iterator of an array can be replaced by an endless one.
      for (let index = 0; index < length; index++) {
        path = `${name}[${index}]`
        list.push(element.read(value[index], path, refuse))
      }
    } catch (error) {
      throw unreadable(error, path, refuse)
    }
    if (length === 0 && emptyHint !== undefined)
      throw refuse(name, 'must have at least one element, but it is empty', emptyHint)
    return list
  },
})

/** An array of at least one such element; copied. */
export const someOf = <T>(element: Field<T>, hint: string): Field<readonly T[]> => listOf(element, hint)

/** Sets an own property. Plain assignment to `__proto__` would set the prototype instead. */
export const setOwn = (record: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === '__proto__')
    Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
  else record[name] = value
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether an object is a literal of any realm: its prototype is `Object.prototype` or null. */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** Whether an object is a Map, Promise, Uint8Array, Headers …: its content is not in its fields, so reading them would lose it. */
const isOfBuiltInClass = (value: object): boolean => !isPlain(value) && classNameOf(value) !== 'object'

/** An object with names that the caller chooses, such as metadata; copied. */
export const recordOf = <T>(element: Field<T>): Field<Readonly<Record<string, T>>> => ({
  takes: 'an object of names and values',
  read(value, name, refuse) {
    const record: Record<string, T> = {}
    let path = name
    try {
      const keys = isObject(value) && !isOfBuiltInClass(value) ? Object.keys(value) : undefined
      // An instance without own properties would be read as an empty record, although its getters may return values.
      if (keys === undefined || (keys.length === 0 && !isPlain(value as object))) throw notARecord(value, name, refuse)
      for (const key of keys) {
        path = `${name}[${JSON.stringify(key.slice(0, 60))}]`
        setOwn(record, key, element.read((value as Record<string, unknown>)[key], path, refuse))
      }
    } catch (error) {
      throw unreadable(error, path, refuse)
    }
    return record
  },
})

const notARecord = (value: unknown, name: string, refuse: Refuse): Error => {
  const isIterable = typeof value === 'object' && value !== null && Symbol.iterator in value && !Array.isArray(value)
  const hint = isIterable ? 'Convert it with Object.fromEntries(…).' : "Pass an object such as { owner: 'Ana' }."
  return refuse(name, `must be an object of names and values, but it is ${typeNameOf(value)}`, hint)
}

/** Options of `objectOf`. */
export interface ObjectFieldOptions {
  /** Name of the object in errors if it is not a field of another object. @defaultValue 'input' */
  readonly argument?: string
  /** Explains an unknown field whose name has a known meaning, such as an option of another client. */
  readonly explainUnknown?: (name: string) => { readonly problem: string; readonly hint: string } | undefined
}

/**
 * The names of the properties to read. For a literal these are its own names, so that additions to `Object.prototype` do not
 * count. For an instance of a class they include inherited names, and the names of the table, because accessors of a class are
 * not enumerable.
 */
const namesToRead = (value: object, known: readonly string[]): Iterable<string> => {
  if (isPlain(value)) return Object.keys(value)
  const names = new Set(known)
  for (const name in value) names.add(name)
  for (const name of names) if (name in Object.prototype && !Object.hasOwn(value, name)) names.delete(name)
  return names
}

/**
 * An object with these fields and no others. A field with the value `undefined` counts as absent; symbols are ignored. Errors
 * show only the type of a value in place of the object, because it may be a key or a token.
 *
 * @param what name of the object in errors: `PutObject`, `a lifecycle rule`
 */
export const objectOf = <T extends object>(
  what: string,
  table: Fields<T>,
  { argument = 'input', explainUnknown }: ObjectFieldOptions = {},
): ObjectField<T> => {
  // Without a prototype, so that `constructor` and `__proto__` are unknown fields.
  const fields: Readonly<Record<string, Field<unknown>>> = Object.assign(Object.create(null), table)
  const names = Object.keys(fields)
  const requiredNames = names.filter((name) => 'isRequired' in (fields[name] ?? {}))
  const shownNames = names.filter((name) => !('isReturned' in (fields[name] ?? {})))

  const suggestion = (name: string): string | undefined => {
    const same = sameName(name, shownNames)
    if (same !== undefined) return same
    for (const outer of shownNames) {
      const inner = sameName(name, Object.keys(fields[outer]?.fields ?? {}))
      if (inner !== undefined) return `${outer}: { ${inner} }`
    }
    return nearestName(name, shownNames)
  }

  const unknown = (name: string, path: string, refuse: Refuse): Error => {
    const explained = explainUnknown?.(name)
    if (explained !== undefined) return refuse(path, explained.problem, explained.hint)
    const meant = suggestion(name)
    const problem = `is not a field of ${what}${meant === undefined ? '' : `; did you mean ${meant}?`}`
    return refuse(path, problem, meant === undefined ? `Its fields are ${shownNames.join(', ')}.` : `Use ${meant}.`)
  }

  const hintOn = (type: string): string => {
    if (names.length === 0) return 'Leave it out.'
    if (type === 'a Promise') return 'Await the promise first.'
    if (type === 'an AbortSignal' && names.includes('signal')) return 'Pass it as { signal }.'
    return `Pass an object with ${[...new Set([...requiredNames, ...shownNames])].slice(0, 6).join(', ')}.`
  }

  const requireObject = (value: unknown, path: string, refuse: Refuse): Record<string, unknown> => {
    if (isObject(value) && (!isOfBuiltInClass(value) || names.some((name) => Object.hasOwn(value, name)))) return value
    const type = typeNameOf(value)
    throw refuse(path, `must be an object (${what}), but it is ${type}`, hintOn(type))
  }

  const read = (value: unknown, parent: string, refuse: Refuse): T => {
    const taken: Record<string, unknown> = {}
    const pathTo = (name: string): string => (parent === '' ? name : `${parent}.${name}`)
    // The value that is being read, for the error of a getter that throws.
    let path = parent === '' ? argument : parent
    try {
      const object = requireObject(value, path, refuse)
      for (const name of namesToRead(object, names)) {
        const field = fields[name]
        path = pathTo(field === undefined ? shownName(name) : name)
        const given = object[name]
        if (given === undefined) continue
        if (field === undefined) throw unknown(name, path, refuse)
        taken[name] = field.read(given, path, refuse)
      }
    } catch (error) {
      throw unreadable(error, path, refuse)
    }
    for (const name of requiredNames) {
      if (taken[name] === undefined) {
        throw refuse(pathTo(name), 'is a required field', `Pass ${fields[name]?.takes ?? 'a value'}.`)
      }
    }
    return taken as T
  }
  return { takes: `an object (${what})`, fields, read }
}
