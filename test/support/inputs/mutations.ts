/** Valid arguments of which one place is changed. */
import type { Argument, Case } from './cases.js'
import { isWholeArray, type Kind, type Structure } from './kinds.js'

/** A place in the arguments of a method. */
export interface Place {
  /** What errors have to call it. */
  readonly name: string
  readonly kind: Kind
  /** The arguments with this value here and valid ones everywhere else, made anew. */
  withValue(value: unknown): unknown[]
}

/** A valid value of a kind, made anew. */
export const sampleOf = (kind: Kind): unknown => {
  if (kind.is === 'scalar') return kind.good[0]?.()
  return kind.is === 'list' ? [sampleOf(kind.element)] : kind.sample()
}

const samplesOf = ({ takes }: Case): unknown[] => takes.map(({ kind }) => sampleOf(kind))

/** Every place of a method, arguments as wholes and all that they are made of. */
export const placesOf = (one: Case): Place[] =>
  one.takes.flatMap((argument, index) =>
    placesIn(argument, argument.kind, argument.name, (value) => {
      const values = samplesOf(one)
      values[index] = value
      return values
    }),
  )

const placesIn = (argument: Argument, kind: Kind, name: string, withValue: Place['withValue']): Place[] => {
  const here = { name, kind, withValue }
  switch (kind.is) {
    case 'scalar':
      return [here]
    case 'list':
      return [here, ...placesIn(argument, kind.element, `${name}[0]`, (value) => withValue([value]))]
    case 'structure':
      return [here, ...fieldsOf(argument, kind, name, withValue)]
  }
}

const fieldsOf = (argument: Argument, kind: Structure, name: string, withValue: Place['withValue']): Place[] => {
  const prefix = name === argument.name ? (argument.prefix ?? '') : `${name}.`
  return Object.entries(kind.fields).flatMap(([field, inner]) =>
    placesIn(argument, inner, prefix + field, (value) => withValue({ ...kind.sample(), [field]: value })),
  )
}

/** What errors call a field of the structure at a place. */
export const fieldOf = ({ takes }: Case, place: Place, field: string): string => {
  const argument = takes.find(({ name }) => name === place.name)
  return `${argument === undefined ? `${place.name}.` : (argument.prefix ?? '')}${field}`
}

/** Whether a place takes a value: it has to, it must not, or (`undefined`) that depends on the value's content. */
export const accepts = (kind: Kind, value: unknown): boolean | undefined => {
  try {
    switch (kind.is) {
      case 'scalar':
        return kind.accepts(value)
      case 'list':
        if (!isWholeArray(value)) return false
        return value.length === 0 ? kind.mayBeEmpty : all(value.map((one) => accepts(kind.element, one)))
      case 'structure':
        return isEmptyObject(value) && kind.mayBeEmpty
    }
  } catch {
    // A Proxy that cannot be looked at.
    return false
  }
}

const all = (verdicts: readonly (boolean | undefined)[]): boolean | undefined => {
  if (verdicts.includes(false)) return false
  return verdicts.includes(undefined) ? undefined : true
}

const isEmptyObject = (value: unknown): boolean => {
  if (Object.prototype.toString.call(value) !== '[object Object]' || Object.keys(value as object).length > 0)
    return false
  return Object.getPrototypeOf(Object.getPrototypeOf(value as object)) === null
}
